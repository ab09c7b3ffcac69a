#include "engine/kernels/columns.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

// Highway compiles this file once for each vector unit. SSSE3 has nothing that SSE4 machines lack.
#define HWY_DISABLED_TARGETS HWY_SSSE3
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/columns.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h:
#include <hwy/highway.h>

#include "engine/kernels/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace chalktape::engine::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Rows whose sums are taken in the dtype. Products are what dγ is made of, so that their rounding shows; where copies
// are joined, as many wide rows are more narrow ones.
constexpr std::int64_t kMomentsBlock = 64;
constexpr std::int64_t kProductsBlock = 32;
constexpr std::int64_t kFoldedProductsBlock = 16;
// Columns of which five arrays of coefficients stay in the fastest cache; three, of sums or coefficients, of twice as
// many.
template <class T>
constexpr auto kHalfStrip = kWidest<T> / 2;
// From one of three such arrays to the next.
template <class T>
constexpr auto kApart = kWidest<T> + kApartBytes / static_cast<std::int64_t>(sizeof(T));

// To the entry that is read 8 KiB after the one at hand, of `arrays` arrays together, where `width` columns of each row
// are read.
template <class T>
HWY_INLINE std::int64_t entries_ahead(Rows<const T> rows, std::int64_t width, std::int64_t arrays) {
  return width == rows.row_stride ? fetched_entries<T>(arrays) : rows_ahead(rows, width, fetched_entries<T>(arrays));
}

template <class T>
HWY_INLINE void clear(std::int64_t cols, T* s0, T* s1) {
  over_vectors<T>(cols, [=](auto d, std::int64_t c) HWY_ATTR {
    hn::StoreU(hn::Zero(d), d, s0 + c);
    hn::StoreU(hn::Zero(d), d, s1 + c);
  });
}

// Room for the sums of what copies stay when half of them have been added to the others: two of three, at most.
template <class T>
using Joined = std::array<double, kWidest<T> / 2 + kWidest<T> / 4>;

// The sums of `cols` columns that stand `copies` times beside each other, at least twice.
template <class T>
double* join_copies(std::int64_t cols, std::int64_t copies, const T* sums, Joined<T>& result) {
  // Returns how many stay of `count`.
  const auto halve = [cols](std::int64_t count, const auto* from, double* to) HWY_ATTR {
    const std::int64_t moved = count / 2 * cols;
    const std::int64_t kept = count * cols - moved;
#pragma omp simd
    for (std::int64_t c = 0; c < moved; ++c) to[c] = static_cast<double>(from[c]) + static_cast<double>(from[kept + c]);
    for (std::int64_t c = moved; c < kept; ++c) to[c] = static_cast<double>(from[c]);
    return count - count / 2;
  };
  std::int64_t left = halve(copies, sums, result.data());
  while (left > 1) left = halve(left, result.data(), result.data());
  return result.data();
}

// finish(s0, s1) with the sums of `cols` columns, of all copies together.
template <class T, class Finish>
HWY_INLINE void with_joined(std::int64_t cols, std::int64_t copies, const T* s0, const T* s1, const Finish& finish) {
  if (copies == 1) {
    finish(s0, s1);
  } else {
    Joined<T> joined0;
    Joined<T> joined1;
    finish(join_copies(cols, copies, s0, joined0), join_copies(cols, copies, s1, joined1));
  }
}

// s0 += Σ (x − shift), s1 += Σ (x − shift)², row by row. kRows rows, 1 or 2, go together, since their sums are then
// stored once; `rows` is a multiple of it.
template <int kRows, bool kFar, class T>
HWY_INLINE void add_moments(std::int64_t rows, std::int64_t cols, Rows<const T> x, const T* shift, T* s0, T* s1) {
  const std::int64_t ahead = entries_ahead(x, cols, 1);
  for (std::int64_t i = 0; i < rows; i += kRows) {
    const T* const row = x.row(i);
    const T* const next = x.row(i + kRows - 1);
    over_vectors<T>(cols, [=](auto d, std::int64_t c) HWY_ATTR {
      fetch_ahead<kFar>(row + c, ahead);
      const auto origin = hn::LoadU(d, shift + c);
      const auto z = hn::Sub(hn::LoadU(d, row + c), origin);
      auto sum = hn::Add(hn::LoadU(d, s0 + c), z);
      auto squares = hn::MulAdd(z, z, hn::LoadU(d, s1 + c));
      if constexpr (kRows == 2) {
        const auto z1 = hn::Sub(hn::LoadU(d, next + c), origin);
        sum = hn::Add(sum, z1);
        squares = hn::MulAdd(z1, z1, squares);
      }
      hn::StoreU(sum, d, s0 + c);
      hn::StoreU(squares, d, s1 + c);
    });
  }
}

