#include "engine/plan/interpreter.hpp"

#include <algorithm>
#include <functional>

#include "engine/tensor/threads.hpp"

namespace chalktape::engine {

namespace {

constexpr std::int64_t kLine = 64;  // bytes that the memory system moves together

// Writes x's entries along the axes one after the other to y; returns where y goes on.
template <class T, class Axis>
T* gather(T* y, const T* x, const Axis* axis, const Axis* end, std::int64_t length) {
  if (axis == end) {
    *y = *x;
    return y + 1;
  }
  if (axis + 1 == end) {
    if (axis->stride == 0) return std::fill_n(y, length, *x);
    for (std::int64_t i = 0; i < length; ++i) y[i] = x[i * axis->stride];
    return y + length;
  }
  for (std::int64_t i = 0; i < length; ++i) y = gather(y, x + i * axis->stride, axis + 1, end, axis[1].length);
  return y;
}

// Joins x's entries, one after the other, with the totals along the axes; returns where x goes on.
template <class T, class Axis>
const T* scatter(double* totals, const T* x, const TileReduction& reduction, const Axis* axis, const Axis* end,
                 std::int64_t length) {
  if (axis + 1 == end && axis->stride == 1) {
    reduction.combine_wide(length, totals, x);
    return x + length;
  }
  if (axis + 1 == end && axis->stride == 0) {
    const T row = static_cast<T>(reduction.row(length, x));
    reduction.combine_wide(1, totals, &row);
    return x + length;
  }
  for (std::int64_t i = 0; i < length; ++i) {
    double* const to = totals + i * axis->stride;
    if (axis + 1 == end) {
      reduction.combine_wide(1, to, x++);
    } else {
      x = scatter(to, x, reduction, axis + 1, end, axis[1].length);
    }
  }
  return x;
}

}  // namespace

// One thread's share of a loop.
template <class T>
class LoopInterpreter::Worker {
 public:
  Worker(const LoopInterpreter& loop, std::span<std::byte* const> memory, std::byte* shared, std::byte* scratch)
      : loop_(loop), shared_(shared) {
    base_ = reinterpret_cast<T**>(scratch);
    at_ = base_ + loop.places_.size();
    std::byte* const slots = scratch + loop.pointer_bytes_;
    for (std::size_t k = 0; k < loop.places_.size(); ++k) {
      const Place& place = loop.places_[k];
      std::byte* const start = place.buffer >= 0 ? memory[static_cast<std::size_t>(place.buffer)]
                                                 : (place.shared ? shared : slots) + place.offset;
      base_[k] = at_[k] = reinterpret_cast<T*>(start);
    }
  }

  void run_part(std::int64_t part) {
    const std::int64_t first = loop_.tiles_ * part / loop_.parts_;
    const std::int64_t count = loop_.tiles_ * (part + 1) / loop_.parts_ - first;
    part_ = part;
    clear_totals();
    for (std::int64_t k = 0; k < count; ++k) {
      if (k % loop_.flush_tiles_ == 0) clear_partial();
      run_tile(loop_.backwards_ ? first + count - 1 - k : first + k);
      if ((k + 1) % loop_.flush_tiles_ == 0 || k + 1 == count) flush();
    }
  }

 private:
  void run_tile(std::int64_t tile) {
    const std::int64_t block = tile / loop_.tiles_in_block_;
    const std::int64_t within = (tile - block * loop_.tiles_in_block_) * loop_.length_;
    const std::int64_t start = block * loop_.block_ + within;
    const std::int64_t n = std::min(loop_.length_, loop_.block_ - within);
    for (const int k : loop_.moving_) {
      const Place& place = loop_.places_[static_cast<std::size_t>(k)];
      std::int64_t index = start;
      if (place.period != 0) index = place.period == loop_.block_ ? within : index % place.period;
      if (place.divisor != 1) index /= place.divisor;
      at_[k] = base_[k] + index;
    }
    std::int64_t fetched = 0;
    for (const Instruction& instruction : loop_.instructions_) {
      if (loop_.prefetched_bytes_ > 0) fetched = prefetch(fetched, fetched + loop_.prefetched_bytes_, n);
      T* const y = at_[instruction.y];
      const T* const a = at_[instruction.a];
      const std::int64_t count = instruction.divisor == 1 ? n : n / instruction.divisor;
      switch (instruction.kind) {
        case Instruction::Kind::map:
          instruction.map(count, instruction.exponent, y, a, at_[instruction.b]);
          break;
        case Instruction::Kind::repeat:
          for (std::int64_t i = 0; i < count; ++i) std::fill_n(y + i * instruction.row, instruction.row, a[i]);
          break;
        case Instruction::Kind::row:
          for (std::int64_t i = 0; i < count; ++i) {
            const double total = instruction.reduction->row(instruction.row, a + i * instruction.row);
            instruction.reduction->finish(1, static_cast<double>(instruction.row), &total, y + i);
          }
          break;
        case Instruction::Kind::gather: {
          const auto* axis = instruction.inner.data();
          gather(y, a + offset_of(instruction, block, within), axis, axis + instruction.inner.size(),
                 n / instruction.row);
          break;
        }
        case Instruction::Kind::scatter: {
          const auto* axis = instruction.inner.data();
          const Accumulator& accumulator = loop_.accumulators_[static_cast<std::size_t>(instruction.accumulator)];
          scatter(totals(accumulator) + offset_of(instruction, block, within), a, *instruction.reduction, axis,
                  axis + instruction.inner.size(), n / instruction.row);
          break;
        }
      }
    }
  }

