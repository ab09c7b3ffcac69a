// A program as a Python module on NumPy arrays.
#pragma once

#include <string>

#include "symbolic/emit/program.hpp"

namespace chalktape::emit {

/// `LAYER_forward(x, …, eps=1e-05)` returns the outputs (a tuple where there are several; auxiliary ones come last),
/// `LAYER_backward(dy, x, …, eps=1e-05)` the tuple of gradients in the order of the layer's tensors. One statement a
/// name, under its formula. The same program gives the same bytes.
[[nodiscard]] std::string to_numpy(const Program& program);

}  // namespace chalktape::emit
