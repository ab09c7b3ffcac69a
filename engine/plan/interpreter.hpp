// Executes one loop of a loop program, tile by tile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/plan/loops.hpp"

namespace chalktape::engine {

class LoopInterpreter {
 public:
  /// The program must outlive the interpreter.
  LoopInterpreter(const LoopProgram& program, const Loop& loop);

  /// Scratch memory that `run` needs: once, and for each thread.
  [[nodiscard]] std::size_t shared_bytes() const { return shared_bytes_; }
  [[nodiscard]] std::size_t thread_bytes() const { return thread_bytes_; }

  /// `memory` holds the address of each of the program's buffers; `scratch` has shared_bytes() and then thread_bytes()
  /// for each thread, aligned to 64 bytes.
  void run(std::span<std::byte* const> memory, std::byte* scratch, int threads) const;

 private:
  // Where a tile's entries lie: in a buffer, moving with the tile, or in scratch memory. The tile that begins with
  // entry k of the whole loop begins there with entry (k mod period) / divisor.
  struct Place {
    int buffer = -1;
    bool moves = false;        // else the buffer's start
    bool shared = false;       // of scratch memory: filled once a run, for all tiles
    std::int64_t divisor = 1;  // entries of the whole loop for one of this place
    std::int64_t period = 0;   // entries of the whole loop after which it begins anew, a multiple of divisor; 0: never
    std::size_t offset = 0;    // in scratch memory, bytes
  };
  struct Axis {
    std::int64_t length = 1;
    std::int64_t stride = 0;
  };
  struct Instruction {
    enum class Kind { map, gather, repeat, row, scatter };
    Kind kind = Kind::map;
    TileMap map = nullptr;
    const TileReduction* reduction = nullptr;
    double exponent = 0;
    std::int64_t divisor = 1;  // entries of the whole loop for one of the instruction's
    std::int64_t row = 1;      // entries of the longer side for one of the shorter
    int y = 0, a = 0, b = 0;   // places; of gather, a is a buffer
    int accumulator = -1;
    std::vector<Axis> outer, inner;  // of gather and scatter
  };
  struct Accumulator {
    const TileReduction* reduction = nullptr;
    const TileReduction* wide = nullptr;  // the same for doubles
    std::int64_t size = 1;                // of the result
    std::int64_t width = 1;               // of partial results: several of the result's periods if a tile has several
    std::size_t totals = 0;               // offset in shared scratch memory of doubles, `size` for each part
    int place = -1;                       // of partial results in the dtype; −1 if tiles go straight to the totals
    int buffer = 0;                       // of the result
    double count = 1;                     // how many entries go into one of the result
  };
  // What is filled once a run: a period repeated to the length of a tile.
  struct Replica {
    int buffer = 0;
    std::int64_t period = 1, length = 1;  // entries of the place
    std::size_t offset = 0;
  };
  class Lowering;
  template <class T>
  class Worker;

  template <class T>
  void run_as(std::span<std::byte* const> memory, std::byte* scratch, int threads) const;
  void finish(const Accumulator& accumulator, std::span<std::byte* const> memory, std::byte* shared) const;

  DType dtype_;
  bool backwards_ = false;
  std::int64_t block_ = 1, length_ = 1;  // tiles of `length_` entries divide blocks of `block_`
  std::int64_t tiles_in_block_ = 1, tiles_ = 1;
  int parts_ = 1;
  std::int64_t flush_tiles_ = 1;
  std::vector<Place> places_;
  std::vector<int> moving_;            // places
  std::vector<int> streams_;           // places that move with the tile through a buffer of the loop's size
  std::int64_t prefetched_bytes_ = 0;  // of each stream's next tile, before each instruction; 0: none
  std::vector<Instruction> instructions_;
  std::vector<Accumulator> accumulators_;
  std::vector<Replica> replicas_;
  std::size_t shared_bytes_ = 0, thread_bytes_ = 0, pointer_bytes_ = 0;
};

}  // namespace chalktape::engine
