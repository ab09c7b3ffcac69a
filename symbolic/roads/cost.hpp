// What the way back costs, counted on the graph.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "engine/tape/tape.hpp"
#include "symbolic/roads/road.hpp"

namespace chalktape::roads {

/// The largest number of axes of a node.
[[nodiscard]] std::size_t largest_rank(const engine::Graph& graph);

/// The ops of a forward pass that read or write an array of the largest rank.
[[nodiscard]] std::int64_t forward_sweeps(const engine::Graph& graph);

/// Additions, multiplications and functions of numbers that the nodes from `first` on take: one an entry of an
/// elementwise result, one an entry that is reduced, two for each product that a contraction sums; moving is free.
/// O(V).
[[nodiscard]] std::int64_t scalar_operations(const engine::Graph& graph, engine::NodeId first);

/// Counts while the tape sweeps backward: one sweep for each vector-Jacobian product that reads or writes an array of
/// the largest rank, and one for each such array that is added to another where paths meet. What an op's derivative
/// mentions (x, a, b or y) had to be saved.
class BackwardCost final : public engine::BackwardObserver {
 public:
  explicit BackwardCost(const engine::Graph& graph) : graph_(graph), rank_(largest_rank(graph)) {}
  void on_contribution(const engine::Contribution& contribution) override;
  [[nodiscard]] Cost cost() const { return {sweeps_, static_cast<std::int64_t>(saved_.size())}; }

 private:
  [[nodiscard]] bool is_largest(engine::NodeId node) const { return graph_[node].shape.size() == rank_; }
  void save(engine::NodeId node);

  const engine::Graph& graph_;
  std::size_t rank_;
  std::int64_t sweeps_ = 0;
  std::set<engine::NodeId> saved_;
  std::map<engine::NodeId, int> contributions_;
};

/// The cost of formulas that were recorded after a forward pass, with one loop for all that does not wait for a sum:
/// sweeps are the levels of sums over arrays of the largest rank, and the level after the last. `first` is the first
/// node that is not of the forward pass; `given` are nodes that are no forward values (upstream gradients); `results`
/// is what has to be computed.
[[nodiscard]] Cost fused_cost(const engine::Graph& graph, engine::NodeId first, const std::set<engine::NodeId>& given,
                              const std::vector<engine::NodeId>& results);

}  // namespace chalktape::roads
