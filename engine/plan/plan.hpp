// A recorded tape compiled for replay on new data.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/plan/loops.hpp"
#include "engine/tape/tape.hpp"

namespace chalktape::engine {

/// Computes nodes of a tape (results, gradients that Tape::record_backward put there, anything) from new inputs,
/// without recording: by the tape's loop program, tile by tile, in memory allocated once. Sums are carried in the dtype
/// over at most a few thousand entries and in double beyond. The same inputs give the same bits, whatever the number of
/// threads. The tape may go after construction. A plan is not safe to run from two threads at the same time.
class Plan {
 public:
  /// `inputs` (any nodes of the tape; an op's result is then not computed) are replaced by each run; inputs and
  /// constants that are not among them keep their recorded values.
  /// `threads` is the most that a run uses; 0 means OpenMP's default. Throws Error as `schedule` does.
  Plan(const Tape& tape, std::span<const NodeId> inputs, std::span<const NodeId> outputs, int threads = 0);
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;

  /// The outputs in the order asked for; they lie in the plan's memory, and the next run overwrites them. They may be
  /// that run's inputs: whatever input lies in the plan's memory is copied first. Allocates nothing, unless such an
  /// input is there, one is not contiguous, or the program has calls. Throws Error if an input has not the recorded
  /// shape and dtype.
  std::span<const Tensor> run(std::span<const Tensor> inputs);

  [[nodiscard]] const LoopProgram& program() const { return *program_; }
  /// Memory for tiles and partial sums, all threads together.
  [[nodiscard]] std::size_t scratch_bytes() const;

 private:
  class Machine;
  std::unique_ptr<LoopProgram> program_;
  std::unique_ptr<Machine> machine_;
};

/// The program and the memory that running it takes besides.
[[nodiscard]] std::string to_text(const Plan& plan);

}  // namespace chalktape::engine
