// The layer's `assume` facts: what they say of a single tensor, and whether numbers obey them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "symbolic/roads/problem.hpp"

namespace chalktape::roads {

/// What samples of one tensor can be drawn to obey at once.
struct Demand {
  std::optional<double> low, high;  ///< bounds of every entry
  /// The sum over these axes is `total`.
  std::optional<double> total;
  std::vector<bool> summed_axes;
};

/// By tensor. Facts of other forms are left to `broken_assumption`.
[[nodiscard]] std::map<std::string, Demand> demands(const language::Layer& layer);

/// Whether there is more in it than numbers, constants and sizes: what else is drawn may obey it.
[[nodiscard]] bool mentions_values(const language::Layer& layer, const language::Assumption& assumption);

struct Broken {
  const language::Assumption* assumption = nullptr;
  std::string where;  ///< "at i = 3 the left side is 0.9 and the right side 1"
};

/// The first fact that the problem's numbers break: equality is tested up to the rounding of the dtype. Throws
/// lower::Error or engine::Error.
[[nodiscard]] std::optional<Broken> broken_assumption(const Problem& problem);

}  // namespace chalktape::roads
