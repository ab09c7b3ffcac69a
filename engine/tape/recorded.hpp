// Formulas that record themselves: functions and operators of Recorded, by the names that numbers and tensors have.
// Operands of one call must lie on the same tape (else Error). Throw as Tape::apply does.
#pragma once

#include "engine/tape/tape.hpp"
#include "engine/tensor/shapes.hpp"

namespace chalktape::engine {

[[nodiscard]] Recorded operator+(const Recorded& a, const Recorded& b);
[[nodiscard]] Recorded operator-(const Recorded& a, const Recorded& b);
[[nodiscard]] Recorded operator*(const Recorded& a, const Recorded& b);
[[nodiscard]] Recorded operator/(const Recorded& a, const Recorded& b);
[[nodiscard]] Recorded operator+(double a, const Recorded& b);
[[nodiscard]] Recorded operator-(double a, const Recorded& b);
[[nodiscard]] Recorded operator*(double a, const Recorded& b);
[[nodiscard]] Recorded operator/(double a, const Recorded& b);
[[nodiscard]] Recorded operator+(const Recorded& a, double b);
[[nodiscard]] Recorded operator-(const Recorded& a, double b);
[[nodiscard]] Recorded operator*(const Recorded& a, double b);
[[nodiscard]] Recorded operator/(const Recorded& a, double b);
[[nodiscard]] Recorded operator-(const Recorded& x);

[[nodiscard]] Recorded exp(const Recorded& x);
[[nodiscard]] Recorded log(const Recorded& x);
[[nodiscard]] Recorded sqrt(const Recorded& x);
[[nodiscard]] Recorded abs(const Recorded& x);
[[nodiscard]] Recorded sin(const Recorded& x);
[[nodiscard]] Recorded cos(const Recorded& x);
[[nodiscard]] Recorded tanh(const Recorded& x);
[[nodiscard]] Recorded sigmoid(const Recorded& x);
[[nodiscard]] Recorded relu(const Recorded& x);
[[nodiscard]] Recorded step(const Recorded& x);
[[nodiscard]] Recorded erf(const Recorded& x);
[[nodiscard]] Recorded softplus(const Recorded& x);
[[nodiscard]] Recorded stop_gradient(const Recorded& x);
[[nodiscard]] Recorded square(const Recorded& x);
[[nodiscard]] Recorded power(const Recorded& x, double exponent);
[[nodiscard]] Recorded pow(const Recorded& a, const Recorded& b);
[[nodiscard]] Recorded maximum(const Recorded& a, const Recorded& b);
[[nodiscard]] Recorded minimum(const Recorded& a, const Recorded& b);

[[nodiscard]] Recorded sum(const Recorded& x, const Reduction& reduction);
[[nodiscard]] Recorded mean(const Recorded& x, const Reduction& reduction);
[[nodiscard]] Recorded max(const Recorded& x, const Reduction& reduction);
[[nodiscard]] Recorded min(const Recorded& x, const Reduction& reduction);
[[nodiscard]] Recorded transpose(const Recorded& x, const Permutation& permutation);
[[nodiscard]] Recorded reshape(const Recorded& x, const Shape& shape);
[[nodiscard]] Recorded broadcast_to(const Recorded& x, const Shape& shape);
[[nodiscard]] Recorded diagonal(const Recorded& x, const DiagonalAxes& axes);
[[nodiscard]] Recorded embed_diagonal(const Recorded& x, const DiagonalAxes& axes);
[[nodiscard]] Recorded contraction(const Recorded& a, const Recorded& b, const ContractionPattern& pattern);

}  // namespace chalktape::engine
