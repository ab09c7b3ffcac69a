#include "engine/kernels/batch_norm.hpp"

#include <array>
#include <atomic>
#include <cmath>
#include <initializer_list>
#include <limits>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/kernels/columns.hpp"
#include "engine/kernels/plain_columns.hpp"
#include "engine/kernels/work.hpp"

namespace chalktape::engine::kernels {

namespace {

// Entries that a cache line holds: a multiple of every vector's.
template <class T>
constexpr auto kLine = static_cast<std::int64_t>(64 / sizeof(T));

// What reads rows one after the other is foreseen by the hardware as long as it is in some cache.
constexpr std::int64_t kNear = std::int64_t{6} << 20;

template <class T>
ColumnStatistics<T> statistics_of(BatchNormSaved<T>& saved) {
  return {saved.mean_hi.data(), saved.mean_lo.data(), saved.istd.data()};
}

// The sums over segments, and over the rows of a fold's rest, joined into the first, for this member's share of the
// columns, which it returns. With a fold the columns are few and the first member's.
template <class Join>
Range join_segments(const Work& work, const Fold& fold, const Member& member, const Join& join) {
  const Range own = fold.copies == 1 ? member.share(fold.d) : Range{0, member.index == 0 ? fold.d : 0};
  if (own.size() == 0) return {0, 0};
  std::int64_t rows = work.segment(0).size() * fold.copies;
  const auto add = [&](std::int64_t s, std::int64_t added) {
    join(own, static_cast<double>(rows), s, static_cast<double>(added));
    rows += added;
  };
  for (std::int64_t s = 1; s < work.segments(); ++s) add(s, work.segment(s).size() * fold.copies);
  if (fold.rest > 0) add(work.segments(), fold.rest);
  return own;
}

template <class T>
void repeat_all(const Fold& fold, std::initializer_list<T*> arrays) {
  for (T* const array : arrays) repeat(fold.d, fold.copies, array);
}

template <class T>
Rows<T> folded(const Fold& fold, Rows<T> rows) {
  return fold.copies == 1 ? rows : Rows<T>{rows.data, fold.cols};
}

template <class T>
void apply_forward(const ColumnKernels<T>& kernels, const Work& work, const Fold& fold, const Member& member,
                   Rows<const T> x, ForwardCoefficients<T> by, Rows<T> y) {
  const ForwardCoefficients<const T> c{by.mean_hi, by.scale, by.shift};
  const Traffic traffic = work.traffic<T>(2, kNear, member);
  if (member.is_last() && fold.rest > 0)
    kernels.forward(1, fold.rest * fold.d, x.from(fold.rows), c, y.from(fold.rows), {});
  backwards(work.rows_of(member), fold.cols * static_cast<std::int64_t>(sizeof(T)), [&](Range rows) {
    kernels.forward(rows.size(), fold.cols, x.from(rows.begin), c, y.from(rows.begin), traffic);
  });
}

}  // namespace

template <class T>
void batch_norm_forward(std::int64_t n, std::int64_t d, Rows<const T> x, const T* gamma, const T* beta, double eps,
                        Rows<T> y, BatchNormSaved<T>& saved, int threads) {
  require_matrix("batch_norm", n, d, eps, {x.row_stride, y.row_stride});
  for (auto* part : {&saved.mean_hi, &saved.mean_lo, &saved.istd}) part->resize(static_cast<std::size_t>(d));
  if (d == 0) return;
  if (n == 0) throw Error("batch_norm: the mean over N = 0 rows is undefined");

  const ColumnKernels<T> kernels = column_kernels<T>();
  const Fold fold(n, d, x.row_stride == d && y.row_stride == d, kLine<T>, kWidest<T>);
  const Work work(fold.rows, fold.cols);
  const Rows<const T> wide_x = folded(fold, x);
  const std::int64_t sums = work.segments() + 1;  // of the segments, and of the rest
  Scratch scratch(Scratch::room<T>(sums, d) + Scratch::room<double>(2 * sums, d) + Scratch::room<T>(3, fold.cols));
  std::array<Moments<T>, Work::kMostSegments + 1> moments;
  for (std::int64_t s = 0; s < sums; ++s) {
    moments[s] = {scratch.next<T>(d), scratch.next<double>(d), scratch.next<double>(d)};
  }
  const ForwardCoefficients<T> by{scratch.next<T>(fold.cols), scratch.next<T>(fold.cols), scratch.next<T>(fold.cols)};
  const ColumnStatistics<T> statistics = statistics_of(saved);

  on_team(work.team(threads), [&](const Member& member) {
    // μ_j and Σ_i (x_ij − μ_j)², segment by segment
    const Traffic traffic = work.traffic<T>(2, kNear, member);
    const Range own = work.segments_of(member);
    for (std::int64_t s = own.begin; s < own.end; ++s) {
      const Range rows = work.segment(s);
      kernels.moments(rows.size(), d, fold.copies, wide_x.from(rows.begin), traffic, moments[s]);
    }
    if (member.is_last() && fold.rest > 0) {
      kernels.moments(1, d, fold.rest, wide_x.from(fold.rows), {}, moments[work.segments()]);
    }
    member.wait();
    const Range c = join_segments(work, fold, member, [&](Range columns, double rows, std::int64_t s, double added) {
      kernels.join_moments(columns.size(), rows, moments[0].from(columns.begin), added, moments[s].from(columns.begin));
    });

    // istd_j = 1/√(σ²_j + ε)
    const auto rows = static_cast<double>(n);
    if (!kernels.statistics(c.size(), rows, moments[0].from(c.begin), eps, statistics.from(c.begin))) {
      for (std::int64_t j = c.begin; j < c.end; ++j) {
        if (!kernels.statistics(1, rows, moments[0].from(j), eps, statistics.from(j))) {
          plain_statistics(n, j, x, eps, statistics);
        }
      }
    }
    kernels.forward_coefficients(c.size(), statistics.from(c.begin).as_const(), gamma + c.begin, beta + c.begin,
                                 by.from(c.begin));
    if (c.size() > 0) repeat_all(fold, {by.mean_hi, by.scale, by.shift});
    member.wait();

    // y_ij = γ_j x̂_ij + β_j
    apply_forward(kernels, work, fold, member, wide_x, by, folded(fold, y));
  });
}

template <class T>
void batch_norm_inference(std::int64_t n, std::int64_t d, Rows<const T> x, const T* gamma, const T* beta, const T* mean,
                          const T* variance, double eps, Rows<T> y, int threads) {
  require_matrix("batch_norm", n, d, eps, {x.row_stride, y.row_stride});
  if (n == 0 || d == 0) return;
  const ColumnKernels<T> kernels = column_kernels<T>();
  const Fold fold(n, d, x.row_stride == d && y.row_stride == d, kLine<T>, kWidest<T>);
  const Work work(fold.rows, fold.cols);
  Scratch scratch(Scratch::room<T>(2, d) + Scratch::room<T>(3, fold.cols));
  const ColumnStatistics<T> statistics{const_cast<T*>(mean), scratch.next<T>(d), scratch.next<T>(d)};  // read only
  for (std::int64_t j = 0; j < d; ++j) {
    statistics.mean_lo[j] = 0;
    statistics.istd[j] = static_cast<T>(1 / std::sqrt(static_cast<double>(variance[j]) + eps));
  }
  const ForwardCoefficients<T> by{scratch.next<T>(fold.cols), scratch.next<T>(fold.cols), scratch.next<T>(fold.cols)};
  kernels.forward_coefficients(d, statistics.as_const(), gamma, beta, by);
  repeat_all(fold, {by.mean_hi, by.scale, by.shift});
  on_team(work.team(threads), [&](const Member& member) {
    apply_forward(kernels, work, fold, member, folded(fold, x), by, folded(fold, y));
  });
}

template <class T>
void batch_norm_backward(std::int64_t n, std::int64_t d, Rows<const T> x, Rows<const T> dy, const T* gamma,
                         const BatchNormSaved<T>& saved, Rows<T> dx, T* dgamma, T* dbeta, int threads) {
  require_matrix("batch_norm", n, d, 0, {x.row_stride, dy.row_stride, dx.row_stride});
  for (const auto* part : {&saved.mean_hi, &saved.mean_lo, &saved.istd}) {
    if (part->size() != static_cast<std::size_t>(d)) {
      throw Error(fmt::format("batch_norm: saved for D = {}, not {}", part->size(), d));
    }
  }
  if (d == 0) return;
  if (n == 0) {
    std::fill_n(dgamma, d, T{0});
    std::fill_n(dbeta, d, T{0});
    return;
  }

  const ColumnKernels<T> kernels = column_kernels<T>();
  const Fold fold(n, d, x.row_stride == d && dy.row_stride == d && dx.row_stride == d, kLine<T>, kWidest<T>);
  const Work work(fold.rows, fold.cols);
  const Rows<const T> wide_x = folded(fold, x);
  const Rows<const T> wide_dy = folded(fold, dy);
  const Rows<T> wide_dx = folded(fold, dx);
  const std::int64_t sums = work.segments() + 1;  // of the segments, and of the rest
  Scratch scratch(Scratch::room<double>(2 * sums, d) + Scratch::room<T>(5, fold.cols));
  std::array<Products, Work::kMostSegments + 1> products;
  for (std::int64_t s = 0; s < sums; ++s) products[s] = {scratch.next<double>(d), scratch.next<double>(d)};
  const BackwardCoefficients<T> by{scratch.next<T>(fold.cols), scratch.next<T>(fold.cols), scratch.next<T>(fold.cols),
                                   scratch.next<T>(fold.cols), scratch.next<T>(fold.cols)};
  const ColumnStatistics<const T> statistics{saved.mean_hi.data(), saved.mean_lo.data(), saved.istd.data()};
  if (fold.copies > 1) {
    std::copy_n(statistics.mean_hi, d, by.mean_hi);
    repeat_all(fold, {by.mean_hi});
  }
  const T* const mean_hi = fold.copies > 1 ? by.mean_hi : statistics.mean_hi;
  const auto rows = static_cast<double>(n);
  std::atomic<bool> any_plain = false;  // columns that the fast loops cannot do: their scale is NaN

  on_team(work.team(threads), [&](const Member& member) {
    const Traffic traffic = work.traffic<T>(3, kNear, member);
    // Σ_i dy_ij and Σ_i dy_ij (x_ij − μ_j), segment by segment
    const Range own = work.segments_of(member);
    for (std::int64_t s = own.begin; s < own.end; ++s) {
      const Range part = work.segment(s);
      kernels.products(part.size(), d, fold.copies, wide_x.from(part.begin), wide_dy.from(part.begin), mean_hi, traffic,
                       products[s]);
    }
    if (member.is_last() && fold.rest > 0) {
      kernels.products(1, d, fold.rest, wide_x.from(fold.rows), wide_dy.from(fold.rows), mean_hi, {},
                       products[work.segments()]);
    }
    member.wait();
    const Range c = join_segments(work, fold, member, [&](Range columns, double, std::int64_t s, double) {
      kernels.join_products(columns.size(), products[0].from(columns.begin), products[s].from(columns.begin));
    });

    // dβ_j, dγ_j
    const auto coefficients = [&](Range of) {
      return kernels.backward_coefficients(of.size(), rows, products[0].from(of.begin), statistics.from(of.begin),
                                           gamma + of.begin, dgamma + of.begin, dbeta + of.begin, by.from(of.begin));
    };
    if (!coefficients(c)) {
      any_plain = true;
      for (std::int64_t j = c.begin; j < c.end; ++j) {
        if (coefficients({j, j + 1})) continue;
        plain_products(n, j, x, dy, statistics, products[0]);
        dbeta[j] = static_cast<T>(products[0].dy[j]);
        dgamma[j] = static_cast<T>(products[0].dy_x[j]);
        by.scale[j] = std::numeric_limits<T>::quiet_NaN();
      }
    }
    if (c.size() > 0) repeat_all(fold, {by.dy_mean, by.scale, by.slope, by.shift});
    member.wait();

    // dx_ij = γ_j istd_j / N · (N dy_ij − dβ_j − x̂_ij dγ_j)
    const auto apply = [&](Range part, std::int64_t cols) {
      if (any_plain) {
        // The columns between those that the fast loops cannot do, and each of these.
        for (std::int64_t c0 = 0, c1 = 0; c0 < cols; c0 = c1) {
          const Rows<const T> x0 = wide_x.from(part.begin, c0);
          const Rows<const T> dy0 = wide_dy.from(part.begin, c0);
          const Rows<T> dx0 = wide_dx.from(part.begin, c0);
          while (c1 < cols && !std::isnan(by.scale[c1])) ++c1;
          if (c1 > c0) {
            kernels.backward(part.size(), c1 - c0, x0, dy0, by.from(c0).as_const(), dx0, {});
          } else {
            plain_backward(rows, c0 % d, part.size(), x0, dy0, gamma, statistics, products[0], dx0);
            ++c1;
          }
        }
        return;
      }
      kernels.backward(part.size(), cols, wide_x.from(part.begin), wide_dy.from(part.begin), by.as_const(),
                       wide_dx.from(part.begin), traffic);
    };
    if (member.is_last() && fold.rest > 0) apply({fold.rows, fold.rows + 1}, fold.rest * d);
    backwards(work.rows_of(member), fold.cols * static_cast<std::int64_t>(sizeof(T)),
              [&](Range part) { apply(part, fold.cols); });
  });
}

template void batch_norm_forward(std::int64_t, std::int64_t, Rows<const float>, const float*, const float*, double,
                                 Rows<float>, BatchNormSaved<float>&, int);
template void batch_norm_inference(std::int64_t, std::int64_t, Rows<const float>, const float*, const float*,
                                   const float*, const float*, double, Rows<float>, int);
template void batch_norm_backward(std::int64_t, std::int64_t, Rows<const float>, Rows<const float>, const float*,
                                  const BatchNormSaved<float>&, Rows<float>, float*, float*, int);
template void batch_norm_forward(std::int64_t, std::int64_t, Rows<const double>, const double*, const double*, double,
                                 Rows<double>, BatchNormSaved<double>&, int);
template void batch_norm_inference(std::int64_t, std::int64_t, Rows<const double>, const double*, const double*,
                                   const double*, const double*, double, Rows<double>, int);
template void batch_norm_backward(std::int64_t, std::int64_t, Rows<const double>, Rows<const double>, const double*,
                                  const BatchNormSaved<double>&, Rows<double>, double*, double*, int);

}  // namespace chalktape::engine::kernels
