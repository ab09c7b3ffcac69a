#include "symbolic/roads/cost.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

#include "engine/tensor/shapes.hpp"

namespace chalktape::roads {
namespace {

using engine::Graph;
using engine::Node;
using engine::NodeId;
using engine::OpKind;

/// Whether a formula in the language's syntax mentions a variable of one letter.
bool mentions(std::string_view formula, char variable) {
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  for (std::size_t k = 0; k < formula.size(); ++k) {
    const bool alone =
        (k == 0 || !is_letter(formula[k - 1])) && (k + 1 == formula.size() || !is_letter(formula[k + 1]));
    if (formula[k] == variable && alone) return true;
  }
  return false;
}

bool takes_sums(const engine::Op& op) { return op.kind == OpKind::reduction || op.kind == OpKind::contraction; }

}  // namespace

std::size_t largest_rank(const Graph& graph) {
  std::size_t rank = 0;
  for (NodeId node = 0; node < boost::num_vertices(graph); ++node) rank = std::max(rank, graph[node].shape.size());
  return rank;
}

std::int64_t forward_sweeps(const Graph& graph) {
  const std::size_t rank = largest_rank(graph);
  std::int64_t sweeps = 0;
  for (NodeId node = 0; node < boost::num_vertices(graph); ++node) {
    if (graph[node].op == nullptr || graph[node].op->kind == OpKind::movement) continue;
    bool touches = graph[node].shape.size() == rank;
    for (const NodeId operand : engine::operands_of(graph, node))
      touches = touches || graph[operand].shape.size() == rank;
    if (touches) ++sweeps;
  }
  return sweeps;
}

std::int64_t scalar_operations(const Graph& graph, NodeId first) {
  std::int64_t operations = 0;
  for (NodeId node = first; node < boost::num_vertices(graph); ++node) {
    const Node& what = graph[node];
    if (what.op == nullptr) continue;
    const auto operands = engine::operands_of(graph, node);
    switch (what.op->kind) {
      case OpKind::movement:
        break;
      case OpKind::reduction:
        operations += engine::element_count(graph[operands.front()].shape);
        break;
      case OpKind::contraction: {
        const auto letters =
            engine::letters_of(engine::attributes_as<engine::ContractionPattern>(what.attributes, "cost"));
        std::map<char, std::int64_t> lengths;
        for (std::size_t k = 0; k < letters.a.size(); ++k) lengths[letters.a[k]] = graph[operands.front()].shape[k];
        for (std::size_t k = 0; k < letters.b.size(); ++k) lengths[letters.b[k]] = graph[operands.back()].shape[k];
        std::int64_t products = 1;
        for (const auto& [letter, length] : lengths) products *= length;
        operations += 2 * products;
        break;
      }
      default:
        operations += engine::element_count(what.shape);
    }
  }
  return operations;
}

void BackwardCost::save(NodeId node) {
  if (is_largest(node)) saved_.insert(node);
}

void BackwardCost::on_contribution(const engine::Contribution& contribution) {
  const Node& node = graph_[contribution.node];
  const std::string_view derivative = node.op->derivative[static_cast<std::size_t>(contribution.position)];
  const auto operands = engine::operands_of(graph_, contribution.node);
  if (mentions(derivative, 'x') || mentions(derivative, 'a')) save(operands.front());
  if (mentions(derivative, 'b')) save(operands.back());
  if (mentions(derivative, 'y')) save(contribution.node);

  const bool touches = is_largest(contribution.node) || is_largest(contribution.operand);
  // A derivative of 1 between equal shapes hands the cotangent on as it is.
  const bool is_free =
      node.op->kind == OpKind::movement || (derivative == "1" && node.shape == graph_[contribution.operand].shape);
  if (touches && !is_free) ++sweeps_;
  if (++contributions_[contribution.operand] > 1 && is_largest(contribution.operand)) ++sweeps_;
}

Cost fused_cost(const Graph& graph, NodeId first, const std::set<NodeId>& given, const std::vector<NodeId>& results) {
  const std::size_t rank = largest_rank(graph);
  const auto is_largest = [&](NodeId node) { return graph[node].shape.size() == rank; };

  // Only what the results need.
  std::vector<NodeId> pending = results;
  std::set<NodeId> needed;  // ascending: a topological order
  std::set<NodeId> saved;
  while (!pending.empty()) {
    const NodeId node = pending.back();
    pending.pop_back();
    if (node < first || given.contains(node)) {
      if (!given.contains(node) && is_largest(node)) saved.insert(node);
      continue;
    }
    if (!needed.insert(node).second) continue;
    for (const NodeId operand : engine::operands_of(graph, node)) pending.push_back(operand);
  }

  std::map<NodeId, int> level;  // how many sums one after the other stand before the node
  std::set<int> swept;
  for (const NodeId node : needed) {
    int own = 0;
    bool touches = is_largest(node);
    for (const NodeId operand : engine::operands_of(graph, node)) {
      touches = touches || is_largest(operand);
      const auto before = level.find(operand);
      if (before == level.end()) continue;
      const engine::Op* const op = graph[operand].op;
      const auto sources = engine::operands_of(graph, operand);
      const bool waits = op != nullptr && takes_sums(*op) && std::ranges::any_of(sources, is_largest);
      own = std::max(own, before->second + (waits ? 1 : 0));
    }
    level[node] = own;
    if (touches && graph[node].op != nullptr && graph[node].op->kind != OpKind::movement) swept.insert(own);
  }
  return {static_cast<std::int64_t>(swept.size()), static_cast<std::int64_t>(saved.size())};
}

}  // namespace chalktape::roads
