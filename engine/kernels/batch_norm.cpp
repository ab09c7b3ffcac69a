#include "engine/kernels/batch_norm.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

#include <fmt/format.h>

#include "engine/error.hpp"

namespace chalktape::engine::kernels {

namespace {

// Rows are summed in blocks of this many, and the blocks' sums are added: the error grows with the block and with the
// number of blocks, not with the number of rows.
constexpr std::int64_t kBlock = 256;

using Columns = std::vector<double>;

// Σ_i of K terms at once, by columns: `row(i, sums)` adds row i's terms to sums[k][j].
template <std::size_t K, class Row>
std::array<Columns, K> column_sums(std::int64_t n, std::int64_t d, Row row) {
  const auto width = static_cast<std::size_t>(d);
  std::array<Columns, K> totals;
  std::array<Columns, K> block;
  totals.fill(Columns(width, 0.0));
  for (std::int64_t start = 0; start < n; start += kBlock) {
    block.fill(Columns(width, 0.0));
    for (std::int64_t i = start; i < std::min(n, start + kBlock); ++i) row(i, block);
    for (std::size_t k = 0; k < K; ++k) {
      for (std::size_t j = 0; j < width; ++j) totals[k][j] += block[k][j];
    }
  }
  return totals;
}

void require(std::int64_t n, std::int64_t d, double eps, std::initializer_list<std::int64_t> row_strides) {
  if (n < 1 || d < 1) throw Error(fmt::format("batch_norm: needs N ≥ 1 and D ≥ 1, not N = {}, D = {}", n, d));
  if (!(eps >= 0)) throw Error(fmt::format("batch_norm: needs eps ≥ 0, not {}", eps));
  for (const std::int64_t stride : row_strides) {
    if (stride < d) throw Error(fmt::format("batch_norm: rows of {} entries overlap with a stride of {}", d, stride));
  }
}

}  // namespace

template <class T>
BatchNormSaved<T> batch_norm_forward(std::int64_t n, std::int64_t d, Rows<const T> x, const T* gamma, const T* beta,
                                     double eps, Rows<T> y) {
  require(n, d, eps, {x.row_stride, y.row_stride});
  const auto width = static_cast<std::size_t>(d);
  const auto rows = static_cast<double>(n);
  BatchNormSaved<T> saved{std::vector<T>(width), std::vector<T>(width), std::vector<T>(width)};
  T* const hi = saved.mean_hi.data();
  T* const lo = saved.mean_lo.data();
  T* const istd = saved.istd.data();

  // μ_j, first digits: about the first row, so that a large common offset does not enter the sum.
  const T* const origin = x.row(0);
  const auto [offsets] = column_sums<1>(n, d, [&](std::int64_t i, auto& sums) {
    const T* const xi = x.row(i);
    for (std::int64_t j = 0; j < d; ++j) sums[0][j] += static_cast<double>(xi[j]) - static_cast<double>(origin[j]);
  });
  for (std::int64_t j = 0; j < d; ++j) hi[j] = static_cast<T>(static_cast<double>(origin[j]) + offsets[j] / rows);

  // μ_j, remaining digits, and σ²_j: sums of x − hi and of its square.
  const auto [first, second] = column_sums<2>(n, d, [&](std::int64_t i, auto& sums) {
    const T* const xi = x.row(i);
    for (std::int64_t j = 0; j < d; ++j) {
      const double centred = static_cast<double>(xi[j]) - static_cast<double>(hi[j]);
      sums[0][j] += centred;
      sums[1][j] += centred * centred;
    }
  });
  for (std::int64_t j = 0; j < d; ++j) {
    const double rest = first[j] / rows;
    lo[j] = static_cast<T>(rest);
    const double variance = std::max(0.0, second[j] / rows - rest * rest);  // rest is tiny: nothing cancels
    istd[j] = static_cast<T>(1 / std::sqrt(variance + eps));
  }

  // y_ij = γ_j x̂_ij + β_j
  for (std::int64_t i = 0; i < n; ++i) {
    const T* const xi = x.row(i);
    T* const yi = y.row(i);
    for (std::int64_t j = 0; j < d; ++j) yi[j] = gamma[j] * (((xi[j] - hi[j]) - lo[j]) * istd[j]) + beta[j];
  }
  return saved;
}

template <class T>
void batch_norm_backward(std::int64_t n, std::int64_t d, Rows<const T> x, Rows<const T> dy, const T* gamma,
                         const BatchNormSaved<T>& saved, Rows<T> dx, T* dgamma, T* dbeta) {
  require(n, d, 0, {x.row_stride, dy.row_stride, dx.row_stride});
  const auto width = static_cast<std::size_t>(d);
  for (const auto* part : {&saved.mean_hi, &saved.mean_lo, &saved.istd}) {
    if (part->size() != width) throw Error(fmt::format("batch_norm: saved for D = {}, not {}", part->size(), d));
  }
  const T* const hi = saved.mean_hi.data();
  const T* const lo = saved.mean_lo.data();
  const T* const istd = saved.istd.data();

  // dβ_j = Σ_i dy_ij,  dγ_j / istd_j = Σ_i dy_ij (x_ij − μ_j)
  const auto [sum_dy, sum_dy_centred] = column_sums<2>(n, d, [&](std::int64_t i, auto& sums) {
    const T* const xi = x.row(i);
    const T* const dyi = dy.row(i);
    for (std::int64_t j = 0; j < d; ++j) {
      sums[0][j] += dyi[j];
      sums[1][j] += static_cast<double>(dyi[j]) * static_cast<double>((xi[j] - hi[j]) - lo[j]);
    }
  });

  // What dx needs of each column: dx_ij = γ istd (dy_ij − dβ/N − (x_ij − μ) istd dγ/N)
  std::vector<T> scale(width);
  std::vector<T> mean_dy(width);
  std::vector<T> slope(width);
  const auto rows = static_cast<double>(n);
  for (std::int64_t j = 0; j < d; ++j) {
    const double full_dgamma = sum_dy_centred[j] * istd[j];
    dgamma[j] = static_cast<T>(full_dgamma);
    dbeta[j] = static_cast<T>(sum_dy[j]);
    scale[j] = gamma[j] * istd[j];
    mean_dy[j] = static_cast<T>(sum_dy[j] / rows);
    slope[j] = static_cast<T>(full_dgamma * istd[j] / rows);
  }

  // dx_ij = γ_j istd_j / N · (N dy_ij − dβ_j − x̂_ij dγ_j)
  for (std::int64_t i = 0; i < n; ++i) {
    const T* const xi = x.row(i);
    const T* const dyi = dy.row(i);
    T* const dxi = dx.row(i);
    for (std::int64_t j = 0; j < d; ++j) {
      dxi[j] = scale[j] * ((dyi[j] - mean_dy[j]) - ((xi[j] - hi[j]) - lo[j]) * slope[j]);
    }
  }
}

template BatchNormSaved<float> batch_norm_forward(std::int64_t, std::int64_t, Rows<const float>, const float*,
                                                  const float*, double, Rows<float>);
template BatchNormSaved<double> batch_norm_forward(std::int64_t, std::int64_t, Rows<const double>, const double*,
                                                   const double*, double, Rows<double>);
template void batch_norm_backward(std::int64_t, std::int64_t, Rows<const float>, Rows<const float>, const float*,
                                  const BatchNormSaved<float>&, Rows<float>, float*, float*);
template void batch_norm_backward(std::int64_t, std::int64_t, Rows<const double>, Rows<const double>, const double*,
                                  const BatchNormSaved<double>&, Rows<double>, double*, double*);

}  // namespace chalktape::engine::kernels
