#include "engine/kernels/work.hpp"

#include <algorithm>
#include <fstream>
#include <numeric>
#include <string>

#include <fmt/format.h>
#include <omp.h>

#include "engine/error.hpp"

namespace chalktape::engine::kernels {

namespace {

// A segment has at least so many numbers: below, joining the segments' sums costs more than a second thread gains.
constexpr std::int64_t kSegment = 65536;

// A wide row has at least so many vectors, so that enough independent sums are under way.
constexpr std::int64_t kVectors = 16;

constexpr std::int64_t kLargestNearCache = std::int64_t{64} << 20;
// Where the system says nothing of its caches, as some virtual machines do.
constexpr std::int64_t kUsualOwnCache = std::int64_t{1} << 20;
constexpr std::int64_t kUsualSharedCache = std::int64_t{32} << 20;

// Of a level of the caches as one core sees it, or 0 where the system names none. (sysconf adds up what is on the
// chip.)
std::int64_t cache_bytes(int level) {
  for (int index = 0; index < 8; ++index) {
    const std::string folder = fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/", index);
    std::ifstream of_level(folder + "level");
    std::ifstream of_size(folder + "size");  // 1024K
    int found = 0;
    std::int64_t kibibytes = 0;
    // An instruction cache has level 1 only.
    if (of_level >> found && found == level && of_size >> kibibytes) return kibibytes << 10;
  }
  return 0;
}

struct Caches {
  std::int64_t own, shared;
};

// Asked for at the first call, which takes memory: outside of teams.
const Caches& caches() {
  static const Caches found = [] {
    const std::int64_t named = cache_bytes(2);
    return named > 0 ? Caches{named, cache_bytes(3)} : Caches{kUsualOwnCache, kUsualSharedCache};
  }();
  return found;
}

}  // namespace

Range Member::share(std::int64_t columns) const {
  const auto boundary = [&](std::int64_t k) { return k == count ? columns : columns * k / count / 16 * 16; };
  return {boundary(index), boundary(index + 1)};
}

Work::Work(std::int64_t rows, std::int64_t cols)
    : rows_(rows),
      cols_(cols),
      segments_(std::clamp<std::int64_t>(rows / std::max<std::int64_t>(1, kSegment / std::max<std::int64_t>(1, cols)),
                                         1, kMostSegments)) {
  caches();
}

std::int64_t Work::boundary(std::int64_t s) const {
  if (s == segments_) return rows_;
  const std::int64_t row = rows_ / segments_ * s + rows_ % segments_ * s / segments_;
  return segments_ * 64 > rows_ ? row : row / 8 * 8;
}

Range Work::segments_of(const Member& member) const {
  return {segments_ * member.index / member.count, segments_ * (member.index + 1) / member.count};
}

Range Work::rows_of(const Member& member) const {
  const Range own = segments_of(member);
  return {boundary(own.begin), boundary(own.end)};
}

int Work::team(int threads) const {
  if (segments_ == 1) return 1;
  return static_cast<int>(std::min<std::int64_t>(threads > 0 ? threads : omp_get_max_threads(), segments_));
}

Fold::Fold(std::int64_t n, std::int64_t narrow, bool is_packed, std::int64_t lanes, std::int64_t widest)
    : d(narrow), rows(n), cols(narrow) {
  if (!is_packed || d == 0) return;
  const std::int64_t unit = lanes / std::gcd(d, lanes);
  if (unit == 1 && d >= kVectors * lanes) return;
  const std::int64_t most = widest / d;
  if (unit > most) return;
  copies = std::min(unit * ((kVectors * lanes + unit * d - 1) / (unit * d)), most / unit * unit);
  if (copies > n) copies = 1;
  rows = n / copies;
  cols = copies * d;
  rest = n % copies;
}

void require_matrix(std::string_view layer, std::int64_t n, std::int64_t d, double eps,
                    std::initializer_list<std::int64_t> row_strides) {
  if (n < 0 || d < 0) throw Error(fmt::format("{}: needs N ≥ 0 and D ≥ 0, not N = {}, D = {}", layer, n, d));
  if (!(eps >= 0)) throw Error(fmt::format("{}: needs eps ≥ 0, not {}", layer, eps));
  for (const std::int64_t stride : row_strides) {
    if (n > 1 && stride < d) {
      throw Error(fmt::format("{}: rows of {} entries overlap with a stride of {}", layer, d, stride));
    }
  }
}

Traffic Work::traffic_of(std::int64_t matrix_bytes, std::int64_t matrices, std::int64_t near_bytes,
                         const Member& member) {
  const auto [own_cache, shared_cache] = caches();
  const std::int64_t bytes = matrix_bytes * matrices;
  // Stores past a cache that is near its cores wait for memory, which others use as well, and whoever comes next finds
  // nothing in the cache. A larger cache lies spread over the chip, or is shared with others who fill it.
  const bool stays_near = shared_cache <= kLargestNearCache && bytes <= shared_cache / 4;
  return {bytes > near_bytes, bytes / member.count > own_cache && !stays_near};
}

}  // namespace chalktape::engine::kernels
