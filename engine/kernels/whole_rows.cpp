#include "engine/kernels/whole_rows.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

// Highway compiles this file once for each vector unit. SSSE3 has nothing that SSE4 machines lack.
#define HWY_DISABLED_TARGETS HWY_SSSE3
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/whole_rows.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h:
#include <hwy/highway.h>

#include "engine/kernels/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace chalktape::engine::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Entries of a row whose sums are taken in the dtype, lane by lane; the sums of such pieces are added in double.
constexpr std::int64_t kPiece = 2048;
// Rows whose sums by column are taken in the dtype.
constexpr std::int64_t kBlock = 16;

struct Pair {
  double first = 0, second = 0;
};

template <class V, class D>
HWY_INLINE double sum_of(D d, V v) {
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, v)));
}

// Σ_j of two terms: `add(tag, j, first, second)` adds the terms of the lanes from j on to the vectors first and second.
template <class T, class Add>
HWY_INLINE Pair row_sums(std::int64_t cols, const Add& add) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  Pair total;
  std::int64_t j = 0;
  while (j + lanes <= cols) {
    const std::int64_t end = std::min(cols, j + kPiece);
    auto a0 = hn::Zero(d);
    auto b0 = hn::Zero(d);
    auto a1 = hn::Zero(d);
    auto b1 = hn::Zero(d);
    auto a2 = hn::Zero(d);
    auto b2 = hn::Zero(d);
    auto a3 = hn::Zero(d);
    auto b3 = hn::Zero(d);
    for (; j + 4 * lanes <= end; j += 4 * lanes) {
      add(d, j, a0, b0);
      add(d, j + lanes, a1, b1);
      add(d, j + 2 * lanes, a2, b2);
      add(d, j + 3 * lanes, a3, b3);
    }
    for (; j + lanes <= end; j += lanes) add(d, j, a0, b0);
    total.first += sum_of(d, hn::Add(hn::Add(a0, a1), hn::Add(a2, a3)));
    total.second += sum_of(d, hn::Add(hn::Add(b0, b1), hn::Add(b2, b3)));
  }
  over_narrower_vectors<kMostLanes<T>, T>(j, cols, [&](auto tag, std::int64_t at) HWY_ATTR {
    auto a = hn::Zero(tag);
    auto b = hn::Zero(tag);
    add(tag, at, a, b);
    total.first += sum_of(tag, a);
    total.second += sum_of(tag, b);
  });
  return total;
}

struct Statistics {
  double mean_hi = 0, mean_lo = 0, istd = 0;
};

// Formula by formula in double: for rows in which something is not finite, or squares leave the dtype's range.
template <class T>
Statistics plain_statistics(std::int64_t cols, const T* x, double eps) {
  const auto count = static_cast<double>(cols);
  double mean = 0;
  for (std::int64_t j = 0; j < cols; ++j) mean += static_cast<double>(x[j]) / count;
  const auto hi = static_cast<double>(static_cast<T>(mean));
  double rest = 0;
  double squares = 0;
  for (std::int64_t j = 0; j < cols; ++j) {
    const double centred = static_cast<double>(x[j]) - hi;
    rest += centred / count;
    squares += centred * centred / count;
  }
  const double variance = squares - rest * rest;
  return {hi, std::isfinite(rest) ? rest : 0, 1 / std::sqrt((variance < 0 ? 0 : variance) + eps)};
}

