// Functions on tiles, made by template from an op's struct, for f32 and f64, for each vector unit. All forms give the
// same bits: no form fuses multiplications with additions, and lanes are a fixed number.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/ops/tile_functions.hpp"
#include "engine/tensor/vector_unit.hpp"

namespace chalktape::engine::tiles {

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

template <class O>
ByDType<TileFunctions> functions_of(VectorUnit unit = vector_unit()) {
  return {{{form_of<MapLoop<O, float, false>>(unit), form_of<MapLoop<O, float, true>>(unit)},
           {form_of<MapLoop<O, double, false>>(unit), form_of<MapLoop<O, double, true>>(unit)}}};
}

template <class R, class T>
TileReduction reduction_of(VectorUnit unit) {
  using Combine = typename R::Combine;
  return {R::identity,
          Combine::name == "add",
          form_of<CombineLoop<Combine, T>>(unit),
          form_of<CombineWideLoop<Combine, T>>(unit),
          form_of<RowLoop<R, T>>(unit),
          form_of<FinishLoop<R, T>>(unit)};
}

template <class R>
ByDType<TileReduction> reductions_of(VectorUnit unit = vector_unit()) {
  return {reduction_of<R, float>(unit), reduction_of<R, double>(unit)};
}

}  // namespace chalktape::engine::tiles
