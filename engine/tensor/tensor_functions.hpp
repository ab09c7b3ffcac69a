// Functions of tensors, computed at once: what the ops' forward and backward are made of. engine/tape/recorded.hpp has
// the same names for Recorded, which record on a tape instead. They throw Error as engine/tensor/shapes.hpp says.
#pragma once

#include "engine/tensor/shapes.hpp"
#include "engine/tensor/tensor.hpp"

namespace chalktape::engine {

// Elementwise, broadcasting; the dtype is the first tensor's, and must be both's.
[[nodiscard]] Tensor operator+(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor operator-(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor operator*(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor operator/(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor operator-(double a, const Tensor& b);
[[nodiscard]] Tensor operator/(const Tensor& a, double b);
[[nodiscard]] Tensor step(const Tensor& x);

// Reductions; axes must be normalised. Sums are carried in double for f32 and with compensation for f64, so that
// their error does not grow with the number of entries. NaN wins over every number in max and min.
[[nodiscard]] Tensor sum(const Tensor& x, const Reduction& reduction);
[[nodiscard]] Tensor mean(const Tensor& x, const Reduction& reduction);
[[nodiscard]] Tensor max(const Tensor& x, const Reduction& reduction);
[[nodiscard]] Tensor min(const Tensor& x, const Reduction& reduction);

// Movement; views of the operand's storage where possible.
[[nodiscard]] Tensor transpose(const Tensor& x, const Permutation& permutation);
[[nodiscard]] Tensor reshape(const Tensor& x, const Shape& shape);
[[nodiscard]] Tensor broadcast_to(const Tensor& x, const Shape& shape);
[[nodiscard]] Tensor diagonal(const Tensor& x, const DiagonalAxes& axes);
[[nodiscard]] Tensor embed_diagonal(const Tensor& x, const DiagonalAxes& axes);

/// One matrix product per batch, on operands permuted to (batch, free of a, contracted) and (batch, contracted, free of
/// b). f32 products over long contracted axes are carried in double between blocks.
[[nodiscard]] Tensor contraction(const Tensor& a, const Tensor& b, const ContractionPattern& pattern);

/// The transpose of broadcasting to x's shape from `shape`: sums over the axes that were repeated.
template <class V>
[[nodiscard]] V sum_to(const V& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  return reshape(sum(x, broadcast_axes(shape, x.shape())), shape);
}

}  // namespace chalktape::engine
