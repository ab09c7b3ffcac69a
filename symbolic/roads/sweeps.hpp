// The tape's two sweeps as data: what `trace` prints, and what a lesson steps through.
#pragma once

#include <optional>
#include <vector>

#include "engine/tape/tape.hpp"
#include "symbolic/roads/problem.hpp"

namespace chalktape::roads {

/// Something that happens to a node's cotangent.
struct BackwardStep {
  enum class Kind {
    upstream,      ///< it begins as the upstream gradient
    contribution,  ///< a consumer passes its part on
    complete,      ///< all parts have arrived; what the node passes on follows
  };
  Kind kind = Kind::upstream;
  engine::NodeId node = 0;                 ///< whose cotangent
  engine::NodeId from = 0;                 ///< of a contribution: the consumer that is pulled back
  int position = 0;                        ///< of a contribution: which operand of `from` the node is
  engine::Tensor values{};                 ///< the upstream gradient, the part, or the complete cotangent
  std::optional<engine::Tensor> so_far{};  ///< of a contribution that meets others: the sum up to it
  int contributions = 0;                   ///< how many parts have arrived, this one included
};

struct Sweeps {
  engine::Tape tape;
  Forward forward;
  std::vector<engine::NodeId> shown;  ///< all but numbers of the formula, in the order of the forward sweep
  std::vector<BackwardStep> backward;
  std::vector<engine::Tensor> gradients;  ///< of the layer's tensors, in its order
};

/// Both sweeps in the problem's dtype. Throws Error where a tensor has more than 1000 entries (nobody reads more),
/// lower::Error or engine::Error.
[[nodiscard]] Sweeps sweep(const Problem& problem);

}  // namespace chalktape::roads