// Tiles of so many rows and columns.
constexpr std::int64_t kTileRows = 8;
template <class T>
constexpr auto kTileColumns = static_cast<std::int64_t>(4 * kMostLanes<T>);

// The same for whole tiles. The sums of a few columns stay in registers for a tile's rows: what comes from memory is
// then not held up by stores. A column's terms are added in the order of its rows here, too.
template <class T>
HWY_INLINE void add_moments_of_tiles(std::int64_t rows, std::int64_t cols, Rows<const T> x, const T* shift, T* s0,
                                     T* s1) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t i = 0; i < rows; i += kTileRows) {
    for (std::int64_t c = 0; c < cols; c += 4 * lanes) {
      auto a0 = hn::LoadU(d, s0 + c);
      auto a1 = hn::LoadU(d, s0 + c + lanes);
      auto a2 = hn::LoadU(d, s0 + c + 2 * lanes);
      auto a3 = hn::LoadU(d, s0 + c + 3 * lanes);
      auto b0 = hn::LoadU(d, s1 + c);
      auto b1 = hn::LoadU(d, s1 + c + lanes);
      auto b2 = hn::LoadU(d, s1 + c + 2 * lanes);
      auto b3 = hn::LoadU(d, s1 + c + 3 * lanes);
      for (std::int64_t q = i; q < i + kTileRows; ++q) {
        const auto add = [=](std::int64_t at, auto& sum, auto& squares) HWY_ATTR {
          const auto z = hn::Sub(hn::LoadU(d, x.row(q) + at), hn::LoadU(d, shift + at));
          sum = hn::Add(sum, z);
          squares = hn::MulAdd(z, z, squares);
        };
        add(c, a0, b0);
        add(c + lanes, a1, b1);
        add(c + 2 * lanes, a2, b2);
        add(c + 3 * lanes, a3, b3);
      }
      hn::StoreU(a0, d, s0 + c);
      hn::StoreU(a1, d, s0 + c + lanes);
      hn::StoreU(a2, d, s0 + c + 2 * lanes);
      hn::StoreU(a3, d, s0 + c + 3 * lanes);
      hn::StoreU(b0, d, s1 + c);
      hn::StoreU(b1, d, s1 + c + lanes);
      hn::StoreU(b2, d, s1 + c + 2 * lanes);
      hn::StoreU(b3, d, s1 + c + 3 * lanes);
    }
  }
}

// √v within a sixteenth, for v ≥ 0: the exponent and the digits after it halved.
HWY_INLINE double about_root(double v) {
  return std::bit_cast<double>((std::bit_cast<std::uint64_t>(v) >> 1) + (std::uint64_t{0x1FF8} << 48));
}

// A number near the mean without bits that are worth less than the last ones of large entries x. x − mean is then exact
// for these; where all of them were rounded the same way, sums over them would be off by so much for every row.
template <class T>
HWY_INLINE double on_grid(double mean, double variance) {
  // Times the standard deviation: a double whose last bit is worth 2^-20 (f32) or 2^-49 (f64) of that, about.
  constexpr double coarse = std::is_same_v<T, float> ? 1.5 * (std::int64_t{1} << 32) : 12;
  const double grid = coarse * about_root(variance < 0 ? 0 : variance);
  return (mean + grid) - grid;
}

