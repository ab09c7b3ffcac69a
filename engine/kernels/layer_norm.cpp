#include "engine/kernels/layer_norm.hpp"

#include <array>
#include <initializer_list>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/kernels/whole_rows.hpp"
#include "engine/kernels/work.hpp"

namespace chalktape::engine::kernels {

namespace {

// Whoever reads a row twice has time in between to fetch rows to come, from a shared cache, too. On the way back there
// is so much to compute that the hardware does that by itself until they come from memory.
constexpr std::int64_t kForwardNear = std::int64_t{1} << 20;
constexpr std::int64_t kBackwardNear = std::int64_t{16} << 20;

void require_with_columns(std::int64_t n, std::int64_t d, double eps, std::initializer_list<std::int64_t> row_strides) {
  require_matrix("layer_norm", n, d, eps, row_strides);
  if (n > 0 && d == 0) throw Error("layer_norm: the mean over D = 0 columns is undefined");
}

}  // namespace

template <class T>
void layer_norm_forward(std::int64_t n, std::int64_t d, Rows<const T> x, const T* gamma, const T* beta, double eps,
                        Rows<T> y, LayerNormSaved<T>* saved, int threads) {
  require_with_columns(n, d, eps, {x.row_stride, y.row_stride});
  RowStatistics<T> result;
  if (saved != nullptr) {
    for (auto* part : {&saved->mean_hi, &saved->mean_lo, &saved->istd}) part->resize(static_cast<std::size_t>(n));
    result = {saved->mean_hi.data(), saved->mean_lo.data(), saved->istd.data()};
  }
  if (n == 0) return;
  const RowKernels<T> kernels = row_kernels<T>();
  const Work work(n, d);
  on_team(work.team(threads), [&](const Member& member) {
    const Range rows = work.rows_of(member);
    kernels.forward(rows.size(), d, x.from(rows.begin), gamma, beta, eps, y.from(rows.begin),
                    saved == nullptr ? result : result.from(rows.begin), work.traffic<T>(2, kForwardNear, member));
  });
}

template <class T>
void layer_norm_backward(std::int64_t n, std::int64_t d, Rows<const T> x, Rows<const T> dy, const T* gamma,
                         const LayerNormSaved<T>& saved, Rows<T> dx, T* dgamma, T* dbeta, int threads) {
  require_with_columns(n, d, 0, {x.row_stride, dy.row_stride, dx.row_stride});
  for (const auto* part : {&saved.mean_hi, &saved.mean_lo, &saved.istd}) {
    if (part->size() != static_cast<std::size_t>(n)) {
      throw Error(fmt::format("layer_norm: saved for N = {}, not {}", part->size(), n));
    }
  }
  if (n == 0) {
    std::fill_n(dgamma, d, T{0});
    std::fill_n(dbeta, d, T{0});
    return;
  }
  const RowKernels<T> kernels = row_kernels<T>();
  const Work work(n, d);
  const std::int64_t team = work.team(threads);
  Scratch scratch(Scratch::room<double>(2 * work.segments(), d) + Scratch::room<T>(2 * team, d));
  std::array<ColumnSums<double>, Work::kMostSegments> sums;
  for (std::int64_t s = 0; s < work.segments(); ++s) sums[s] = {scratch.next<double>(d), scratch.next<double>(d)};
  std::array<ColumnSums<T>, Work::kMostSegments> blocks;  // of the threads
  for (std::int64_t t = 0; t < team; ++t) blocks[t] = {scratch.next<T>(d), scratch.next<T>(d)};
  const RowStatistics<const T> statistics{saved.mean_hi.data(), saved.mean_lo.data(), saved.istd.data()};

  on_team(static_cast<int>(team), [&](const Member& member) {
    const Traffic traffic = work.traffic<T>(3, kBackwardNear, member);
    const Range segments = work.segments_of(member);
    for (std::int64_t s = segments.begin; s < segments.end; ++s) {
      const Range rows = work.segment(s);
      kernels.backward(rows.size(), d, x.from(rows.begin), dy.from(rows.begin), gamma, statistics.from(rows.begin),
                       dx.from(rows.begin), sums[s], blocks[member.index], traffic);
    }
    member.wait();
    const Range columns = member.share(d);
    for (std::int64_t s = 1; s < work.segments(); ++s) {
      for (std::int64_t j = columns.begin; j < columns.end; ++j) {
        sums[0].dgamma[j] += sums[s].dgamma[j];
        sums[0].dbeta[j] += sums[s].dbeta[j];
      }
    }
    for (std::int64_t j = columns.begin; j < columns.end; ++j) {
      dgamma[j] = static_cast<T>(sums[0].dgamma[j]);
      dbeta[j] = static_cast<T>(sums[0].dbeta[j]);
    }
  });
}

template void layer_norm_forward(std::int64_t, std::int64_t, Rows<const float>, const float*, const float*, double,
                                 Rows<float>, LayerNormSaved<float>*, int);
template void layer_norm_backward(std::int64_t, std::int64_t, Rows<const float>, Rows<const float>, const float*,
                                  const LayerNormSaved<float>&, Rows<float>, float*, float*, int);
template void layer_norm_forward(std::int64_t, std::int64_t, Rows<const double>, const double*, const double*, double,
                                 Rows<double>, LayerNormSaved<double>*, int);
template void layer_norm_backward(std::int64_t, std::int64_t, Rows<const double>, Rows<const double>, const double*,
                                  const LayerNormSaved<double>&, Rows<double>, double*, double*, int);

}  // namespace chalktape::engine::kernels
