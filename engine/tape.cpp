#include "engine/tape.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>

#include <fmt/format.h>

#include "engine/recorded.hpp"
#include "engine/tensor_functions.hpp"

namespace chalktape::engine {

namespace {

// The sweep itself, for numbers (V = Tensor) and for recorded nodes (V = Recorded). `pull` gives a contribution,
// `finish` is told of each complete cotangent. Returns the cotangents of the nodes asked for that the sweep reached.
template <class V, class Pull, class Finish>
std::map<NodeId, V> sweep(const Graph& graph, std::span<const std::pair<NodeId, V>> upstream_gradients,
                          std::span<const NodeId> with_respect_to, Pull pull, Finish finish) {
  std::vector<NodeId> outputs;
  for (const auto& [output, gradient] : upstream_gradients) outputs.push_back(output);
  const std::vector<NodeId> order = backward_order(graph, outputs, with_respect_to);
  const std::vector<char> visited = [&] {
    std::vector<char> marks(boost::num_vertices(graph), 0);
    for (const NodeId node : order) marks[node] = 1;
    return marks;
  }();

  std::map<NodeId, V> cotangents;  // of nodes yet to be visited
  const auto accumulate = [&](NodeId node, const V& contribution) {
    const auto [place, is_first] = cotangents.emplace(node, contribution);
    if (!is_first) place->second = place->second + contribution;
  };
  for (const auto& [output, gradient] : upstream_gradients) {
    if (visited[output] != 0) accumulate(output, gradient);
  }

  std::map<NodeId, V> asked;
  for (const NodeId node : order) {
    const V cotangent = std::move(cotangents.extract(node).mapped());
    finish(node, cotangent);
    if (std::find(with_respect_to.begin(), with_respect_to.end(), node) != with_respect_to.end()) {
      asked.emplace(node, cotangent);
    }
    const Op* op = graph[node].op;
    if (op == nullptr || !op->passes_gradient) continue;
    const std::vector<NodeId> operands = operands_of(graph, node);
    for (std::size_t position = 0; position < operands.size(); ++position) {
      if (visited[operands[position]] == 0) continue;
      accumulate(operands[position], pull(node, operands, static_cast<int>(position), cotangent));
    }
  }
  return asked;
}

void require_fitting(const Graph& graph, NodeId output, const Shape& shape, DType dtype, std::string_view what) {
  const Node& node = graph[output];
  if (shape != node.shape || dtype != node.dtype) {
    throw Error(fmt::format("{} of '{}' has shape {} {}, not {} {}", what, display_name(graph, output), to_text(shape),
                            name_of(dtype), to_text(node.shape), name_of(node.dtype)));
  }
}

void require_nodes(const Graph& graph, std::span<const NodeId> nodes) {
  for (const NodeId node : nodes) {
    if (node >= boost::num_vertices(graph)) throw Error(fmt::format("tape: there is no node {}", node));
  }
}

void require_differentiable(const Graph& graph, std::span<const NodeId> with_respect_to) {
  require_nodes(graph, with_respect_to);
  for (const NodeId node : with_respect_to) {
    if (graph[node].role != NodeRole::result && !graph[node].requires_grad) {
      throw Error(fmt::format("gradient with respect to '{}', which is not differentiable", display_name(graph, node)));
    }
  }
}

}  // namespace

const Tensor& Gradients::of(NodeId node) const {
  const auto found = gradients_.find(node);
  if (found == gradients_.end()) throw Error(fmt::format("the gradient of node {} was not asked for", node));
  return found->second;
}

NodeId Tape::append(Node node, Tensor value) {
  node.shape = value.shape();
  node.dtype = value.dtype();
  values_.push_back(std::move(value));
  return boost::add_vertex(node, graph_);
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
  // By its bits, so that 0 and −0 stay apart.
  const std::string key = fmt::format("constant {} {} {:x}", name_of(value.dtype()), to_text(value.shape()),
                                      std::bit_cast<std::uint64_t>(value.item()));
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  node.literal = dispatch(value.dtype(), [&]<class T>() { return fmt::format("{}", static_cast<T>(value.item())); });
  const NodeId id = append(std::move(node), std::move(value));
  known_.emplace(key, id);
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
  require_nodes(graph_, operands);
  const std::string key = fmt::format("{} {} of {}", op.name, to_text(attributes), fmt::join(operands, ","));
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;

  std::vector<Tensor> values;
  std::vector<Shape> shapes;
  Node node;
  for (const NodeId operand : operands) {
    values.push_back(values_[operand]);
    shapes.push_back(graph_[operand].shape);
    node.requires_grad = node.requires_grad || graph_[operand].requires_grad;
    if (graph_[operand].dtype != graph_[operands[0]].dtype) {
      throw Error(fmt::format("{}: operands of dtype {} and {} (shapes {} and {})", op.name,
                              name_of(graph_[operands[0]].dtype), name_of(graph_[operand].dtype), to_text(shapes[0]),
                              to_text(shapes.back())));
    }
  }
  static_cast<void>(op.result_shape(shapes, attributes));  // complains before anything is computed
  node.op = &op;
  node.attributes = attributes;
  node.requires_grad = node.requires_grad && op.passes_gradient;
  const NodeId id = append(std::move(node), op.forward(values, attributes));
  for (std::size_t position = 0; position < operands.size(); ++position) {
    boost::add_edge(operands[position], id, OperandEdge{static_cast<int>(position)}, graph_);
  }
  known_.emplace(key, id);
  return id;
}

void Tape::set_name(NodeId node, std::string name) {
  if (graph_[node].name.empty()) graph_[node].name = std::move(name);
}

Gradients Tape::backward(std::span<const std::pair<NodeId, Tensor>> upstream_gradients,
                         std::span<const NodeId> with_respect_to, BackwardObserver* observer) const {
  require_differentiable(graph_, with_respect_to);
  for (const auto& [output, gradient] : upstream_gradients) {
    require_nodes(graph_, std::array{output});
    require_fitting(graph_, output, gradient.shape(), gradient.dtype(), "upstream gradient");
  }
  const auto pull = [&](NodeId node, const std::vector<NodeId>& operands, int position, const Tensor& cotangent) {
    std::vector<Tensor> values;
    for (const NodeId operand : operands) values.push_back(values_[operand]);
    const Node& at = graph_[node];
    Tensor contribution = at.op->pullback(cotangent, values, values_[node], position, at.attributes);
    if (observer != nullptr) {
      observer->on_contribution(
          {node, position, operands[static_cast<std::size_t>(position)], cotangent, contribution});
    }
    return contribution;
  };
  const auto finish = [&](NodeId node, const Tensor& cotangent) {
    if (observer != nullptr) observer->on_complete(node, cotangent);
  };
  Gradients result;
  result.gradients_ = sweep<Tensor>(graph_, upstream_gradients, with_respect_to, pull, finish);
  for (const NodeId node : with_respect_to) {
    if (!result.gradients_.contains(node)) {
      result.gradients_.emplace(node, Tensor::zeros(graph_[node].shape, graph_[node].dtype));
    }
  }
  return result;
}

std::vector<NodeId> Tape::record_backward(std::span<const std::pair<NodeId, NodeId>> upstream_gradients,
                                          std::span<const NodeId> with_respect_to) {
  require_differentiable(graph_, with_respect_to);
  std::vector<std::pair<NodeId, Recorded>> upstream;
  for (const auto& [output, gradient] : upstream_gradients) {
    require_nodes(graph_, std::array{output, gradient});
    require_fitting(graph_, output, graph_[gradient].shape, graph_[gradient].dtype, "upstream gradient");
    upstream.emplace_back(output, Recorded(*this, gradient));
  }
  const auto pull = [&](NodeId node, const std::vector<NodeId>& operands, int position, const Recorded& cotangent) {
    std::vector<Recorded> recorded;
    for (const NodeId operand : operands) recorded.emplace_back(*this, operand);
    const Op& op = *graph_[node].op;
    const Attributes attributes = graph_[node].attributes;  // a copy: recording moves the graph's vertices
    return op.record_pullback(cotangent, recorded, Recorded(*this, node), position, attributes);
  };
  const std::map<NodeId, Recorded> reached =
      sweep<Recorded>(graph_, upstream, with_respect_to, pull, [](NodeId, const Recorded&) {});
  std::vector<NodeId> gradients;
  for (const NodeId node : with_respect_to) {
    const auto found = reached.find(node);
    gradients.push_back(found != reached.end() ? found->second.node()
                                               : constant(Tensor::zeros(graph_[node].shape, graph_[node].dtype)));
  }
  return gradients;
}

std::vector<Tensor> Tape::replay(std::span<const std::pair<NodeId, Tensor>> replacements, Stops stops) const {
  std::vector<Tensor> values(values_.begin(), values_.end());
  std::vector<char> changed(values.size(), 0);
  for (const auto& [node, value] : replacements) {
    require_nodes(graph_, std::array{node});
    if (graph_[node].role == NodeRole::result) {
      throw Error(fmt::format("replay: '{}' is the result of an op", display_name(graph_, node)));
    }
    require_fitting(graph_, node, value.shape(), value.dtype(), "replay: the new value");
    values[node] = value;
    changed[node] = 1;
  }
  static const Op& stop_gradient = op_named("stop_gradient");
  for (NodeId node = 0; node < values.size(); ++node) {  // the order of recording is topological
    const Node& at = graph_[node];
    if (at.op == nullptr || (stops == Stops::freeze && at.op == &stop_gradient)) continue;
    const std::vector<NodeId> operands = operands_of(graph_, node);
    if (std::none_of(operands.begin(), operands.end(), [&](NodeId operand) { return changed[operand] != 0; })) continue;
    std::vector<Tensor> operand_values;
    for (const NodeId operand : operands) operand_values.push_back(values[operand]);
    values[node] = at.op->forward(operand_values, at.attributes);
    changed[node] = 1;
  }
  return values;
}

}  // namespace chalktape::engine