// Each block is summed about the mean of the blocks before it. Σ over the blocks of rows (mean of the block − that
// mean)² is at most twice the squares about the final mean, by Welford's identity, so nothing cancels however the data
// are ordered. The first block's shift is the mean of its first four rows: its distance from the block's mean, squared,
// is at most a quarter of the block's squares, so a factor 1 + 64/4 is the worst that cancels.
// Source: B. P. Welford, "Note on a method for calculating corrected sums of squares and products", 1962; the pairwise
// form is by T. F. Chan, G. H. Golub, R. J. LeVeque, 1979.
template <class T>
void moments(std::int64_t rows, std::int64_t cols, std::int64_t copies, Rows<const T> x, Traffic traffic,
             Moments<T> result) {
  alignas(64) T room[3 * kApart<T>];
  T* const shift = room;
  T* const s0 = room + kApart<T>;
  T* const s1 = room + 2 * kApart<T>;
  for (std::int64_t start = 0; start < rows; start += kMomentsBlock) {
    const std::int64_t count = std::min(kMomentsBlock, rows - start);
    for (std::int64_t c0 = 0; c0 < cols; c0 += kWidest<T>) {
      const std::int64_t width = std::min(kWidest<T>, cols - c0);
      const std::int64_t wide = width * copies;
      const Rows<const T> block = x.from(start, c0);
      T* const origin = result.origin + c0;
      double* const offset = result.offset + c0;
      double* const squares = result.squares + c0;
      if (start == 0) {
        const std::int64_t few = std::min<std::int64_t>(4, rows);
        over_vectors<T>(wide, [=](auto d, std::int64_t c) HWY_ATTR {
          const auto first = hn::LoadU(d, block.data + c);
          auto sum = first;
          auto square = hn::Zero(d);
          for (std::int64_t i = 1; i < few; ++i) {
            const auto value = hn::LoadU(d, block.row(i) + c);
            const auto distance = hn::Sub(value, first);
            sum = hn::Add(sum, value);
            square = hn::MulAdd(distance, distance, square);
          }
          hn::StoreU(sum, d, s0 + c);
          hn::StoreU(square, d, s1 + c);
        });
        const double per_row = 1 / static_cast<double>(few * copies);
        with_joined(width, copies, s0, s1, [=](const auto* sum, const auto* square) HWY_ATTR {
#pragma omp simd
          for (std::int64_t c = 0; c < width; ++c) {
            const double mean = static_cast<double>(sum[c]) * per_row;
            origin[c] = static_cast<T>(on_grid<T>(mean, static_cast<double>(square[c]) * per_row));
            shift[c] = origin[c];
            offset[c] = 0;
            squares[c] = 0;
          }
        });
      } else {
        const double per_row = 1 / static_cast<double>(start * copies);
#pragma omp simd
        for (std::int64_t c = 0; c < width; ++c) {
          shift[c] = static_cast<T>(on_grid<T>(static_cast<double>(origin[c]) + offset[c], squares[c] * per_row));
        }
      }
      repeat(width, copies, shift);
      clear(wide, s0, s1);
      if (traffic.is_far && is_aligned(block) && count % kTileRows == 0 && wide % kTileColumns<T> == 0) {
        add_moments_of_tiles<T>(count, wide, block, shift, s0, s1);
      } else if (traffic.is_far) {
        add_moments<1, true, T>(count, wide, block, shift, s0, s1);
      } else {
        const std::int64_t pairs = count / 2 * 2;
        add_moments<2, false, T>(pairs, wide, block, shift, s0, s1);
        add_moments<1, false, T>(count - pairs, wide, block.from(pairs), shift, s0, s1);
      }

      const auto before = static_cast<double>(start * copies);
      const auto added = static_cast<double>(count * copies);
      const double part = added / (before + added);
      const double scale = before * part;
      const double per_row = 1 / added;
      with_joined(width, copies, s0, s1, [=](const auto* sum, const auto* square) HWY_ATTR {
#pragma omp simd
        for (std::int64_t c = 0; c < width; ++c) {
          const auto total = static_cast<double>(sum[c]);
          const double mean = total * per_row;  // of the block, about shift
          const double step = ((static_cast<double>(shift[c]) - static_cast<double>(origin[c])) - offset[c]) + mean;
          squares[c] += (static_cast<double>(square[c]) - total * mean) + step * step * scale;
          offset[c] += step * part;
        }
      });
    }
  }
}

