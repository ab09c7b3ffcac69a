// Loops over the columns of a matrix, compiled for several vector units: what the batch-norm kernels consist of. Sums
// are taken in the dtype over blocks of 16 to 64 rows, and the blocks' sums in double.
#pragma once

#include <cstdint>

#include "engine/kernels/rows.hpp"

namespace chalktape::engine::kernels {

/// Per column of some rows: the mean, origin + offset, and Σ (x − mean)². Origin is a number near the mean, so that
/// a large common offset of the data costs no digits.
template <class T>
struct Moments {
  T* origin = nullptr;
  double* offset = nullptr;
  double* squares = nullptr;
  [[nodiscard]] Moments from(std::int64_t c) const { return {origin + c, offset + c, squares + c}; }
};

/// Per column: the sums of dy and of dy (x − mean_hi).
struct Products {
  double* dy = nullptr;
  double* dy_x = nullptr;
  [[nodiscard]] Products from(std::int64_t c) const { return {dy + c, dy_x + c}; }
};

/// mean_hi, mean_lo and istd of BatchNormSaved, by column.
template <class T>
struct ColumnStatistics {
  T* mean_hi = nullptr;
  T* mean_lo = nullptr;
  T* istd = nullptr;
  [[nodiscard]] ColumnStatistics from(std::int64_t c) const { return {mean_hi + c, mean_lo + c, istd + c}; }
  [[nodiscard]] ColumnStatistics<const T> as_const() const { return {mean_hi, mean_lo, istd}; }
};

/// y = scale (x − mean_hi) + shift
template <class T>
struct ForwardCoefficients {
  T* mean_hi = nullptr;
  T* scale = nullptr;
  T* shift = nullptr;
  [[nodiscard]] ForwardCoefficients from(std::int64_t c) const { return {mean_hi + c, scale + c, shift + c}; }
  [[nodiscard]] ForwardCoefficients<const T> as_const() const { return {mean_hi, scale, shift}; }
};

/// dx = scale (dy − dy_mean) + slope (x − mean_hi) + shift
template <class T>
struct BackwardCoefficients {
  T* mean_hi = nullptr;
  T* dy_mean = nullptr;
  T* scale = nullptr;
  T* slope = nullptr;
  T* shift = nullptr;
  [[nodiscard]] BackwardCoefficients from(std::int64_t c) const {
    return {mean_hi + c, dy_mean + c, scale + c, slope + c, shift + c};
  }
  [[nodiscard]] BackwardCoefficients<const T> as_const() const { return {mean_hi, dy_mean, scale, slope, shift}; }
};

/// Columns of which three arrays stay in the fastest cache while rows go by.
template <class T>
constexpr auto kWidest = static_cast<std::int64_t>(8192 / sizeof(T));

/// One vector unit's functions. Arrays that are not matrices need no alignment.
template <class T>
struct ColumnKernels {
  /// Of `cols` columns that stand `copies` times beside each other in the rows of x, which are at least one. Several
  /// copies make up at most kWidest<T> columns.
  void (*moments)(std::int64_t rows, std::int64_t cols, std::int64_t copies, Rows<const T> x, Traffic traffic,
                  Moments<T> result);
  /// a becomes the moments of a's rows and b's together.
  void (*join_moments)(std::int64_t cols, double rows_a, Moments<T> a, double rows_b, Moments<T> b);
  /// From the moments of `rows` rows. False where a column needs another look: a result is not finite, or squares may
  /// have left the dtype's range.
  bool (*statistics)(std::int64_t cols, double rows, Moments<T> moments, double eps, ColumnStatistics<T> result);
  void (*forward_coefficients)(std::int64_t cols, ColumnStatistics<const T> statistics, const T* gamma, const T* beta,
                               ForwardCoefficients<T> result);
  /// y
  void (*forward)(std::int64_t rows, std::int64_t cols, Rows<const T> x, ForwardCoefficients<const T> coefficients,
                  Rows<T> y, Traffic traffic);

  /// As moments; mean_hi has all copies.
  void (*products)(std::int64_t rows, std::int64_t cols, std::int64_t copies, Rows<const T> x, Rows<const T> dy,
                   const T* mean_hi, Traffic traffic, Products result);
  /// a += b
  void (*join_products)(std::int64_t cols, Products a, Products b);
  /// dγ, dβ and what dx needs, from the sums over `rows` rows. False where one of them is not finite.
  bool (*backward_coefficients)(std::int64_t cols, double rows, Products products, ColumnStatistics<const T> statistics,
                                const T* gamma, T* dgamma, T* dbeta, BackwardCoefficients<T> result);
  /// dx
  void (*backward)(std::int64_t rows, std::int64_t cols, Rows<const T> x, Rows<const T> dy,
                   BackwardCoefficients<const T> coefficients, Rows<T> dx, Traffic traffic);
};

/// Those of the best vector unit that this machine has; T is float or double.
template <class T>
[[nodiscard]] ColumnKernels<T> column_kernels();

}  // namespace chalktape::engine::kernels