  // Asks for bytes [first, last) of all that the next tile reads or writes in the loop's own order. The memory system
  // works while tiles in the cache are computed; no hardware looks beyond the page that a tile ends with.
  std::int64_t prefetch(std::int64_t first, std::int64_t last, std::int64_t n) const {
    const auto tile = n * static_cast<std::int64_t>(sizeof(T));
    last = std::min(last, tile);
    for (const int k : loop_.streams_) {
      const auto next =
          reinterpret_cast<std::uintptr_t>(at_[k]) + static_cast<std::uintptr_t>(loop_.backwards_ ? -tile : tile);
      for (std::int64_t byte = first; byte < last; byte += kLine) {
        __builtin_prefetch(reinterpret_cast<const void*>(next + static_cast<std::uintptr_t>(byte)));
      }
    }
    return last;
  }

  // Where a tile begins along the axes of an instruction.
  std::int64_t offset_of(const Instruction& instruction, std::int64_t block, std::int64_t within) const {
    std::int64_t offset = 0;
    for (std::size_t k = instruction.outer.size(); k-- > 0;) {
      offset += block % instruction.outer[k].length * instruction.outer[k].stride;
      block /= instruction.outer[k].length;
    }
    if (!instruction.inner.empty()) offset += within / instruction.row * instruction.inner[0].stride;
    return offset;
  }

  double* totals(const Accumulator& accumulator) const {
    return reinterpret_cast<double*>(shared_ + accumulator.totals) + part_ * accumulator.size;
  }

  void clear_totals() {
    for (const Accumulator& accumulator : loop_.accumulators_) {
      std::fill_n(totals(accumulator), accumulator.size, accumulator.reduction->identity);
    }
  }

  void clear_partial() {
    for (const Accumulator& accumulator : loop_.accumulators_) {
      if (accumulator.place < 0) continue;
      std::fill_n(base_[accumulator.place], accumulator.width, static_cast<T>(accumulator.reduction->identity));
    }
  }

  // Partial results join the totals.
  void flush() {
    for (const Accumulator& accumulator : loop_.accumulators_) {
      if (accumulator.place < 0) continue;
      const T* const partial = base_[accumulator.place];
      if (accumulator.size == 1) {
        const double row = accumulator.reduction->row(accumulator.width, partial);
        accumulator.wide->combine(1, 0, totals(accumulator), &row, nullptr);
        continue;
      }
      for (std::int64_t at = 0; at < accumulator.width; at += accumulator.size) {
        accumulator.reduction->combine_wide(accumulator.size, totals(accumulator), partial + at);
      }
    }
  }

  const LoopInterpreter& loop_;
  std::byte* shared_;
  T** base_;  // of each place, and where it is in the tile at hand
  T** at_;
  std::int64_t part_ = 0;
};

void LoopInterpreter::finish(const Accumulator& accumulator, std::span<std::byte* const> memory,
                             std::byte* shared) const {
  double* const totals = reinterpret_cast<double*>(shared + accumulator.totals);
  const TileReduction& wide = *accumulator.wide;
  for (int part = 1; part < parts_; ++part) {
    wide.combine(accumulator.size, 0, totals, totals + part * accumulator.size, nullptr);
  }
  accumulator.reduction->finish(accumulator.size, accumulator.count, totals,
                                memory[static_cast<std::size_t>(accumulator.buffer)]);
}

template <class T>
void LoopInterpreter::run_as(std::span<std::byte* const> memory, std::byte* scratch, int threads) const {
  for (const Replica& replica : replicas_) {
    const T* const from = reinterpret_cast<const T*>(memory[static_cast<std::size_t>(replica.buffer)]);
    T* const to = reinterpret_cast<T*>(scratch + replica.offset);
    if (replica.period == 1) {
      std::fill_n(to, replica.length, *from);
      continue;
    }
    for (std::int64_t at = 0; at < replica.length; at += replica.period) std::copy_n(from, replica.period, to + at);
  }
  const int team = std::min(threads, parts_);
  const auto work = [&](int thread) {
    Worker<T> worker(*this, memory, scratch,
                     scratch + shared_bytes_ + static_cast<std::size_t>(thread) * thread_bytes_);
    const std::int64_t first = static_cast<std::int64_t>(parts_) * thread / team;
    const std::int64_t last = static_cast<std::int64_t>(parts_) * (thread + 1) / team;
    for (std::int64_t k = 0; k < last - first; ++k) worker.run_part(backwards_ ? last - 1 - k : first + k);
  };
  // A team may be smaller than asked for.
  const auto share = [&](const TeamMember& member) {
    for (int thread = member.index; thread < team; thread += member.count) work(thread);
  };
  on_team(team, std::ref(share));
  for (const Accumulator& accumulator : accumulators_) finish(accumulator, memory, scratch);
}

void LoopInterpreter::run(std::span<std::byte* const> memory, std::byte* scratch, int threads) const {
  dispatch(dtype_, [&]<class T>() { run_as<T>(memory, scratch, threads); });
}

}  // namespace chalktape::engine