template <class T>
void join_moments(std::int64_t cols, double rows_a, Moments<T> a, double rows_b, Moments<T> b) {
  const double part = rows_b / (rows_a + rows_b);
  const double scale = rows_a * part;
  double* const offset = a.offset;
  double* const squares = a.squares;
#pragma omp simd
  for (std::int64_t c = 0; c < cols; ++c) {
    const double step =
        (static_cast<double>(b.origin[c]) - static_cast<double>(a.origin[c])) + (b.offset[c] - offset[c]);
    squares[c] += b.squares[c] + step * step * scale;
    offset[c] += step * part;
  }
}

template <class T>
bool statistics(std::int64_t cols, double rows, Moments<T> from, double eps, ColumnStatistics<T> result) {
  // Outside, squares may have left the dtype's range, or lost digits near its lower end.
  constexpr double low = std::is_same_v<T, float> ? 1e-30 : std::numeric_limits<double>::min();
  constexpr double high = std::is_same_v<T, float> ? 1e37 : std::numeric_limits<double>::max();
  constexpr auto largest = static_cast<double>(std::numeric_limits<T>::max());
  T* const mean_hi = result.mean_hi;
  T* const mean_lo = result.mean_lo;
  T* const istd = result.istd;
  std::int64_t usual = 1;  // joined by & and not &&, which has no branch
#pragma omp simd reduction(& : usual)
  for (std::int64_t c = 0; c < cols; ++c) {
    const auto origin = static_cast<double>(from.origin[c]);
    const double offset = from.offset[c];
    const double mean = origin + offset;
    const double variance = (from.squares[c] < 0 ? 0 : from.squares[c]) / rows;
    const auto rounded = static_cast<double>(static_cast<T>(on_grid<T>(mean, variance)));
    // What `rounded` leaves out of origin + offset; in this order nothing that counts is lost, in f64 either.
    const double moved = rounded - origin;
    mean_hi[c] = static_cast<T>(rounded);
    mean_lo[c] = static_cast<T>((origin - (rounded - moved)) + (offset - moved));
    const double shifted = variance + eps;
    istd[c] = static_cast<T>(1 / std::sqrt(shifted));
    usual &= static_cast<std::int64_t>(shifted > low) & static_cast<std::int64_t>(shifted < high) &
             static_cast<std::int64_t>(std::abs(mean) <= largest);
  }
  return usual != 0;
}

template <class T>
void forward_coefficients(std::int64_t cols, ColumnStatistics<const T> from, const T* gamma, const T* beta,
                          ForwardCoefficients<T> result) {
  T* const scale = result.scale;
  T* const shift = result.shift;
#pragma omp simd
  for (std::int64_t c = 0; c < cols; ++c) {
    const double slope = static_cast<double>(gamma[c]) * static_cast<double>(from.istd[c]);
    scale[c] = static_cast<T>(slope);
    shift[c] = static_cast<T>(static_cast<double>(beta[c]) - slope * static_cast<double>(from.mean_lo[c]));
  }
  std::memmove(result.mean_hi, from.mean_hi, static_cast<std::size_t>(cols) * sizeof(T));
}

// One row at a time: memory is then read and written in order, which hardware foresees best.
template <bool kFar, bool kStream, class T>
void forward_rows(std::int64_t rows, std::int64_t cols, Rows<const T> x, ForwardCoefficients<const T> by, Rows<T> y) {
  const std::int64_t ahead = entries_ahead(x, cols, 1);
  for (std::int64_t i = 0; i < rows; ++i) {
    const T* const from = x.row(i);
    store_row<kStream>(cols, y.row(i), [=](auto d, std::int64_t c) HWY_ATTR {
      fetch_ahead<kFar>(from + c, ahead);
      // γ_j x̂_ij + β_j
      const auto centred = hn::Sub(hn::LoadU(d, from + c), hn::LoadU(d, by.mean_hi + c));
      return hn::MulAdd(hn::LoadU(d, by.scale + c), centred, hn::LoadU(d, by.shift + c));
    });
  }
}

template <class T>
void forward(std::int64_t rows, std::int64_t cols, Rows<const T> x, ForwardCoefficients<const T> by, Rows<T> y,
             Traffic traffic) {
  by_traffic(traffic, y, [=](auto far, auto past) {
    for (std::int64_t c = 0; c < cols; c += kWidest<T>) {
      const std::int64_t width = std::min(kWidest<T>, cols - c);
      forward_rows<far.value, past.value, T>(rows, width, x.from(0, c), by.from(c), y.from(0, c));
    }
  });
}

