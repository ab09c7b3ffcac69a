#include <cmath>
#include <limits>
#include <type_traits>

#include <fmt/format.h>

#include "engine/strided_loop.hpp"
#include "engine/tensor_functions.hpp"

namespace chalktape::engine {

namespace {

// Sums f32 entries in double: exact to 29 more bits than the entries have.
struct WideSum {
  double total = 0;
  void take(double x) { total += x; }
  [[nodiscard]] double result() const { return total; }
};

// Sums f64 entries with the rounding errors carried along (Knuth's two-sum, as in Neumaier's summation).
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

// Sign −1 turns max into min. NaN stays once it is seen.
template <class T, int sign>
struct Extremum {
  T best = -sign * std::numeric_limits<T>::infinity();
  void take(T x) {
    if (sign * x > sign * best || std::isnan(x)) best = x;
  }
  [[nodiscard]] T result() const { return best; }
};

// Walks x in its own order; each entry goes into the accumulator of its result (stride 0 along reduced axes).
template <class T, class Accumulator, class Finish>
Tensor reduce(const Tensor& x, const Reduction& reduction, Finish finish) {
  const Shape kept = reduced_shape(x.shape(), {reduction.axes, true});
  Tensor result = uninitialised(reduced_shape(x.shape(), reduction), dtype_of<T>);
  std::vector<Accumulator> accumulators(static_cast<std::size_t>(result.size()));
  Strides into = row_major_strides(kept);
  for (const int axis : reduction.axes) into[axis] = 0;

  const T* const in = x.data<T>();
  for_each_row(x.shape(), std::array{x.strides(), into},
               [&](const auto& offsets, std::int64_t length, const auto& steps) {
                 const T* const row = in + offsets[0];
                 Accumulator* const out = accumulators.data() + offsets[1];
                 if (steps[1] == 0) {
                   Accumulator own = *out;  // in registers for the row
                   for (std::int64_t i = 0; i < length; ++i) own.take(row[i * steps[0]]);
                   *out = own;
                 } else {
                   for (std::int64_t i = 0; i < length; ++i) out[i * steps[1]].take(row[i * steps[0]]);
                 }
               });

  T* const out = result.data<T>();
  for (std::size_t i = 0; i < accumulators.size(); ++i) out[i] = static_cast<T>(finish(accumulators[i].result()));
  return result;
}

constexpr auto unchanged = [](auto value) { return value; };

void require_entries(std::string_view op, const Tensor& x, const Reduction& reduction) {
  if (reduced_count(x.shape(), reduction) == 0) {
    throw Error(fmt::format("{}: shape {} has no entries along axes {}", op, to_text(x.shape()),
                            fmt::join(reduction.axes, ",")));
  }
}

}  // namespace

Tensor sum(const Tensor& x, const Reduction& reduction) {
  return dispatch(x.dtype(), [&]<class T>() { return reduce<T, SumOf<T>>(x, reduction, unchanged); });
}

Tensor mean(const Tensor& x, const Reduction& reduction) {
  require_entries("mean", x, reduction);
  const auto n = static_cast<double>(reduced_count(x.shape(), reduction));
  return dispatch(
      x.dtype(), [&]<class T>() { return reduce<T, SumOf<T>>(x, reduction, [n](double total) { return total / n; }); });
}

Tensor max(const Tensor& x, const Reduction& reduction) {
  require_entries("max", x, reduction);
  return dispatch(x.dtype(), [&]<class T>() { return reduce<T, Extremum<T, 1>>(x, reduction, unchanged); });
}

Tensor min(const Tensor& x, const Reduction& reduction) {
  require_entries("min", x, reduction);
  return dispatch(x.dtype(), [&]<class T>() { return reduce<T, Extremum<T, -1>>(x, reduction, unchanged); });
}

}  // namespace chalktape::engine
