// Reductions of what a function makes of several arrays' entries, without an array of those values in between.
#pragma once

#include <cmath>
#include <type_traits>
#include <vector>

#include <boost/align/aligned_allocator.hpp>

#include "engine/tensor/shapes.hpp"
#include "engine/tensor/strided_loop.hpp"

namespace chalktape::engine {

/// Sums f32 entries in double: exact to 29 more bits than the entries have.
struct WideSum {
  double total = 0;
  void take(double x) { total += x; }
  void join(const WideSum& other) { total += other.total; }
  [[nodiscard]] double result() const { return total; }
};

/// Sums f64 entries with the rounding errors carried along (Knuth's two-sum, as in Neumaier's summation).
struct CompensatedSum {
  double total = 0;
  double lost = 0;
  void take(double x) {
    const double next = total + x;
    const double taken = next - total;
    lost += (total - (next - taken)) + (x - taken);
    total = next;
  }
  void join(const CompensatedSum& other) {
    take(other.total);
    lost += other.lost;
  }
  // Past an overflow the correction is NaN while the total is the right infinity.
  [[nodiscard]] double result() const { return std::isfinite(lost) ? total + lost : total; }
};

template <class T>
using SumOf = std::conditional_t<std::is_same_v<T, float>, WideSum, CompensatedSum>;

/// The function that leaves entries as they are.
struct Itself {
  template <class T>
  T operator()(T x) const {
    return x;
  }
};

/// totals[i].take(x[i]) for n entries. Sums are taken by the machine's widest vector unit, to the same bits.
template <class Accumulator, class T>
void take_each(Accumulator* totals, const T* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) totals[i].take(x[i]);
}
void take_each(WideSum* totals, const float* x, std::int64_t n);
void take_each(CompensatedSum* totals, const double* x, std::int64_t n);

/// total.take(x[i]) for n entries; those of a sum in a fixed number of lanes, which are joined in order.
template <class Accumulator, class T>
void take_all(Accumulator& total, const T* x, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) total.take(x[i]);
}
void take_all(WideSum& total, const float* x, std::int64_t n);
void take_all(CompensatedSum& total, const double* x, std::int64_t n);

namespace detail {

/// One of an array's entries each; vectors of them cross no cache line.
template <class Accumulator>
using Totals = std::vector<Accumulator, boost::alignment::aligned_allocator<Accumulator, 64>>;

/// What reduce_elements does with a walk over some or all entries: `totals` belong to the walk's first array.
template <class T, class Accumulator, std::size_t K, class F, std::size_t... k>
void take_walk(const Walk<K + 1>& walk, Totals<Accumulator>& totals, const std::array<const T*, K>& in, F f,
               std::index_sequence<k...> each) {
  constexpr bool is_plain = std::is_same_v<F, Itself>;
  walk.for_each_row([&](const auto& offsets, std::int64_t length, const auto& steps) {
    const std::array<const T*, K> row{in[k] + offsets[k + 1]...};
    const std::array<std::int64_t, K> by{steps[k + 1]...};
    Accumulator* const out = totals.data() + offsets[0];
    const auto take = [&](std::int64_t begin, const T* values, std::int64_t count) {
      if (steps[0] == 0) take_all(*out, values, count);
      if (steps[0] == 1) take_each(out + begin, values, count);
    };
    if (steps[0] != 0 && steps[0] != 1) {
      for (std::int64_t i = 0; i < length; ++i) out[i * steps[0]].take(f(row[k][i * by[k]]...));
    } else if (is_plain && by[0] == 1) {
      take(0, row[0], length);
    } else {
      map_tiles(row, by, length, f, each, take);
    }
  });
}

}  // namespace detail

/// A reduction over a long outermost axis is made in so many pieces, which are joined in order.
inline constexpr std::int64_t kPieces = 8;
inline constexpr std::int64_t kRowsPerPiece = 64;

/// finish(what an Accumulator takes of f(entries of the operands)) over the axes of a shape to which the operands
/// broadcast. The order in which entries are taken is the shapes' alone, whatever the number of threads. The result has
/// `result_shape`, the reduced shape but for axes of length 1.
template <class T, class Accumulator, class Finish, class F, class... Tensors>
Tensor reduce_elements(const Shape& shape, const Reduction& over, const Shape& result_shape, Finish finish, F f,
                       const Tensors&... operands) {
  constexpr std::size_t K = sizeof...(Tensors);
  const Shape kept = reduced_shape(shape, {over.axes, true});
  Tensor result = uninitialised(result_shape, dtype_of<T>);
  const auto count = static_cast<std::size_t>(result.size());
  detail::Totals<Accumulator> totals(count);
  Strides into = row_major_strides(kept);
  for (const int axis : over.axes) into[static_cast<std::size_t>(axis)] = 0;

  const std::array<const T*, K> in{operands.template data<T>()...};
  const Walk<K + 1> all(shape, std::array{into, broadcast_strides(operands, shape)...});
  const auto take = [&](const Walk<K + 1>& walk, detail::Totals<Accumulator>& own) {
    detail::take_walk<T>(walk, own, in, f, std::make_index_sequence<K>{});
  };
  const std::int64_t rows = all.axis(0).length;
  if (all.axis(0).steps[0] == 0 && rows >= kPieces * kRowsPerPiece && all.entries() >= kEntriesPerThread) {
    std::array<detail::Totals<Accumulator>, kPieces> pieces;
    on_threads(kPieces, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t piece = begin; piece < end; ++piece) {
        auto& own = pieces.at(static_cast<std::size_t>(piece));
        own.resize(count);
        take(all.part(0, rows * piece / kPieces, rows * (piece + 1) / kPieces), own);
      }
    });
    for (const auto& own : pieces) {
      for (std::size_t i = 0; i < count; ++i) totals[i].join(own[i]);
    }
  } else {
    std::size_t longest = all.rank();  // of the axes that stay: threads must not share an accumulator
    for (std::size_t axis = 0; axis < all.rank(); ++axis) {
      const bool stays = all.axis(axis).steps[0] != 0;
      if (stays && (longest == all.rank() || all.axis(axis).length > all.axis(longest).length)) longest = axis;
    }
    if (longest == all.rank()) {
      take(all, totals);
    } else {
      all.in_parts(longest, [&](const Walk<K + 1>& walk) { take(walk, totals); });
    }
  }

  T* const out = result.data<T>();
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<T>(finish(totals[i].result()));
  return result;
}

/// The sum of f(entries of the operands) over the axes of `shape` along which `target` is broadcast to it: `sum_to` of
/// a map that is never stored.
template <class T, class F, class... Tensors>
Tensor sum_elements_to(const Shape& target, const Shape& shape, F f, const Tensors&... operands) {
  return reduce_elements<T, SumOf<T>>(
      shape, broadcast_axes(target, shape), target, [](double total) { return total; }, f, operands...);
}

}  // namespace chalktape::engine
