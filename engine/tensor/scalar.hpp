// The functions of the language that <cmath> lacks, for one number, in forms that neither overflow nor cancel.
#pragma once

#include <cmath>

namespace chalktape::engine {

/// 1 for x > 0, 0 for x ≤ 0; NaN stays NaN.
template <class T>
T step(T x) {
  return x > 0 ? T(1) : (x <= 0 ? T(0) : x);
}
/// max(x, 0); NaN stays NaN.
template <class T>
T relu(T x) {
  return x <= 0 ? T(0) : x;
}
/// 1 / (1 + e⁻ˣ), with an exponential that only underflows.
template <class T>
T sigmoid(T x) {
  const T e = std::exp(-std::abs(x));
  return (x >= 0 ? T(1) : e) / (1 + e);
}
/// log(1 + eˣ)
template <class T>
T softplus(T x) {
  return relu(x) + std::log1p(std::exp(-std::abs(x)));
}
/// xᶜ for a constant c; computed in double for either type.
template <class T>
T power(T x, double exponent) {
  return static_cast<T>(std::pow(static_cast<double>(x), exponent));
}

}  // namespace chalktape::engine
