#include <omp.h>

#include "engine/strided_loop.hpp"

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

}  // namespace chalktape::engine
