// Loops in a form for each vector unit, of which the machine's best is taken at run time.
//
//   struct Doubling {
//     [[gnu::always_inline]] static inline void run(float* x, std::int64_t n) { … }
//   };
//   static const auto doubling = form_of<Doubling>(vector_unit());
//   doubling(x, n);
#pragma once

// The loop that follows may be vectorised: y is an operand itself or does not overlap it.
#if defined(__clang__)
#define CHALKTAPE_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define CHALKTAPE_INDEPENDENT _Pragma("GCC ivdep")
#else
#define CHALKTAPE_INDEPENDENT
#endif

namespace chalktape::engine {

enum class VectorUnit { any, avx2, avx512 };

/// The best that this machine has.
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
auto choose(R (*)(A...) /*run*/, [[maybe_unused]] VectorUnit unit) -> R (*)(A...) {
#if defined(__x86_64__)
  if (unit == VectorUnit::avx512) return for_avx512<Loop, R, A...>;
  if (unit == VectorUnit::avx2) return for_avx2<Loop, R, A...>;
#endif
  return for_any<Loop, R, A...>;
}

/// The function `Loop::run`, compiled for a vector unit.
template <class Loop>
auto form_of(VectorUnit unit) {
  return choose<Loop>(&Loop::run, unit);
}

}  // namespace chalktape::engine
