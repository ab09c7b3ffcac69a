// Functions on tiles, made by template from an op's struct, for f32 and f64, in a form for each vector unit, of which
// the machine's best is taken. All forms give the same bits: no form fuses multiplications with additions, and lanes
// are a fixed number.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/tiles.hpp"

// The loop that follows may be vectorised: y is an operand itself or does not overlap it.
#if defined(__clang__)
#define CHALKTAPE_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define CHALKTAPE_INDEPENDENT _Pragma("GCC ivdep")
#else
#define CHALKTAPE_INDEPENDENT
#endif

namespace chalktape::engine::tiles {

enum class VectorUnit { any, avx2, avx512 };

inline VectorUnit vector_unit() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return VectorUnit::avx512;
  if (__builtin_cpu_supports("avx2")) return VectorUnit::avx2;
#endif
  return VectorUnit::any;
}

// The same loop, compiled for each vector unit: it is inlined into functions for that unit.
template <class Loop, class R, class... A>
R for_any(A... a) {
  return Loop::run(a...);
}
#if defined(__x86_64__)
template <class Loop, class R, class... A>
[[gnu::target("avx2")]] R for_avx2(A... a) {
  return Loop::run(a...);
}
template <class Loop, class R, class... A>
[[gnu::target("avx512f")]] R for_avx512(A... a) {
  return Loop::run(a...);
}
#endif

template <class Loop, class R, class... A>
auto choose(R (*)(A...)) -> R (*)(A...) {
#if defined(__x86_64__)
  if (vector_unit() == VectorUnit::avx512) return for_avx512<Loop, R, A...>;
  if (vector_unit() == VectorUnit::avx2) return for_avx2<Loop, R, A...>;
#endif
  return for_any<Loop, R, A...>;
}

template <class O, class T>
[[gnu::always_inline]] inline T value_of(T a, [[maybe_unused]] T b, [[maybe_unused]] double c) {
  if constexpr (O::arity == 2) {
    return static_cast<T>(O::value(a, b));
  } else if constexpr (requires { O::value(a, c); }) {
    return static_cast<T>(O::value(a, c));
  } else {
    return static_cast<T>(O::value(a));
  }
}

template <class O, class T, bool adds>
struct MapLoop {
  [[gnu::always_inline]] static inline void run(std::int64_t n, double c, void* to, const void* x, const void* z) {
    T* const y = static_cast<T*>(to);
    const T* const a = static_cast<const T*>(x);
    const T* const b = static_cast<const T*>(z);
    CHALKTAPE_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) {
      const T value = value_of<O, T>(a[i], O::arity == 2 ? b[i] : T(0), c);
      y[i] = adds ? y[i] + value : value;
    }
  }
};

template <class Combine, class T>
struct CombineLoop {
  [[gnu::always_inline]] static inline void run(std::int64_t n, double /*c*/, void* to, const void* x,
                                                const void* /*z*/) {
    T* const y = static_cast<T*>(to);
    const T* const a = static_cast<const T*>(x);
    CHALKTAPE_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) y[i] = Combine::value(y[i], a[i]);
  }
};

template <class Combine, class T>
struct CombineWideLoop {
  [[gnu::always_inline]] static inline void run(std::int64_t n, double* totals, const void* x) {
    const T* const a = static_cast<const T*>(x);
    CHALKTAPE_INDEPENDENT
    for (std::int64_t i = 0; i < n; ++i) totals[i] = Combine::value(totals[i], static_cast<double>(a[i]));
  }
};

// In 32 lanes, which are joined every 1024 entries, so that the error does not grow with n.
template <class R, class T>
struct RowLoop {
  static constexpr int kLanes = 32;
  static constexpr std::int64_t kBlock = 1024;
  [[gnu::always_inline]] static inline double run(std::int64_t n, const void* x) {
    using Combine = typename R::Combine;
    const T* const a = static_cast<const T*>(x);
    double total = R::identity;
    std::int64_t i = 0;
    while (i + kLanes <= n) {
      const std::int64_t end = std::min(n - kLanes, i + kBlock - kLanes);
      std::array<T, kLanes> lanes;
      lanes.fill(static_cast<T>(R::identity));
      for (; i <= end; i += kLanes) {
        for (int lane = 0; lane < kLanes; ++lane) lanes[lane] = Combine::value(lanes[lane], a[i + lane]);
      }
      for (const T lane : lanes) total = Combine::value(total, static_cast<double>(lane));
    }
    for (; i < n; ++i) total = Combine::value(total, static_cast<double>(a[i]));
    return total;
  }
};

template <class R, class T>
struct FinishLoop {
  [[gnu::always_inline]] static inline void run(std::int64_t n, double count, const double* totals, void* results) {
    T* const y = static_cast<T*>(results);
    for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(R::finish(totals[i], count));
  }
};

template <class Loop>
auto function() {
  return choose<Loop>(&Loop::run);
}

template <class O>
ByDType<TileFunctions> functions_of() {
  return {{{function<MapLoop<O, float, false>>(), function<MapLoop<O, float, true>>()},
           {function<MapLoop<O, double, false>>(), function<MapLoop<O, double, true>>()}}};
}

template <class R, class T>
TileReduction reduction_of() {
  using Combine = typename R::Combine;
  return {R::identity,
          Combine::name == "add",
          function<CombineLoop<Combine, T>>(),
          function<CombineWideLoop<Combine, T>>(),
          function<RowLoop<R, T>>(),
          function<FinishLoop<R, T>>()};
}

template <class R>
ByDType<TileReduction> reductions_of() {
  return {reduction_of<R, float>(), reduction_of<R, double>()};
}

}  // namespace chalktape::engine::tiles

#undef CHALKTAPE_INDEPENDENT