template <class T>
Statistics statistics_of(std::int64_t cols, const T* x, double eps) {
  constexpr double low = std::is_same_v<T, float> ? 1e-30 : std::numeric_limits<double>::min();
  constexpr double high = std::is_same_v<T, float> ? 1e37 : std::numeric_limits<double>::max();
  const auto count = static_cast<double>(cols);
  // A number near the mean, which rounding of large sums may have moved: the sums about it say by how much.
  const Pair rough = row_sums<T>(cols, [=](auto d, std::int64_t j, auto& sum, auto& /*unused*/)
                                           HWY_ATTR { sum = hn::Add(sum, hn::LoadU(d, x + j)); });
  const auto origin = static_cast<T>(rough.first / count);
  const Pair sums = row_sums<T>(cols, [=](auto d, std::int64_t j, auto& sum, auto& squares) HWY_ATTR {
    const auto centred = hn::Sub(hn::LoadU(d, x + j), hn::Set(d, origin));
    sum = hn::Add(sum, centred);
    squares = hn::MulAdd(centred, centred, squares);
  });
  const double offset = sums.first / count;
  const double squares = sums.second / count - offset * offset;
  const double variance = (squares < 0 ? 0 : squares) + eps;
  if (!(variance > low && variance < high)) return plain_statistics<T>(cols, x, eps);
  const auto hi = static_cast<double>(static_cast<T>(static_cast<double>(origin) + offset));
  const double moved = hi - static_cast<double>(origin);
  return {hi, (static_cast<double>(origin) - (hi - moved)) + (offset - moved), 1 / std::sqrt(variance)};
}

// Fetches what stands `ahead` entries on, the rows to come: their sums are then taken from the cache.
template <bool kFar, bool kStream, class T>
HWY_INLINE void forward_row(std::int64_t cols, const T* x, const T* gamma, const T* beta, T mean_hi, T istd, T shift,
                            T* y, std::int64_t ahead) {
  store_row<kStream>(cols, y, [=](auto d, std::int64_t j) HWY_ATTR {
    fetch_ahead<kFar>(x + j, ahead);
    // x̂_ij, then γ_j x̂_ij + β_j
    const auto centred = hn::Sub(hn::LoadU(d, x + j), hn::Set(d, mean_hi));
    const auto xhat = hn::MulAdd(hn::Set(d, istd), centred, hn::Set(d, shift));
    return hn::MulAdd(hn::LoadU(d, gamma + j), xhat, hn::LoadU(d, beta + j));
  });
}

template <bool kFar, bool kStream, class T>
void forward_rows(std::int64_t rows, std::int64_t cols, Rows<const T> x, const T* gamma, const T* beta, double eps,
                  Rows<T> y, RowStatistics<T> result) {
  const std::int64_t ahead = rows_ahead(x, cols, fetched_entries<T>(1));
  for (std::int64_t i = 0; i < rows; ++i) {
    const Statistics s = statistics_of<T>(cols, x.row(i), eps);
    const auto mean_hi = static_cast<T>(s.mean_hi);
    const auto istd = static_cast<T>(s.istd);
    const auto shift = static_cast<T>(-s.mean_lo * static_cast<double>(istd));
    forward_row<kFar, kStream, T>(cols, x.row(i), gamma, beta, mean_hi, istd, shift, y.row(i), ahead);
    if (result.istd == nullptr) continue;
    result.mean_hi[i] = mean_hi;
    result.mean_lo[i] = static_cast<T>(s.mean_lo);
    result.istd[i] = istd;
  }
}

template <class T>
void forward(std::int64_t rows, std::int64_t cols, Rows<const T> x, const T* gamma, const T* beta, double eps,
             Rows<T> y, RowStatistics<T> result, Traffic traffic) {
  by_traffic(traffic, y, [=](auto far, auto past) {
    forward_rows<far.value, past.value, T>(rows, cols, x, gamma, beta, eps, y, result);
  });
}

// dx of a row in which something is not finite, or coefficients leave the dtype's range: formula by formula, in double.
template <class T>
void plain_backward_row(std::int64_t cols, const T* x, const T* dy, const T* gamma, Statistics s, T* dx) {
  const auto xhat = [&](std::int64_t j) { return ((static_cast<double>(x[j]) - s.mean_hi) - s.mean_lo) * s.istd; };
  const auto g = [&](std::int64_t j) { return static_cast<double>(gamma[j]) * static_cast<double>(dy[j]); };
  const auto count = static_cast<double>(cols);
  double sum = 0;
  double product = 0;
  for (std::int64_t j = 0; j < cols; ++j) {
    sum += g(j);
    product += g(j) * xhat(j);
  }
  for (std::int64_t j = 0; j < cols; ++j) {
    dx[j] = static_cast<T>(s.istd * (g(j) - sum / count - xhat(j) * (product / count)));
  }
}

