// What the files that Highway compiles for every vector unit share. Included once for each of them, so without a guard
// of the usual kind.
#if defined(CHALKTAPE_ENGINE_KERNELS_VECTORS) == defined(HWY_TARGET_TOGGLE)
#ifdef CHALKTAPE_ENGINE_KERNELS_VECTORS
#undef CHALKTAPE_ENGINE_KERNELS_VECTORS
#else
#define CHALKTAPE_ENGINE_KERNELS_VECTORS
#endif

#include <cstdint>
#include <type_traits>

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include "engine/kernels/rows.hpp"

HWY_BEFORE_NAMESPACE();
namespace chalktape::engine::kernels::HWY_NAMESPACE {

/// Lanes of the widest vector.
template <class T>
constexpr std::size_t kMostLanes = HWY_MAX_BYTES / sizeof(T);

template <std::size_t kLanes, class T, class Body>
HWY_INLINE void over_narrower_vectors(std::int64_t c, std::int64_t cols, const Body& body) {
  const hwy::HWY_NAMESPACE::CappedTag<T, kLanes> d;
  const auto lanes = static_cast<std::int64_t>(hwy::HWY_NAMESPACE::Lanes(d));
  if constexpr (kLanes == kMostLanes<T>) {
    // Two by two: with fewer instructions between them more loads are under way.
    for (; c + 2 * lanes <= cols; c += 2 * lanes) {
      body(d, c);
      body(d, c + lanes);
    }
  }
  for (; c + lanes <= cols; c += lanes) body(d, c);
  if constexpr (kLanes > 1) {
    if (HWY_UNLIKELY(c < cols)) over_narrower_vectors<kLanes / 2, T>(c, cols, body);
  }
}

/// body(tag, c) for vectors that begin at the columns c and make up [0, cols): full ones first, then halves, quarters,
/// … so that nothing beyond the columns is touched.
template <class T, class Body>
HWY_INLINE void over_vectors(std::int64_t cols, const Body& body) {
  over_narrower_vectors<kMostLanes<T>, T>(0, cols, body);
}

/// Whether all full vectors of these rows begin at a multiple of their size, which stores past the cache require.
template <class T>
HWY_INLINE bool is_aligned(Rows<T> rows) {
  return reinterpret_cast<std::uintptr_t>(rows.data) % HWY_MAX_BYTES == 0 &&
         static_cast<std::size_t>(rows.row_stride) * sizeof(T) % HWY_MAX_BYTES == 0;
}

/// Of arrays that are read side by side 8 KiB together are fetched ahead: so many entries of each.
template <class T>
constexpr std::int64_t fetched_entries(std::int64_t arrays) {
  return static_cast<std::int64_t>(8192 / sizeof(T)) / arrays;
}

/// From an entry to the one of a later row that comes `entries` entries after it at least, where `width` columns of
/// each row are read.
template <class T>
HWY_INLINE std::int64_t rows_ahead(Rows<const T> rows, std::int64_t width, std::int64_t entries) {
  return (entries + width - 1) / width * rows.row_stride;
}

/// Begins to load what stands `ahead` entries after p, which may be beyond the array. (Not by Highway's Prefetch: GCC
/// 12 drops calls of a function that does nothing but prefetch as having no effect.)
template <bool kFar, class T>
HWY_INLINE void fetch_ahead(const T* p, std::int64_t ahead) {
  if constexpr (kFar) {
    __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) +
                                                     static_cast<std::uintptr_t>(ahead) * sizeof(T)));
  }
}

/// body(far, past): std::bool_constants, for loops whose results go to `results` entry by entry.
template <class T, class Body>
void by_traffic(Traffic traffic, Rows<T> results, const Body& body) {
  if (traffic.past_cache && is_aligned(results)) {
    body(std::true_type(), std::true_type());
    hwy::FlushStream();
  } else if (traffic.is_far) {
    body(std::true_type(), std::false_type());
  } else {
    body(std::false_type(), std::false_type());
  }
}

template <bool kStream, class D, class V, class T>
HWY_INLINE void store(V value, D d, T* to) {
  if constexpr (kStream && hwy::HWY_NAMESPACE::MaxLanes(D()) == kMostLanes<T>) {
    hwy::HWY_NAMESPACE::Stream(value, d, to);
  } else {
    hwy::HWY_NAMESPACE::StoreU(value, d, to);
  }
}

/// to[c] = value(tag, c) for all columns. Four vectors are computed before the first of them is stored: loads then need
/// not wait for the addresses of stores.
template <bool kStream, class T, class Value>
HWY_INLINE void store_row(std::int64_t cols, T* to, const Value& value) {
  const hwy::HWY_NAMESPACE::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hwy::HWY_NAMESPACE::Lanes(d));
  std::int64_t c = 0;
  for (; c + 4 * lanes <= cols; c += 4 * lanes) {
    const auto v0 = value(d, c);
    const auto v1 = value(d, c + lanes);
    const auto v2 = value(d, c + 2 * lanes);
    const auto v3 = value(d, c + 3 * lanes);
    store<kStream>(v0, d, to + c);
    store<kStream>(v1, d, to + c + lanes);
    store<kStream>(v2, d, to + c + 2 * lanes);
    store<kStream>(v3, d, to + c + 3 * lanes);
  }
  over_narrower_vectors<kMostLanes<T>, T>(
      c, cols, [=](auto tag, std::int64_t at) HWY_ATTR { store<kStream>(value(tag, at), tag, to + at); });
}

}  // namespace chalktape::engine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
