// How far rounding can carry a gradient: the measure that agreement is judged by.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "symbolic/roads/problem.hpp"

namespace chalktape::roads {

/// Half the distance from 1 to the next number: 2⁻²⁴ or 2⁻⁵³.
[[nodiscard]] double unit_roundoff(engine::DType dtype);

/// A gradient that the numbers do not determine within rounding, because a kink lies there.
struct Undecided {
  std::string tensor;
  std::string kink;  ///< "max in mu"
};

struct Conditioning {
  /// By tensor, the change of its gradient (as engine::disagreement, the largest of several draws) when every result of
  /// an op, forward and backward, is off by one unit roundoff u of the dtype, and every sum of n terms by
  /// u (Σ |terms| + √n |Σ terms|), which is what adding them one after the other costs. Infinite where that is known of
  /// no entry.
  std::map<std::string, double> response;
  /// By tensor, the entries, row-major and ascending, of which it is not known: the tape's own numbers are not finite
  /// there (∞ − ∞, 0·∞). The response is that of the others.
  std::map<std::string, std::vector<std::int64_t>> unknown;
  std::optional<Undecided> undecided;
};

/// Stochastic arithmetic on the tape in f64: results are multiplied by 1 ± 2⁻³⁸ and by 1 ± 4u, kinks being kept on
/// their side, and the response is scaled. Whether the sides themselves are certain is asked at 1 ± 4u: where the
/// gradient then changes by more than its tolerance, as where two rows of probabilities are compared by their sums, no
/// road's answer is the right one. Numbers that are equal because they come from the same ones stay equal.
/// Deterministic.
[[nodiscard]] Conditioning conditioning(const Problem& problem);

/// What a road may be off by: 4 · (4u + response), u the unit roundoff. A wrong formula is off by far more unless the
/// data leave no digits; where the mean of the data is far larger than their spread, the response grows with it.
[[nodiscard]] double tolerance(double response, engine::DType dtype);
/// Beyond this a tolerance decides nothing: errors are at most about 1, which is any number for any other.
inline constexpr double most_tolerance = 0.9;
/// For central differences, which keep about half of the digits that f64 has: 4 · √(4u + response), both for f64.
[[nodiscard]] double difference_tolerance(double response, engine::DType dtype);

}  // namespace chalktape::roads
