#include "engine/tape/tape.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include <boost/functional/hash.hpp>
#include <fmt/format.h>

#include "engine/tape/node_checks.hpp"
#include "engine/tape/recorded.hpp"

namespace chalktape::engine {

const Tensor& Tape::value(NodeId node) const {
  if (node >= values_.size()) throw Error(fmt::format("tape: there is no node {}", node));
  return values_[node];
}

Tape::Tape() = default;

Tape::Tape(const Tape& other)
    : graph_(std::make_unique<Graph>(*other.graph_)), values_(other.values_), known_(other.known_) {}

Tape::Tape(Tape&& other) noexcept : Tape() { swap(other); }

Tape& Tape::operator=(const Tape& other) {
  if (this != &other) {
    Tape copy(other);
    swap(copy);
  }
  return *this;
}

Tape& Tape::operator=(Tape&& other) noexcept {
  Tape taken(std::move(other));
  swap(taken);
  return *this;
}

Tape::~Tape() { *place_ = nullptr; }

void Tape::swap(Tape& other) {
  graph_.swap(other.graph_);
  values_.swap(other.values_);
  known_.swap(other.known_);
  place_.swap(other.place_);
  *place_ = this;
  *other.place_ = &other;
}

void Recorded::throw_gone(std::string_view user) const {
  throw Error(fmt::format("{}: v{} is used after its tape is gone", user, node_));
}

NodeId Tape::append(Node node, Tensor value) {
  node.shape = value.shape();
  node.dtype = value.dtype();
  const NodeId id = boost::add_vertex(*graph_);
  (*graph_)[id] = std::move(node);
  values_.push_back(std::move(value));
  return id;
}

NodeId Tape::input(std::string name, Tensor value, bool differentiable) {
  Node node;
  node.role = NodeRole::input;
  node.name = std::move(name);
  node.requires_grad = differentiable;
  return append(std::move(node), std::move(value));
}

NodeId Tape::constant(Tensor value, std::string name) {
  Node node;
  node.role = NodeRole::constant;
  if (!name.empty() || value.size() != 1) {
    node.name = std::move(name);
    return append(std::move(node), std::move(value));
  }
  const auto bits = std::bit_cast<std::uint64_t>(value.item());  // so that 0 and −0 stay apart
  std::size_t hash = boost::hash_value(bits);
  boost::hash_combine(hash, value.rank());
  const auto [first, last] = known_.equal_range(hash);
  for (auto known = first; known != last; ++known) {
    const Tensor& other = values_[known->second];
    if ((*graph_)[known->second].role == NodeRole::constant && other.dtype() == value.dtype() &&
        other.shape() == value.shape() && std::bit_cast<std::uint64_t>(other.item()) == bits) {
      return known->second;
    }
  }
  node.literal = dispatch(value.dtype(), [&]<class T>() { return fmt::format("{}", static_cast<T>(value.item())); });
  const NodeId id = append(std::move(node), std::move(value));
  known_.emplace(hash, id);
  return id;
}

NodeId Tape::apply(std::string_view op, std::span<const NodeId> operands, const Attributes& attributes) {
  return apply(op_named(op), operands, attributes);
}

NodeId Tape::apply(const Op& op, std::span<const NodeId> operands, const Attributes& attributes) {
  if (static_cast<int>(operands.size()) != op.arity) {
    throw Error(
        fmt::format("{}: takes {} operand{}, not {}", op.name, op.arity, op.arity == 1 ? "" : "s", operands.size()));
  }
  require_nodes(*graph_, operands);
  std::size_t hash = boost::hash_value(&op);
  boost::hash_combine(hash, hash_value(attributes));
  boost::hash_range(hash, operands.begin(), operands.end());
  const auto [first, last] = known_.equal_range(hash);
  for (auto known = first; known != last; ++known) {
    const Node& node = (*graph_)[known->second];
    if (node.op != &op || node.attributes != attributes) continue;
    const auto edges = boost::make_iterator_range(boost::in_edges(known->second, *graph_));
    const auto is_from = [&](const auto& edge, NodeId operand) { return boost::source(edge, *graph_) == operand; };
    if (std::equal(edges.begin(), edges.end(), operands.begin(), operands.end(), is_from)) return known->second;
  }

  operands_.clear();
  std::array<Shape, 2> shapes;  // no op has more operands
  Node node;
  for (const NodeId operand : operands) {
    const Tensor& value = values_[operand];
    shapes.at(operands_.size()) = value.shape();
    operands_.push_back(value);
    node.requires_grad = node.requires_grad || (*graph_)[operand].requires_grad;
    if (value.dtype() != operands_.front().dtype()) {
      throw Error(fmt::format("{}: operands of dtype {} and {} (shapes {} and {})", op.name,
                              name_of(operands_.front().dtype()), name_of(value.dtype()), to_text(shapes[0]),
                              to_text(shapes[1])));
    }
  }
  // Complains before anything is computed.
  static_cast<void>(op.result_shape(std::span(shapes).first(operands.size()), attributes));
  node.op = &op;
  node.attributes = attributes;
  node.requires_grad = node.requires_grad && op.passes_gradient;
  const NodeId id = append(std::move(node), op.forward(operands_, attributes));
  operands_.clear();
  for (std::size_t position = 0; position < operands.size(); ++position) {
    boost::add_edge(operands[position], id, OperandEdge{static_cast<int>(position)}, *graph_);
  }
  known_.emplace(hash, id);
  return id;
}

void Tape::set_name(NodeId node, std::string name) {
  require_nodes(*graph_, std::array{node});
  if ((*graph_)[node].name.empty()) (*graph_)[node].name = std::move(name);
}

std::vector<Tensor> Tape::replay(std::span<const std::pair<NodeId, Tensor>> replacements, Stops stops) const {
  std::vector<Tensor> values(values_.begin(), values_.end());
  std::vector<char> changed(values.size(), 0);
  for (const auto& [node, value] : replacements) {
    require_nodes(*graph_, std::array{node});
    if ((*graph_)[node].role == NodeRole::result) {
      throw Error(fmt::format("replay: '{}' is the result of an op", display_name(*graph_, node)));
    }
    require_fitting(*graph_, node, value.shape(), value.dtype(), "replay: the new value");
    values[node] = value;
    changed[node] = 1;
  }
  static const Op& stop_gradient = op_named("stop_gradient");
  for (NodeId node = 0; node < values.size(); ++node) {  // the order of recording is topological
    const Node& at = (*graph_)[node];
    if (at.op == nullptr || (stops == Stops::freeze && at.op == &stop_gradient)) continue;
    const std::vector<NodeId> operands = operands_of(*graph_, node);
    if (std::none_of(operands.begin(), operands.end(), [&](NodeId operand) { return changed[operand] != 0; })) continue;
    std::vector<Tensor> operand_values;
    for (const NodeId operand : operands) operand_values.push_back(values[operand]);
    values[node] = at.op->forward(operand_values, at.attributes);
    changed[node] = 1;
  }
  return values;
}

}  // namespace chalktape::engine
