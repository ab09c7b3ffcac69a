// How far rounding can carry a gradient: the measure that agreement is judged by.
#pragma once

#include <map>
#include <string>

#include "symbolic/roads/problem.hpp"

namespace chalktape::roads {

/// Half the distance from 1 to the next number: 2⁻²⁴ or 2⁻⁵³.
[[nodiscard]] double unit_roundoff(engine::DType dtype);

/// By tensor, the change of its gradient (as engine::disagreement, the largest of several draws) when every result of
/// an op, forward and backward, is off by one unit roundoff u of the dtype, and every sum of n terms by u (Σ |terms| +
/// √n |Σ terms|), which is what adding them one after the other costs. Stochastic arithmetic on the tape in f64:
/// results are multiplied by 1 ± 2⁻³⁸, the sign a hash of the value (so that equal numbers stay equal, and kinks where
/// they are), and the response is scaled. Deterministic.
[[nodiscard]] std::map<std::string, double> rounding_response(const Problem& problem);

/// What a road may be off by: 4 · (4u + response), u the unit roundoff. A wrong formula is off by far more unless the
/// data leave no digits; where the mean of the data is far larger than their spread, the response grows with it.
[[nodiscard]] double tolerance(double response, engine::DType dtype);
/// For central differences, which keep about half of the digits that f64 has: 4 · √(4u + response), both for f64.
[[nodiscard]] double difference_tolerance(double response, engine::DType dtype);

}  // namespace chalktape::roads