// s0 += Σ dy, s1 += Σ dy (x − mean_hi), row by row.
template <bool kFar, class T>
HWY_INLINE void add_products(std::int64_t rows, std::int64_t cols, Rows<const T> x, Rows<const T> dy, const T* mean_hi,
                             T* s0, T* s1) {
  const std::int64_t x_ahead = entries_ahead(x, cols, 2);
  const std::int64_t dy_ahead = entries_ahead(dy, cols, 2);
  for (std::int64_t i = 0; i < rows; ++i) {
    const T* const x_row = x.row(i);
    const T* const dy_row = dy.row(i);
    over_vectors<T>(cols, [=](auto d, std::int64_t c) HWY_ATTR {
      fetch_ahead<kFar>(x_row + c, x_ahead);
      fetch_ahead<kFar>(dy_row + c, dy_ahead);
      const auto g = hn::LoadU(d, dy_row + c);
      const auto z = hn::Sub(hn::LoadU(d, x_row + c), hn::LoadU(d, mean_hi + c));
      hn::StoreU(hn::Add(hn::LoadU(d, s0 + c), g), d, s0 + c);
      hn::StoreU(hn::MulAdd(g, z, hn::LoadU(d, s1 + c)), d, s1 + c);
    });
  }
}

template <class T>
void products(std::int64_t rows, std::int64_t cols, std::int64_t copies, Rows<const T> x, Rows<const T> dy,
              const T* mean_hi, Traffic traffic, Products result) {
  alignas(64) T room[2 * kApart<T>];
  T* const s0 = room;
  T* const s1 = room + kApart<T>;
  const std::int64_t block = copies > 1 ? kFoldedProductsBlock : kProductsBlock;
  std::memset(result.dy, 0, static_cast<std::size_t>(cols) * sizeof(double));
  std::memset(result.dy_x, 0, static_cast<std::size_t>(cols) * sizeof(double));
  for (std::int64_t start = 0; start < rows; start += block) {
    const std::int64_t count = std::min(block, rows - start);
    for (std::int64_t c0 = 0; c0 < cols; c0 += kWidest<T>) {
      const std::int64_t width = std::min(kWidest<T>, cols - c0);
      const std::int64_t wide = width * copies;
      clear(wide, s0, s1);
      if (traffic.is_far) {
        add_products<true, T>(count, wide, x.from(start, c0), dy.from(start, c0), mean_hi + c0, s0, s1);
      } else {
        add_products<false, T>(count, wide, x.from(start, c0), dy.from(start, c0), mean_hi + c0, s0, s1);
      }
      double* const sum_dy = result.dy + c0;
      double* const sum_dy_x = result.dy_x + c0;
      with_joined(width, copies, s0, s1, [=](const auto* of_dy, const auto* of_dy_x) HWY_ATTR {
#pragma omp simd
        for (std::int64_t c = 0; c < width; ++c) {
          sum_dy[c] += static_cast<double>(of_dy[c]);
          sum_dy_x[c] += static_cast<double>(of_dy_x[c]);
        }
      });
    }
  }
}

void join_products(std::int64_t cols, Products a, Products b) {
  double* const dy = a.dy;
  double* const dy_x = a.dy_x;
#pragma omp simd
  for (std::int64_t c = 0; c < cols; ++c) {
    dy[c] += b.dy[c];
    dy_x[c] += b.dy_x[c];
  }
}

