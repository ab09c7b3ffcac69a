// What shapes the ops give. Every function throws Error, naming the op and the shapes, if its arguments do not fit.
#pragma once

#include <cstdint>
#include <string>

#include "engine/tensor/attributes.hpp"
#include "engine/tensor/tensor.hpp"

namespace chalktape::engine {

/// Axes counted from the start, ascending. Throws if one does not exist or stands twice.
[[nodiscard]] Reduction normalised(const Reduction& reduction, int rank, std::string_view op = "reduction");
/// The axes must be normalised.
[[nodiscard]] Shape reduced_shape(const Shape& x, const Reduction& reduction, std::string_view op = "reduction");
/// How many entries go into one of the result.
[[nodiscard]] std::int64_t reduced_count(const Shape& x, const Reduction& reduction);

[[nodiscard]] Shape permuted_shape(const Shape& x, const Permutation& permutation);
[[nodiscard]] Permutation inverse(const Permutation& permutation);
[[nodiscard]] Shape reshaped_shape(const Shape& x, const Shape& target);
[[nodiscard]] Shape broadcasted_shape(const Shape& x, const Shape& target);
/// The axes that a broadcast from `x` to `target` adds or repeats.
[[nodiscard]] Reduction broadcast_axes(const Shape& x, const Shape& target);
[[nodiscard]] Shape diagonal_shape(const Shape& x, const DiagonalAxes& axes);
[[nodiscard]] Shape embedded_shape(const Shape& x, const DiagonalAxes& axes);

/// The letters of "a,b->result".
struct PatternLetters {
  std::string a, b, result;
};
/// Splits a contraction pattern; throws if it has not that form, a result's letter is repeated or stands in no operand.
[[nodiscard]] PatternLetters letters_of(const ContractionPattern& pattern);
/// The result's shape of a contraction by an atom's pattern (see ContractionPattern).
[[nodiscard]] Shape contracted_shape(const Shape& a, const Shape& b, const ContractionPattern& pattern);

}  // namespace chalktape::engine