// dx = istd (γ dy − g_mean) + slope (x − mean_hi) + shift. The mean of γ dy is taken off γ dy itself, as that of x is
// taken off x: shift then holds what rounding has left of both.
template <class T>
struct RowCoefficients {
  T mean_hi = 0, istd = 0, g_mean = 0, slope = 0, shift = 0;
};

// x_ahead and dy_ahead: to the rows to come, which are fetched.
template <bool kFar, bool kStream, class T>
HWY_INLINE void backward_row(std::int64_t cols, const T* x, const T* dy, const T* gamma, RowCoefficients<T> by, T* dx,
                             std::int64_t x_ahead, std::int64_t dy_ahead) {
  store_row<kStream>(cols, dx, [=](auto d, std::int64_t j) HWY_ATTR {
    fetch_ahead<kFar>(x + j, x_ahead);
    fetch_ahead<kFar>(dy + j, dy_ahead);
    const auto x_part =
        hn::MulAdd(hn::Set(d, by.slope), hn::Sub(hn::LoadU(d, x + j), hn::Set(d, by.mean_hi)), hn::Set(d, by.shift));
    const auto g = hn::Mul(hn::LoadU(d, gamma + j), hn::LoadU(d, dy + j));
    return hn::MulAdd(hn::Set(d, by.istd), hn::Sub(g, hn::Set(d, by.g_mean)), x_part);
  });
}

// A row on the way back.
template <class T>
struct BackwardRow {
  const T* x = nullptr;
  const T* dy = nullptr;
  T mean_hi = 0, istd = 0;
  T xhat_shift = 0;  // x̂ = istd (x − mean_hi) + xhat_shift
};

// Σ_k γ_k dy_ik and Σ_k γ_k dy_ik x̂_ik of a row, whose terms of dγ_j and dβ_j are added to these.
template <class T>
HWY_INLINE Pair add_row(std::int64_t cols, const T* gamma, const BackwardRow<T>& row, ColumnSums<T> sums) {
  return row_sums<T>(cols, [=](auto d, std::int64_t j, auto& sum, auto& product) HWY_ATTR {
    const auto dy = hn::LoadU(d, row.dy + j);
    const auto centred = hn::Sub(hn::LoadU(d, row.x + j), hn::Set(d, row.mean_hi));
    const auto xhat = hn::MulAdd(hn::Set(d, row.istd), centred, hn::Set(d, row.xhat_shift));
    const auto g = hn::Mul(hn::LoadU(d, gamma + j), dy);
    sum = hn::Add(sum, g);
    product = hn::MulAdd(g, xhat, product);
    hn::StoreU(hn::Add(hn::LoadU(d, sums.dbeta + j), dy), d, sums.dbeta + j);
    hn::StoreU(hn::MulAdd(dy, xhat, hn::LoadU(d, sums.dgamma + j)), d, sums.dgamma + j);
  });
}

// dx of a row whose sums are known.
template <bool kFar, bool kStream, class T>
void finish_row(std::int64_t cols, const BackwardRow<T>& row, Pair sums, const T* gamma, double mean_lo, T* dx,
                std::int64_t x_ahead, std::int64_t dy_ahead) {
  constexpr auto largest = static_cast<double>(std::numeric_limits<T>::max());
  const auto count = static_cast<double>(cols);
  const auto istd = static_cast<double>(row.istd);
  const double g_mean = sums.first / count;
  const auto rounded = static_cast<double>(static_cast<T>(g_mean));
  const double slope = -istd * istd * (sums.second / count);
  const double shift = -istd * (g_mean - rounded) - slope * mean_lo;
  if (!(std::abs(g_mean) <= largest && std::abs(slope) <= largest && std::abs(shift) <= largest && istd <= largest)) {
    plain_backward_row<T>(cols, row.x, row.dy, gamma, {static_cast<double>(row.mean_hi), mean_lo, istd}, dx);
    return;
  }
  const RowCoefficients<T> by{row.mean_hi, row.istd, static_cast<T>(rounded), static_cast<T>(slope),
                              static_cast<T>(shift)};
  backward_row<kFar, kStream, T>(cols, row.x, row.dy, gamma, by, dx, x_ahead, dy_ahead);
}

