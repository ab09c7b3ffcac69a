// Batch norm of a single column, formula by formula in double: for the columns that the fast loops cannot do, because
// something in them is not finite or squares leave the dtype's range.
#pragma once

#include <cstdint>

#include "engine/kernels/columns.hpp"

namespace chalktape::engine::kernels {

/// Column j's mean and istd.
template <class T>
void plain_statistics(std::int64_t rows, std::int64_t j, Rows<const T> x, double eps, ColumnStatistics<T> result);

/// Column j's sums over all rows into result.dy[j] and, being dγ_j with its factor istd_j, into result.dy_x[j].
template <class T>
void plain_products(std::int64_t rows, std::int64_t j, Rows<const T> x, Rows<const T> dy,
                    ColumnStatistics<const T> statistics, Products result);

/// dx of column j, from those sums; `dx` may be `dy`. x, dy and dx hold `count` of the `rows` rows and begin
/// with column j, whose constants stand at j in the other arrays.
template <class T>
void plain_backward(double rows, std::int64_t j, std::int64_t count, Rows<const T> x, Rows<const T> dy, const T* gamma,
                    ColumnStatistics<const T> statistics, Products products, Rows<T> dx);

}  // namespace chalktape::engine::kernels