template <class T>
bool backward_coefficients(std::int64_t cols, double rows, Products from, ColumnStatistics<const T> statistics,
                           const T* gamma, T* dgamma_out, T* dbeta_out, BackwardCoefficients<T> result) {
  constexpr auto largest = static_cast<double>(std::numeric_limits<T>::max());
  T* const dgamma = dgamma_out;
  T* const dbeta = dbeta_out;
  T* const dy_mean = result.dy_mean;
  T* const scale = result.scale;
  T* const slope = result.slope;
  T* const shift = result.shift;
  const double reciprocal = 1 / rows;
  std::int64_t usual = 1;
#pragma omp simd reduction(& : usual)
  for (std::int64_t c = 0; c < cols; ++c) {
    const auto istd = static_cast<double>(statistics.istd[c]);
    const auto mean_lo = static_cast<double>(statistics.mean_lo[c]);
    // dβ_j = Σ_i dy_ij,  dγ_j = Σ_i dy_ij (x_ij − μ_j) istd_j
    const double sum = from.dy[c];
    const double product = (from.dy_x[c] - mean_lo * sum) * istd;
    dbeta[c] = static_cast<T>(sum);
    dgamma[c] = static_cast<T>(product);
    // dx_ij = γ_j istd_j / N · (N dy_ij − dβ_j − x̂_ij dγ_j), sorted by dy_ij and x_ij. The mean of dy is taken off
    // dy itself, as that of x is taken off x: shift then holds what rounding has left of both.
    const double mean = sum * reciprocal;
    const auto rounded = static_cast<double>(static_cast<T>(mean));
    const double a = static_cast<double>(gamma[c]) * istd;
    const double b = -a * istd * (product * reciprocal);
    const double e = -a * (mean - rounded) - b * mean_lo;
    dy_mean[c] = static_cast<T>(rounded);
    scale[c] = static_cast<T>(a);
    slope[c] = static_cast<T>(b);
    shift[c] = static_cast<T>(e);
    usual &= static_cast<std::int64_t>(std::abs(a) <= largest) & static_cast<std::int64_t>(std::abs(b) <= largest) &
             static_cast<std::int64_t>(std::abs(e) <= largest) & static_cast<std::int64_t>(std::abs(mean) <= largest);
  }
  std::memmove(result.mean_hi, statistics.mean_hi, static_cast<std::size_t>(cols) * sizeof(T));
  return usual != 0;
}

template <bool kFar, bool kStream, class T>
void backward_rows(std::int64_t rows, std::int64_t cols, Rows<const T> x, Rows<const T> dy,
                   BackwardCoefficients<const T> by, Rows<T> dx) {
  const std::int64_t x_ahead = entries_ahead(x, cols, 2);
  const std::int64_t dy_ahead = entries_ahead(dy, cols, 2);
  for (std::int64_t i = 0; i < rows; ++i) {
    const T* const x_row = x.row(i);
    const T* const dy_row = dy.row(i);
    store_row<kStream>(cols, dx.row(i), [=](auto d, std::int64_t c) HWY_ATTR {
      fetch_ahead<kFar>(x_row + c, x_ahead);
      fetch_ahead<kFar>(dy_row + c, dy_ahead);
      const auto x_centred = hn::Sub(hn::LoadU(d, x_row + c), hn::LoadU(d, by.mean_hi + c));
      const auto dy_centred = hn::Sub(hn::LoadU(d, dy_row + c), hn::LoadU(d, by.dy_mean + c));
      const auto x_part = hn::MulAdd(hn::LoadU(d, by.slope + c), x_centred, hn::LoadU(d, by.shift + c));
      return hn::MulAdd(hn::LoadU(d, by.scale + c), dy_centred, x_part);
    });
  }
}

template <class T>
void backward(std::int64_t rows, std::int64_t cols, Rows<const T> x, Rows<const T> dy, BackwardCoefficients<const T> by,
              Rows<T> dx, Traffic traffic) {
  by_traffic(traffic, dx, [=](auto far, auto past) {
    for (std::int64_t c = 0; c < cols; c += kHalfStrip<T>) {
      const std::int64_t width = std::min(kHalfStrip<T>, cols - c);
      backward_rows<far.value, past.value, T>(rows, width, x.from(0, c), dy.from(0, c), by.from(c), dx.from(0, c));
    }
  });
}

template <class T>
ColumnKernels<T> table() {
  return {moments<T>,    join_moments<T>,          statistics<T>, forward_coefficients<T>, forward<T>, products<T>,
          join_products, backward_coefficients<T>, backward<T>};
}

ColumnKernels<float> table_f32() { return table<float>(); }
ColumnKernels<double> table_f64() { return table<double>(); }

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
ColumnKernels<float> column_kernels<float>() {
  return HWY_DYNAMIC_DISPATCH(table_f32)();
}
template <>
ColumnKernels<double> column_kernels<double>() {
  return HWY_DYNAMIC_DISPATCH(table_f64)();
}

}  // namespace chalktape::engine::kernels
#endif  // HWY_ONCE
