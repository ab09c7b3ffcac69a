#include "symbolic/roads/sweeps.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "engine/tensor/tensor_functions.hpp"

namespace chalktape::roads {
namespace {

using engine::NodeId;
using engine::Tensor;

constexpr std::int64_t entry_limit = 1000;

/// Writes the backward sweep down while it runs.
class Recorder final : public engine::BackwardObserver {
 public:
  explicit Recorder(const Forward& forward) {
    for (const auto& [output, gradient] : forward.upstream) arrive(BackwardStep::Kind::upstream, output, gradient);
  }

  void on_complete(NodeId node, const Tensor& cotangent) override {
    BackwardStep step{BackwardStep::Kind::complete, node, node};
    step.values = cotangent.copy();
    step.contributions = contributions_[node];
    steps_.push_back(std::move(step));
  }

  void on_contribution(const engine::Contribution& contribution) override {
    arrive(BackwardStep::Kind::contribution, contribution.operand, contribution.contribution, contribution.node,
           contribution.position);
  }

  [[nodiscard]] std::vector<BackwardStep> take() { return std::move(steps_); }

 private:
  void arrive(BackwardStep::Kind kind, NodeId node, const Tensor& part, NodeId from = 0, int position = 0) {
    BackwardStep step{kind, node, from, position};
    step.values = part.copy();
    const auto found = sums_.find(node);
    if (found == sums_.end()) {
      sums_.emplace(node, part.copy());
    } else {
      found->second = found->second + part;
      if (kind == BackwardStep::Kind::contribution) step.so_far = found->second.copy();
    }
    step.contributions = ++contributions_[node];
    steps_.push_back(std::move(step));
  }

  std::map<NodeId, Tensor> sums_;
  std::map<NodeId, int> contributions_;
  std::vector<BackwardStep> steps_;
};

}  // namespace

Sweeps sweep(const Problem& problem) {
  Sweeps sweeps;
  engine::Tape& tape = sweeps.tape;
  sweeps.forward = record_forward(tape, problem, problem.dtype);
  for (NodeId node = 0; node < tape.size(); ++node) {
    if (engine::element_count(tape.shape(node)) > entry_limit)
      throw Error(fmt::format("{} has more than {} entries, and every number is printed: give smaller sizes",
                              engine::display_name(tape.graph(), node), entry_limit));
    const engine::Node& what = tape.graph()[node];
    // The name of a number of the formula is what it is.
    if (what.role != engine::NodeRole::constant || problem.constants.contains(what.name)) sweeps.shown.push_back(node);
  }
  Recorder recorder(sweeps.forward);
  const engine::Gradients gradients =
      tape.backward(sweeps.forward.upstream, sweeps.forward.tensors, &recorder, engine::NoPath::zero);
  sweeps.backward = recorder.take();
  for (const NodeId tensor : sweeps.forward.tensors) sweeps.gradients.push_back(gradients.of(tensor));
  return sweeps;
}

}  // namespace chalktape::roads
