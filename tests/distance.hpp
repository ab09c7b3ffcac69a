// How far computed numbers are from what they should be: the comparison that all tests share. What is not a number is
// infinitely far from everything, so that no maximum over errors loses it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/tape/derivatives.hpp"
#include "engine/tensor/tensor.hpp"

namespace chalktape::tests {

/// The largest of the errors that it is shown; 0 of none, infinity if one is NaN, which std::max would pass over.
class LargestError {
 public:
  void see(double error) {
    value_ = std::isnan(error) ? std::numeric_limits<double>::infinity() : std::max(value_, error);
  }
  [[nodiscard]] double value() const { return value_; }

 private:
  double value_ = 0;
};

/// |found − expected|: 0 for equal infinities, infinity if either is NaN or just one is infinite.
inline double distance(double found, double expected) {
  if (found == expected) return 0;
  const double apart = std::abs(found - expected);
  return std::isnan(apart) ? std::numeric_limits<double>::infinity() : apart;
}

/// The largest engine::disagreement of two entries; infinity if there are more of one than of the other.
inline double worst_disagreement(std::span<const double> found, std::span<const double> expected) {
  if (found.size() != expected.size()) return std::numeric_limits<double>::infinity();
  LargestError worst;
  for (std::size_t k = 0; k < found.size(); ++k) worst.see(engine::disagreement(found[k], expected[k]));
  return worst.value();
}
/// Likewise; infinity if the shapes differ.
inline double worst_disagreement(const engine::Tensor& found, const engine::Tensor& expected) {
  if (found.shape() != expected.shape()) return std::numeric_limits<double>::infinity();
  return worst_disagreement(found.to_vector(), expected.to_vector());
}

/// The largest distance in parts of the largest |expected|, or of `scale` if that is larger: for sums, whose small
/// entries are what large terms leave. Infinity if there are more of one than of the other.
inline double worst_of_largest(std::span<const double> found, std::span<const double> expected, double scale = 0) {
  if (found.size() != expected.size()) return std::numeric_limits<double>::infinity();
  LargestError worst, largest;
  largest.see(scale);
  for (std::size_t k = 0; k < found.size(); ++k) {
    worst.see(distance(found[k], expected[k]));
    if (std::isfinite(expected[k])) largest.see(std::abs(expected[k]));
  }
  return worst.value() == 0 ? 0 : worst.value() / largest.value();
}
/// Likewise; infinity if the shapes differ.
inline double worst_of_largest(const engine::Tensor& found, const engine::Tensor& expected, double scale = 0) {
  if (found.shape() != expected.shape()) return std::numeric_limits<double>::infinity();
  return worst_of_largest(found.to_vector(), expected.to_vector(), scale);
}

/// Whether shapes, dtypes and all numbers are the same. Zeros are, whatever their signs, and so are NaNs.
inline bool same_numbers(const engine::Tensor& a, const engine::Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  return std::ranges::equal(a.to_vector(), b.to_vector(), same);
}

}  // namespace chalktape::tests
