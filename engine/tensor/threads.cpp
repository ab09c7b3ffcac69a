#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <omp.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "engine/tensor/strided_loop.hpp"

namespace chalktape::engine {

void on_threads(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) {
  const std::int64_t pieces = std::min<std::int64_t>(omp_get_max_threads(), count);
  if (pieces <= 1) {
    body(0, count);
    return;
  }
#pragma omp parallel for schedule(static, 1) num_threads(static_cast <int>(pieces))
  for (std::int64_t piece = 0; piece < pieces; ++piece) {
    body(count * piece / pieces, count * (piece + 1) / pieces);
  }
}

void stream(void* to, const void* from, std::size_t bytes) {
#if defined(__SSE2__)
  constexpr std::size_t line = 16;
  auto* target = static_cast<std::byte*>(to);
  const auto* source = static_cast<const std::byte*>(from);
  const std::size_t head = std::min(bytes, (line - reinterpret_cast<std::uintptr_t>(to) % line) % line);
  std::memcpy(target, source, head);
  std::size_t done = head;
  for (; done + line <= bytes; done += line)
    _mm_stream_si128(reinterpret_cast<__m128i*>(target + done),
                     _mm_loadu_si128(reinterpret_cast<const __m128i*>(source + done)));
  std::memcpy(target + done, source + done, bytes - done);
#else
  std::memcpy(to, from, bytes);
#endif
}

void end_streams() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace chalktape::engine
