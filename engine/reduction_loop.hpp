// Reductions of what a function makes of several arrays' entries, without an array of those values in between.
#pragma once

#include <cmath>
#include <type_traits>
#include <vector>

#include "engine/shapes.hpp"
#include "engine/strided_loop.hpp"

namespace chalktape::engine {

/// Sums f32 entries in double: exact to 29 more bits than the entries have.
struct WideSum {
  double total = 0;
  void take(double x) { total += x; }
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
  // Past an overflow the correction is NaN while the total is the right infinity.
  [[nodiscard]] double result() const { return std::isfinite(lost) ? total + lost : total; }
};

template <class T>
using SumOf = std::conditional_t<std::is_same_v<T, float>, WideSum, CompensatedSum>;

/// finish(what an Accumulator takes of f(entries of the operands)) over the axes of a shape to which the operands
/// broadcast. Entries are taken in row-major order, whatever the number of threads. The result has `result_shape`, the
/// reduced shape but for axes of length 1.
template <class T, class Accumulator, class Finish, class F, class... Tensors>
Tensor reduce_elements(const Shape& shape, const Reduction& over, const Shape& result_shape, Finish finish, F f,
                       const Tensors&... operands) {
  constexpr std::size_t K = sizeof...(Tensors);
  const Shape kept = reduced_shape(shape, {over.axes, true});
  Tensor result = uninitialised(result_shape, dtype_of<T>);
  std::vector<Accumulator> accumulators(static_cast<std::size_t>(result.size()));
  Strides into = row_major_strides(kept);
  for (const int axis : over.axes) into[static_cast<std::size_t>(axis)] = 0;

  const std::array<const T*, K> in{operands.template data<T>()...};
  const Walk<K + 1> all(shape, std::array{into, broadcast_strides(operands, shape)...});
  std::size_t longest = all.rank();  // of the axes that stay: threads must not share an accumulator
  for (std::size_t axis = 0; axis < all.rank(); ++axis) {
    const bool stays = all.axis(axis).steps[0] != 0;
    if (stays && (longest == all.rank() || all.axis(axis).length > all.axis(longest).length)) longest = axis;
  }
  const auto take = [&]<std::size_t... k>(const Walk<K + 1>& walk, std::index_sequence<k...> /*operands*/) {
    walk.for_each_row([&](const auto& offsets, std::int64_t length, const auto& steps) {
      const std::array<const T*, K> row{in[k] + offsets[k + 1]...};
      Accumulator* const out = accumulators.data() + offsets[0];
      if (steps[0] == 0) {
        Accumulator own = *out;  // in registers for the row
        for (std::int64_t i = 0; i < length; ++i) own.take(f(row[k][i * steps[k + 1]]...));
        *out = own;
      } else if (steps[0] == 1 && ((steps[k + 1] == 1) && ...)) {  // spelt out, so that it vectorises
        for (std::int64_t i = 0; i < length; ++i) out[i].take(f(row[k][i]...));
      } else {
        for (std::int64_t i = 0; i < length; ++i) out[i * steps[0]].take(f(row[k][i * steps[k + 1]]...));
      }
    });
  };
  constexpr auto each = std::make_index_sequence<K>{};
  if (longest == all.rank()) {
    take(all, each);
  } else {
    all.in_parts(longest, [&](const Walk<K + 1>& walk) { take(walk, each); });
  }

  T* const out = result.data<T>();
  for (std::size_t i = 0; i < accumulators.size(); ++i) out[i] = static_cast<T>(finish(accumulators[i].result()));
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