// From a row to the one that is fetched while it is finished: two rows on, but 4 KiB at least, and no more than 8 KiB
// if that is a row.
template <class T>
HWY_INLINE std::int64_t backward_ahead(Rows<const T> rows, std::int64_t cols) {
  constexpr std::int64_t least = fetched_entries<T>(2);
  return rows_ahead(rows, cols, std::clamp(2 * cols, least, 2 * least));
}

template <bool kFar, bool kStream, class T>
void backward_rows(std::int64_t rows, std::int64_t cols, Rows<const T> x, Rows<const T> dy, const T* gamma,
                   RowStatistics<const T> statistics, Rows<T> dx, ColumnSums<double> sums, ColumnSums<T> block) {
  const std::int64_t x_ahead = backward_ahead(x, cols);
  const std::int64_t dy_ahead = backward_ahead(dy, cols);
  double* const dgamma = sums.dgamma;
  double* const dbeta = sums.dbeta;
  std::memset(dgamma, 0, static_cast<std::size_t>(cols) * sizeof(double));
  std::memset(dbeta, 0, static_cast<std::size_t>(cols) * sizeof(double));
  for (std::int64_t start = 0; start < rows; start += kBlock) {
    std::memset(block.dgamma, 0, static_cast<std::size_t>(cols) * sizeof(T));
    std::memset(block.dbeta, 0, static_cast<std::size_t>(cols) * sizeof(T));
    const std::int64_t end = std::min(rows, start + kBlock);
    for (std::int64_t i = start; i < end; ++i) {
      const T istd = statistics.istd[i];
      const T mean_lo = statistics.mean_lo[i];
      const BackwardRow<T> row{x.row(i), dy.row(i), statistics.mean_hi[i], istd, -mean_lo * istd};
      const Pair of_row = add_row<T>(cols, gamma, row, block);
      finish_row<kFar, kStream, T>(cols, row, of_row, gamma, static_cast<double>(mean_lo), dx.row(i), x_ahead,
                                   dy_ahead);
    }
#pragma omp simd
    for (std::int64_t j = 0; j < cols; ++j) {
      dgamma[j] += static_cast<double>(block.dgamma[j]);
      dbeta[j] += static_cast<double>(block.dbeta[j]);
    }
  }
}

template <class T>
void backward(std::int64_t rows, std::int64_t cols, Rows<const T> x, Rows<const T> dy, const T* gamma,
              RowStatistics<const T> statistics, Rows<T> dx, ColumnSums<double> sums, ColumnSums<T> block,
              Traffic traffic) {
  by_traffic(traffic, dx, [=](auto far, auto past) {
    backward_rows<far.value, past.value, T>(rows, cols, x, dy, gamma, statistics, dx, sums, block);
  });
}

RowKernels<float> table_f32() { return {forward<float>, backward<float>}; }
RowKernels<double> table_f64() { return {forward<double>, backward<double>}; }

}  // namespace
}  // namespace chalktape::engine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace chalktape::engine::kernels {

namespace {
HWY_EXPORT(table_f32);
HWY_EXPORT(table_f64);
}  // namespace

template <>
RowKernels<float> row_kernels<float>() {
  return HWY_DYNAMIC_DISPATCH(table_f32)();
}
template <>
RowKernels<double> row_kernels<double>() {
  return HWY_DYNAMIC_DISPATCH(table_f64)();
}

}  // namespace chalktape::engine::kernels
#endif  // HWY_ONCE
