#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "engine/reduction_loop.hpp"
#include "engine/tensor_functions.hpp"

namespace chalktape::engine {

namespace {

// Sign −1 turns max into min. NaN stays once it is seen.
template <class T, int sign>
struct Extremum {
  T best = -sign * std::numeric_limits<T>::infinity();
  void take(T x) {
    if (sign * x > sign * best || std::isnan(x)) best = x;
  }
  [[nodiscard]] T result() const { return best; }
};

template <class T, class Accumulator, class Finish>
Tensor reduce(const Tensor& x, const Reduction& reduction, Finish finish) {
  return reduce_elements<T, Accumulator>(
      x.shape(), reduction, reduced_shape(x.shape(), reduction), finish, [](T entry) { return entry; }, x);
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
