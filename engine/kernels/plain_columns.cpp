#include "engine/kernels/plain_columns.hpp"

#include <cmath>

namespace chalktape::engine::kernels {

template <class T>
void plain_statistics(std::int64_t rows, std::int64_t j, Rows<const T> x, double eps, ColumnStatistics<T> result) {
  const auto n = static_cast<double>(rows);
  const auto entry = [&](std::int64_t i) { return static_cast<double>(x.row(i)[j]); };
  double sum = 0;
  for (std::int64_t i = 0; i < rows; ++i) sum += entry(i) / n;
  const auto hi = static_cast<T>(sum);
  double rest = 0;
  double squares = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const double centred = entry(i) - static_cast<double>(hi);
    rest += centred / n;
    squares += centred * centred / n;
  }
  result.mean_hi[j] = hi;
  result.mean_lo[j] = std::isfinite(rest) ? static_cast<T>(rest) : T{0};  // an infinite mean is hi alone
  const double variance = squares - rest * rest;
  result.istd[j] = static_cast<T>(1 / std::sqrt((variance < 0 ? 0 : variance) + eps));
}

template <class T>
void plain_products(std::int64_t rows, std::int64_t j, Rows<const T> x, Rows<const T> dy,
                    ColumnStatistics<const T> statistics, Products result) {
  const auto hi = static_cast<double>(statistics.mean_hi[j]);
  const auto lo = static_cast<double>(statistics.mean_lo[j]);
  const auto istd = static_cast<double>(statistics.istd[j]);
  double sum = 0;
  double product = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto g = static_cast<double>(dy.row(i)[j]);
    sum += g;
    product += g * (((static_cast<double>(x.row(i)[j]) - hi) - lo) * istd);
  }
  result.dy[j] = sum;
  result.dy_x[j] = product;
}

template <class T>
void plain_backward(double rows, std::int64_t j, std::int64_t count, Rows<const T> x, Rows<const T> dy, const T* gamma,
                    ColumnStatistics<const T> statistics, Products products, Rows<T> dx) {
  const auto hi = static_cast<double>(statistics.mean_hi[j]);
  const auto lo = static_cast<double>(statistics.mean_lo[j]);
  const auto istd = static_cast<double>(statistics.istd[j]);
  const double scale = static_cast<double>(gamma[j]) * istd;
  const double dbeta_mean = products.dy[j] / rows;
  const double dgamma_mean = products.dy_x[j] / rows;
  for (std::int64_t i = 0; i < count; ++i) {
    const double xhat = ((static_cast<double>(*x.row(i)) - hi) - lo) * istd;
    *dx.row(i) = static_cast<T>(scale * ((static_cast<double>(*dy.row(i)) - dbeta_mean) - xhat * dgamma_mean));
  }
}

template void plain_statistics(std::int64_t, std::int64_t, Rows<const float>, double, ColumnStatistics<float>);
template void plain_statistics(std::int64_t, std::int64_t, Rows<const double>, double, ColumnStatistics<double>);
template void plain_products(std::int64_t, std::int64_t, Rows<const float>, Rows<const float>,
                             ColumnStatistics<const float>, Products);
template void plain_products(std::int64_t, std::int64_t, Rows<const double>, Rows<const double>,
                             ColumnStatistics<const double>, Products);
template void plain_backward(double, std::int64_t, std::int64_t, Rows<const float>, Rows<const float>, const float*,
                             ColumnStatistics<const float>, Products, Rows<float>);
template void plain_backward(double, std::int64_t, std::int64_t, Rows<const double>, Rows<const double>, const double*,
                             ColumnStatistics<const double>, Products, Rows<double>);

}  // namespace chalktape::engine::kernels
