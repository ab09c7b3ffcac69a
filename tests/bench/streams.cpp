#include "tests/bench/streams.hpp"

#include <omp.h>

#define HWY_DISABLED_TARGETS HWY_SSSE3
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/bench/streams.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h:
#include <hwy/cache_control.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace chalktape::bench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// n is a multiple of four vectors.
template <class T, int kArrays>
T read(std::int64_t n, const T* a, const T* b) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto s0 = hn::Zero(d);
  auto s1 = hn::Zero(d);
  auto s2 = hn::Zero(d);
  auto s3 = hn::Zero(d);
  for (std::int64_t i = 0; i < n; i += 2 * lanes) {
    s0 = hn::Add(s0, hn::LoadU(d, a + i));
    s1 = hn::Add(s1, hn::LoadU(d, a + i + lanes));
    if constexpr (kArrays == 2) {
      s2 = hn::Add(s2, hn::LoadU(d, b + i));
      s3 = hn::Add(s3, hn::LoadU(d, b + i + lanes));
    }
  }
  return hn::GetLane(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)));
}

template <class T, int kArrays, bool kPastCache>
void write(std::int64_t n, const T* a, const T* b, T* out) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto half = hn::Set(d, T(0.5));
  const auto value = [=](std::int64_t i) HWY_ATTR {
    auto v = hn::MulAdd(half, hn::LoadU(d, a + i), half);
    if constexpr (kArrays == 2) v = hn::MulAdd(half, hn::LoadU(d, b + i), v);
    return v;
  };
  for (std::int64_t i = 0; i < n; i += 4 * lanes) {
    const auto v0 = value(i);
    const auto v1 = value(i + lanes);
    const auto v2 = value(i + 2 * lanes);
    const auto v3 = value(i + 3 * lanes);
    if constexpr (kPastCache) {
      hn::Stream(v0, d, out + i);
      hn::Stream(v1, d, out + i + lanes);
      hn::Stream(v2, d, out + i + 2 * lanes);
      hn::Stream(v3, d, out + i + 3 * lanes);
    } else {
      hn::StoreU(v0, d, out + i);
      hn::StoreU(v1, d, out + i + lanes);
      hn::StoreU(v2, d, out + i + 2 * lanes);
      hn::StoreU(v3, d, out + i + 3 * lanes);
    }
  }
  if constexpr (kPastCache) hwy::FlushStream();
}

template <class T>
T read_any(std::int64_t n, const T* a, const T* b, int arrays) {
  return arrays == 1 ? read<T, 1>(n, a, b) : read<T, 2>(n, a, b);
}
template <class T>
void write_any(std::int64_t n, const T* a, const T* b, int arrays, T* out, bool past_cache) {
  if (arrays == 1) return past_cache ? write<T, 1, true>(n, a, b, out) : write<T, 1, false>(n, a, b, out);
  return past_cache ? write<T, 2, true>(n, a, b, out) : write<T, 2, false>(n, a, b, out);
}

float read_f32(std::int64_t n, const float* a, const float* b, int arrays) { return read_any(n, a, b, arrays); }
double read_f64(std::int64_t n, const double* a, const double* b, int arrays) { return read_any(n, a, b, arrays); }
void write_f32(std::int64_t n, const float* a, const float* b, int arrays, float* out, bool past_cache) {
  write_any(n, a, b, arrays, out, past_cache);
}
void write_f64(std::int64_t n, const double* a, const double* b, int arrays, double* out, bool past_cache) {
  write_any(n, a, b, arrays, out, past_cache);
}

}  // namespace
}  // namespace chalktape::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace chalktape::bench {

namespace {

HWY_EXPORT(read_f32);
HWY_EXPORT(read_f64);
HWY_EXPORT(write_f32);
HWY_EXPORT(write_f64);

// Pieces of whole cache lines; the last numbers, fewer than four vectors', are left out.
template <class Body>
void in_pieces(std::int64_t n, int threads, const Body& body) {
  const auto boundary = [&](std::int64_t k, std::int64_t pieces) { return n * k / pieces / 64 * 64; };
  if (threads == 1 || n < 32768) {  // a second thread costs more than it saves
    body(0, boundary(1, 1));
    return;
  }
#pragma omp parallel num_threads(threads)
  {
    const int k = omp_get_thread_num();
    const int pieces = omp_get_num_threads();
    body(boundary(k, pieces), boundary(k + 1, pieces));
  }
}

}  // namespace

template <>
void read_pass<float>(std::int64_t n, const float* a, const float* b, int arrays, int threads) {
  in_pieces(n, threads, [&](std::int64_t begin, std::int64_t end) {
    volatile float sink = HWY_DYNAMIC_DISPATCH(read_f32)(end - begin, a + begin, b + begin, arrays);
    static_cast<void>(sink);
  });
}
template <>
void read_pass<double>(std::int64_t n, const double* a, const double* b, int arrays, int threads) {
  in_pieces(n, threads, [&](std::int64_t begin, std::int64_t end) {
    volatile double sink = HWY_DYNAMIC_DISPATCH(read_f64)(end - begin, a + begin, b + begin, arrays);
    static_cast<void>(sink);
  });
}
template <>
void write_pass<float>(std::int64_t n, const float* a, const float* b, int arrays, float* out, bool past_cache,
                       int threads) {
  in_pieces(n, threads, [&](std::int64_t begin, std::int64_t end) {
    HWY_DYNAMIC_DISPATCH(write_f32)(end - begin, a + begin, b + begin, arrays, out + begin, past_cache);
  });
}
template <>
void write_pass<double>(std::int64_t n, const double* a, const double* b, int arrays, double* out, bool past_cache,
                        int threads) {
  in_pieces(n, threads, [&](std::int64_t begin, std::int64_t end) {
    HWY_DYNAMIC_DISPATCH(write_f64)(end - begin, a + begin, b + begin, arrays, out + begin, past_cache);
  });
}

}  // namespace chalktape::bench
#endif  // HWY_ONCE
