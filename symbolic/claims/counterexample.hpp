// Small numbers at which two formulas differ.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "symbolic/claims/claims.hpp"

namespace chalktape::claims {

/// A number as people write it: `-2`, `3/4`, or decimals where it is no small fraction.
struct Number {
  double value = 0;
  std::string text{};
  bool exact = false;  ///< the text is all of it
};

/// A tensor's or a constant's numbers, row-major.
struct Input {
  std::string name;
  std::vector<std::int64_t> dimensions{};
  std::vector<Number> entries{};
  bool is_upstream = false;  ///< the gradient of an output
};

struct Counterexample {
  std::vector<std::pair<std::string, std::int64_t>> sizes{};  ///< in the layer's order
  std::vector<Input> inputs{};                                ///< tensors, constants, upstream gradients
  std::vector<std::pair<std::string, std::int64_t>> entry{};  ///< the free indices' values, 1-based
  Number truth{};                                             ///< the first link of the chain
  std::optional<Number> previous{};                           ///< the link before, where it is another
  Number claimed{};
};

/// The smallest that is found, in this order: small sizes (2 and 3, and then 1 where a size does not matter), small
/// integers, then fractions, then the constants' defaults and entries beyond the numbers of the formulas. Everything
/// there obeys the layer's assumptions. The chain's link `position` differs there from the first link or, where
/// `from_previous`, from the one before it. Nothing where no such numbers show the difference. Deterministic.
[[nodiscard]] std::optional<Counterexample> find_counterexample(const Scope& scope, const Chain& chain,
                                                                std::size_t position, bool from_previous);

/// Nested brackets, as NumPy reads them: `[[1, 2], [0, -1/2]]`.
[[nodiscard]] std::string bracketed(const Input& input);

}  // namespace chalktape::claims
