// Random well-formed layers.
#pragma once

#include <cstdint>

#include "symbolic/language/layer.hpp"

namespace chalktape::random_layers {

/// The layer that a seed stands for, the same on every machine: one to four tensors with up to three axes over up to
/// three sizes, two to eight definitions, every function and reduction of the language. Logarithms, roots and divisors
/// get arguments that are positive by construction, or by an assumption on a tensor's entries.
[[nodiscard]] language::Layer random_layer(std::uint64_t seed);

}  // namespace chalktape::random_layers
