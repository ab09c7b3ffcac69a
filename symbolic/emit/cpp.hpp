// A program as one C++ header.
#pragma once

#include <string>

#include "symbolic/emit/program.hpp"

namespace chalktape::emit {

/// A header without dependencies, C++17, in namespace chalktape: templates over the floating-point type with sizes as
/// arguments, `LAYER_forward(sizes…, tensors…, outputs…, saved, constants…)` and `LAYER_backward(sizes…, upstream
/// gradients…, tensors…, outputs that it reads…, saved, gradients…, constants…)`. Loops are those of the engine's loop
/// program, each labelled with what it computes. The same program gives the same bytes. Throws lower::Error.
[[nodiscard]] std::string to_cpp(const Program& program);

/// The header, and what its way back costs in arrays of the layer's largest rank.
struct CppSource {
  std::string header;
  int sweeps = 0;  ///< loops of the backward function over such arrays
  int saved = 0;   ///< such arrays that backward reads besides upstream gradients
};
[[nodiscard]] CppSource cpp_source(const Program& program);

}  // namespace chalktape::emit
