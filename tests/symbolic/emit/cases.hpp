// The layers that emitted code is tried on: all built-in ones, and odd ones.
#pragma once

#include <string>
#include <vector>

#include "symbolic/emit/program.hpp"

namespace chalktape::tests {

struct EmitCase {
  std::string name;  ///< the layer's: distinct
  emit::Program program;
};

/// The built-in layers.
[[nodiscard]] std::vector<EmitCase> builtin_cases();
/// Several outputs, scalars, deltas, diagonals, extrema, every function, names that are keywords of a target.
[[nodiscard]] std::vector<EmitCase> odd_cases();
/// So many random layers that can be derived.
[[nodiscard]] std::vector<EmitCase> random_cases(int count);

/// So many random layers of four to six axes, with operands and results that vary along any of them, in any order.
[[nodiscard]] std::vector<EmitCase> many_axes_cases(int count);

[[nodiscard]] EmitCase case_of(const language::Layer& layer);

}  // namespace chalktape::tests
