#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "engine/tensor/reduction_loop.hpp"
#include "engine/tensor/tensor_functions.hpp"
#include "engine/tensor/vector_unit.hpp"

namespace chalktape::engine {

namespace {

// Sign −1 turns max into min. NaN stays once it is seen.
template <class T, int sign>
struct Extremum {
  T best = -sign * std::numeric_limits<T>::infinity();
  void take(T x) {
    if (sign * x > sign * best || std::isnan(x)) best = x;
  }
  void join(const Extremum& other) { take(other.best); }
  [[nodiscard]] T result() const { return best; }
};

template <class T, class Accumulator, class Finish>
Tensor reduce(const Tensor& x, const Reduction& reduction, Finish finish) {
  return reduce_elements<T, Accumulator>(x.shape(), reduction, reduced_shape(x.shape(), reduction), finish, Itself{},
                                         x);
}

constexpr auto unchanged = [](auto value) { return value; };

void require_entries(std::string_view op, const Tensor& x, const Reduction& reduction) {
  if (reduced_count(x.shape(), reduction) == 0) {
    throw Error(fmt::format("{}: shape {} has no entries along axes {}", op, to_text(x.shape()),
                            fmt::join(reduction.axes, ",")));
  }
}

// One stream of entries alone does not keep the processor's own prefetching busy.
constexpr std::int64_t kEntriesAhead = 1024;
template <class T>
[[gnu::always_inline]] inline void prefetch(const T* x, std::int64_t n) {
  constexpr std::int64_t line = 64 / sizeof(T);
  for (std::int64_t i = 0; i < n; i += line) __builtin_prefetch(x + i + kEntriesAhead);
}

// The loops of take_each and take_all.
template <class Accumulator, class T>
struct TakeEach {
  static constexpr std::int64_t kBlock = 32;
  [[gnu::always_inline]] static inline void run(Accumulator* totals, const T* x, std::int64_t n) {
    for (; n > 0; n -= kBlock, x += kBlock, totals += kBlock) {
      const std::int64_t count = std::min(n, kBlock);
      prefetch(x, count);
      CHALKTAPE_INDEPENDENT
      for (std::int64_t i = 0; i < count; ++i) totals[i].take(x[i]);
    }
  }
};
template <class Accumulator, class T>
struct TakeAll {
  static constexpr std::int64_t kLanes = 16;
  [[gnu::always_inline]] static inline void run(Accumulator* total, const T* x, std::int64_t n) {
    std::int64_t i = 0;
    if (n >= kLanes) {  // short rows are many: lanes would cost more than they save
      std::array<Accumulator, kLanes> lanes;
      for (; i + kLanes <= n; i += kLanes) {
        prefetch(x + i, kLanes);
        for (std::int64_t lane = 0; lane < kLanes; ++lane) lanes[lane].take(x[i + lane]);
      }
      for (const Accumulator& lane : lanes) total->join(lane);
    }
    for (; i < n; ++i) total->take(x[i]);
  }
};

}  // namespace

void take_each(WideSum* totals, const float* x, std::int64_t n) {
  static const auto loop = form_of<TakeEach<WideSum, float>>(vector_unit());
  loop(totals, x, n);
}
void take_each(CompensatedSum* totals, const double* x, std::int64_t n) {
  static const auto loop = form_of<TakeEach<CompensatedSum, double>>(vector_unit());
  loop(totals, x, n);
}
void take_all(WideSum& total, const float* x, std::int64_t n) {
  static const auto loop = form_of<TakeAll<WideSum, float>>(vector_unit());
  loop(&total, x, n);
}
void take_all(CompensatedSum& total, const double* x, std::int64_t n) {
  static const auto loop = form_of<TakeAll<CompensatedSum, double>>(vector_unit());
  loop(&total, x, n);
}

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
