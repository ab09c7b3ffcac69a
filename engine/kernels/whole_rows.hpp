// Loops over whole rows of a matrix, compiled for several vector units: what the layer-norm kernels consist of.
#pragma once

#include <cstdint>

#include "engine/kernels/rows.hpp"

namespace chalktape::engine::kernels {

/// mean_hi, mean_lo and istd of LayerNormSaved, by row.
template <class T>
struct RowStatistics {
  T* mean_hi = nullptr;
  T* mean_lo = nullptr;
  T* istd = nullptr;
  [[nodiscard]] RowStatistics from(std::int64_t i) const { return {mean_hi + i, mean_lo + i, istd + i}; }
};

/// Sums over rows of dy x̂ and of dy, by column.
template <class T>
struct ColumnSums {
  T* dgamma = nullptr;
  T* dbeta = nullptr;
};

/// One vector unit's functions.
template <class T>
struct RowKernels {
  /// y and the rows' statistics.
  void (*forward)(std::int64_t rows, std::int64_t cols, Rows<const T> x, const T* gamma, const T* beta, double eps,
                  Rows<T> y, RowStatistics<T> result, Traffic traffic);
  /// dx, and these rows' sums; `block` is room for those of a few rows.
  void (*backward)(std::int64_t rows, std::int64_t cols, Rows<const T> x, Rows<const T> dy, const T* gamma,
                   RowStatistics<const T> statistics, Rows<T> dx, ColumnSums<double> sums, ColumnSums<T> block,
                   Traffic traffic);
};

/// Those of the best vector unit that this machine has; T is float or double.
template <class T>
[[nodiscard]] RowKernels<T> row_kernels();

}  // namespace chalktape::engine::kernels
