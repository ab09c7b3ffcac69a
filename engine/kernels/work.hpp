// How a kernel cuts its N×D numbers. Results depend on the cut, so the cut depends on the sizes alone: not on the
// threads, not on the vector unit.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string_view>

#include "engine/kernels/rows.hpp"
#include "engine/tensor/memory.hpp"
#include "engine/tensor/threads.hpp"

namespace chalktape::engine::kernels {

struct Range {
  std::int64_t begin = 0, end = 0;
  [[nodiscard]] std::int64_t size() const { return end - begin; }
};

/// A team's member, and its share of the work.
struct Member : TeamMember {
  [[nodiscard]] bool is_last() const { return index + 1 == count; }
  /// This member's share of `count` columns, in whole cache lines.
  [[nodiscard]] Range share(std::int64_t columns) const;
};

/// Rows cut into segments. Sums over rows are taken segment by segment, and the segments' sums joined in order; threads
/// take segments.
class Work {
 public:
  static constexpr std::int64_t kMostSegments = 32;

  Work(std::int64_t rows, std::int64_t cols);

  [[nodiscard]] std::int64_t segments() const { return segments_; }
  [[nodiscard]] Range segment(std::int64_t s) const { return {boundary(s), boundary(s + 1)}; }
  /// The segments and the rows of one thread.
  [[nodiscard]] Range segments_of(const Member& member) const;
  [[nodiscard]] Range rows_of(const Member& member) const;
  /// How many threads are worth starting, `threads` at most; 0 means OpenMP's default.
  [[nodiscard]] int team(int threads) const;
  /// Where one of `matrices` matrices of T is written and the others are read; they are far if they take more than
  /// `near_bytes` together.
  template <class T>
  [[nodiscard]] Traffic traffic(std::int64_t matrices, std::int64_t near_bytes, const Member& member) const {
    return traffic_of(rows_ * cols_ * static_cast<std::int64_t>(sizeof(T)), matrices, near_bytes, member);
  }

 private:
  [[nodiscard]] std::int64_t boundary(std::int64_t s) const;
  static Traffic traffic_of(std::int64_t matrix_bytes, std::int64_t matrices, std::int64_t near_bytes,
                            const Member& member);
  std::int64_t rows_, cols_, segments_;
};

/// Several narrow rows that lie side by side are one wide row, whose length is a multiple of every vector's: the
/// columns of the wide matrix are copies of the narrow ones.
struct Fold {
  std::int64_t d = 0;       ///< entries of a narrow row
  std::int64_t copies = 1;  ///< narrow rows to a wide one
  std::int64_t rows = 0;    ///< full wide rows
  std::int64_t cols = 0;    ///< entries of a wide row
  std::int64_t rest = 0;    ///< narrow rows in the last wide one, which is not full
  /// `is_packed`: nothing lies between the rows. Several copies have at most `widest` columns.
  Fold(std::int64_t n, std::int64_t narrow, bool is_packed, std::int64_t lanes, std::int64_t widest);
};

/// body(member) on each thread of a team of at most that many. body must not throw.
template <class Body>
void on_team(int members, const Body& body) {
  const auto work = [&](const TeamMember& member) noexcept { body(Member{member}); };
  engine::on_team(members, std::ref(work));
}

/// Calls body(range) for chunks of about 256 KiB that make up the rows, the last one first: what an earlier pass over
/// them has read last is in the cache still.
template <class Body>
void backwards(Range rows, std::int64_t row_bytes, const Body& body) {
  const std::int64_t chunk = std::max<std::int64_t>(4, 262144 / std::max<std::int64_t>(1, row_bytes) / 4 * 4);
  for (std::int64_t k = (rows.size() + chunk - 1) / chunk - 1; k >= 0; --k) {
    body(Range{rows.begin + k * chunk, std::min(rows.end, rows.begin + (k + 1) * chunk)});
  }
}

/// Arrays for the time of a call, in one block of memory that is kept for reuse.
class Scratch {
 public:
  /// `bytes`: the sum of what room() says of its arrays.
  explicit Scratch(std::int64_t bytes) : storage_(allocate(static_cast<std::size_t>(bytes))) {}
  /// Bytes for so many arrays of so many entries.
  template <class T>
  [[nodiscard]] static std::int64_t room(std::int64_t arrays, std::int64_t entries) {
    // Whole pages and kApartBytes.
    const auto beyond = std::max<std::int64_t>(0, entries * static_cast<std::int64_t>(sizeof(T)) - kApartBytes);
    return arrays * ((beyond + 4095) / 4096 * 4096 + kApartBytes);
  }
  /// The next array, uninitialised.
  template <class T>
  [[nodiscard]] T* next(std::int64_t entries) {
    T* const array = reinterpret_cast<T*>(storage_->data() + used_);
    used_ += room<T>(1, entries);
    return array;
  }

 private:
  std::int64_t used_ = 0;
  Storage storage_;
};

/// Throws Error, naming the layer, unless n ≥ 0, d ≥ 0, ε ≥ 0 and, where there are several rows, no stride is below d.
void require_matrix(std::string_view layer, std::int64_t n, std::int64_t d, double eps,
                    std::initializer_list<std::int64_t> row_strides);

}  // namespace chalktape::engine::kernels
