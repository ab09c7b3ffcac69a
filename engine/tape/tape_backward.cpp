// The backward sweep, in numbers and recorded.
#include <array>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/tape/node_checks.hpp"
#include "engine/tape/recorded.hpp"
#include "engine/tape/tape.hpp"
#include "engine/tensor/strided_loop.hpp"
#include "engine/tensor/tensor_functions.hpp"

namespace chalktape::engine {

namespace {

// Cotangents of the nodes of a backward sweep, by their place in its order.
template <class V>
class Sweep {
 public:
  Sweep(const Graph& graph, std::span<const std::pair<NodeId, V>> upstream_gradients,
        std::span<const NodeId> with_respect_to)
      : graph_(graph) {
    std::vector<NodeId> outputs;
    for (const auto& [output, gradient] : upstream_gradients) outputs.push_back(output);
    order_ = backward_order(graph, outputs, with_respect_to);
    slots_.assign(boost::num_vertices(graph), nowhere);
    for (std::size_t k = 0; k < order_.size(); ++k) slots_[order_[k]] = k;
    cotangents_.resize(order_.size());
    for (const NodeId node : with_respect_to) asked_.push_back(node);
    std::sort(asked_.begin(), asked_.end());
    for (const auto& [output, gradient] : upstream_gradients) {
      if (!visits(output)) continue;
      std::optional<V>& place = cotangent(output);
      place = place ? *place + gradient : gradient;
    }
  }

  [[nodiscard]] bool visits(NodeId node) const { return slots_[node] != nowhere; }
  [[nodiscard]] std::optional<V>& cotangent(NodeId node) { return cotangents_[slots_[node]]; }

  // Calls pull(node, operands, cotangent) for each node in order; it adds to the operands' cotangents. The cotangent
  // is no longer held by anyone else then, unless it was asked for. Returns those of the nodes that were asked for.
  template <class Pull>
  std::map<NodeId, V> run(Pull pull) {
    std::map<NodeId, V> result;
    std::vector<NodeId> operands;
    for (const NodeId node : order_) {
      V own = std::move(*cotangent(node));
      cotangent(node).reset();
      if (std::binary_search(asked_.begin(), asked_.end(), node)) result.emplace(node, own);
      operands.clear();
      const Op* const op = graph_[node].op;
      if (op != nullptr && op->passes_gradient) {
        for (const auto edge : boost::make_iterator_range(boost::in_edges(node, graph_))) {
          operands.push_back(boost::source(edge, graph_));
        }
      }
      pull(node, operands, std::move(own));
    }
    return result;
  }

 private:
  static constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
  const Graph& graph_;
  std::vector<NodeId> order_;
  std::vector<NodeId> asked_;
  std::vector<std::size_t> slots_;
  std::vector<std::optional<V>> cotangents_;
};

void require_differentiable(const Graph& graph, std::span<const NodeId> with_respect_to) {
  require_nodes(graph, with_respect_to);
  for (const NodeId node : with_respect_to) {
    if (graph[node].role != NodeRole::result && !graph[node].requires_grad) {
      throw Error(fmt::format("gradient with respect to '{}', which is not differentiable", display_name(graph, node)));
    }
  }
}

// Complains about the first node asked for that the sweep did not reach: names it and the outputs.
template <class V>
void require_paths(const Graph& graph, std::span<const NodeId> with_respect_to, const std::map<NodeId, V>& reached,
                   std::span<const std::pair<NodeId, V>> upstream_gradients) {
  for (const NodeId node : with_respect_to) {
    if (reached.contains(node)) continue;
    std::vector<NodeId> outputs;
    std::vector<std::string> names;
    for (const auto& [output, gradient] : upstream_gradients) {
      outputs.push_back(output);
      names.push_back(fmt::format("'{}'", display_name(graph, output)));
    }
    const bool is_stopped = depends_on(graph, outputs, node);
    throw Error(fmt::format("backward: no gradient flows from {} to '{}' {}: {}", fmt::join(names, ", "),
                            display_name(graph, node), to_text(graph[node].shape),
                            is_stopped ? "every path between them has an op that passes none (stop_gradient, step)"
                                       : "there is no path between them"));
  }
}

// One operand's pullback of a node.
struct Pullback {
  const Node& node;
  std::span<const Tensor> operands;
  const Tensor& y;
  int position;

  [[nodiscard]] Tensor of(const Tensor& g) const {
    return node.op->pullback(g, operands, y, position, node.attributes);
  }
  // total += contribution, in place where that can be: in the total's memory, or, if nobody needs g any more, in g's.
  // The same bits as *total + of(g).
  void add_to(std::optional<Tensor>& total, Tensor& g, bool g_is_done) const {
    const auto k = static_cast<std::size_t>(position);
    const bool is_whole = node.op->pullback_into != nullptr && operands[k].shape() == g.shape();
    if (!total) {
      const bool is_g = node.op->derivative[k] == "1";  // nothing to compute
      if (is_whole && !is_g && g_is_done && g.is_unshared() && g.is_contiguous()) {
        node.op->pullback_into(g, false, g, operands, y, position, node.attributes);
        total = std::move(g);
      } else {
        total = of(g);
      }
    } else if (!total->is_unshared() || !total->is_contiguous()) {
      total = *total + of(g);
    } else if (is_whole) {
      node.op->pullback_into(*total, true, g, operands, y, position, node.attributes);
    } else {
      const Tensor contribution = of(g);
      dispatch(g.dtype(), [&]<class T>() {
        map_into<T>(
            *total, [](T a, T b) { return a + b; }, *total, contribution);
      });
    }
  }
};

}  // namespace

const Tensor& Gradients::of(NodeId node) const {
  const auto found = gradients_.find(node);
  if (found == gradients_.end()) throw Error(fmt::format("the gradient of node {} was not asked for", node));
  return found->second;
}

Gradients Tape::backward(std::span<const std::pair<NodeId, Tensor>> upstream_gradients,
                         std::span<const NodeId> with_respect_to, BackwardObserver* observer, NoPath no_path) const {
  const Graph& graph = *graph_;
  require_differentiable(graph, with_respect_to);
  for (const auto& [output, gradient] : upstream_gradients) {
    require_nodes(graph, std::array{output});
    require_fitting(graph, output, gradient.shape(), gradient.dtype(), "upstream gradient");
  }
  Sweep<Tensor> sweep(graph, upstream_gradients, with_respect_to);
  std::vector<Tensor> values;
  const auto pull = [&](NodeId node, const std::vector<NodeId>& operands, Tensor g) {
    if (observer != nullptr) observer->on_complete(node, g);
    values.clear();
    for (const NodeId operand : operands) values.push_back(values_[operand]);
    const auto contribute = [&](std::size_t position, bool is_last) {
      if (!sweep.visits(operands[position])) return;
      const Pullback pullback{graph[node], values, values_[node], static_cast<int>(position)};
      std::optional<Tensor>& total = sweep.cotangent(operands[position]);
      if (observer == nullptr) {
        pullback.add_to(total, g, is_last);
        return;
      }
      const Tensor contribution = pullback.of(g);
      observer->on_contribution({node, static_cast<int>(position), operands[position], g, contribution});
      total = total ? *total + contribution : contribution;
    };
    // A broadcast operand's contribution is a small sum. It comes first, so that the other may overwrite g.
    const bool reversed =
        observer == nullptr && operands.size() == 2 && operands[0] != operands[1] && values[1].shape() != g.shape();
    for (std::size_t k = 0; k < operands.size(); ++k) {
      contribute(reversed ? operands.size() - 1 - k : k, k + 1 == operands.size());
    }
  };
  Gradients result;
  result.gradients_ = sweep.run(pull);
  if (no_path == NoPath::refuse) require_paths(graph, with_respect_to, result.gradients_, upstream_gradients);
  for (const NodeId node : with_respect_to) {
    if (!result.gradients_.contains(node)) {
      result.gradients_.emplace(node, Tensor::zeros(graph[node].shape, graph[node].dtype));
    }
  }
  return result;
}

std::vector<NodeId> Tape::record_backward(std::span<const std::pair<NodeId, NodeId>> upstream_gradients,
                                          std::span<const NodeId> with_respect_to, NoPath no_path) {
  require_differentiable(*graph_, with_respect_to);
  std::vector<std::pair<NodeId, Recorded>> upstream;
  for (const auto& [output, gradient] : upstream_gradients) {
    require_nodes(*graph_, std::array{output, gradient});
    require_fitting(*graph_, output, shape(gradient), dtype(gradient), "upstream gradient");
    upstream.emplace_back(output, Recorded(*this, gradient));
  }
  Sweep<Recorded> sweep(*graph_, upstream, with_respect_to);
  const auto pull = [&](NodeId node, const std::vector<NodeId>& operands, const Recorded& g) {
    std::vector<Recorded> recorded;
    for (const NodeId operand : operands) recorded.emplace_back(*this, operand);
    const Op* const op = (*graph_)[node].op;
    const Attributes attributes = (*graph_)[node].attributes;  // a copy: recording moves the graph's vertices
    for (std::size_t position = 0; position < operands.size(); ++position) {
      if (!sweep.visits(operands[position])) continue;
      const Recorded contribution =
          op->record_pullback(g, recorded, Recorded(*this, node), static_cast<int>(position), attributes);
      std::optional<Recorded>& total = sweep.cotangent(operands[position]);
      total = total ? *total + contribution : contribution;
    }
  };
  const std::map<NodeId, Recorded> reached = sweep.run(pull);
  if (no_path == NoPath::refuse) require_paths<Recorded>(*graph_, with_respect_to, reached, upstream);
  std::vector<NodeId> gradients;
  for (const NodeId node : with_respect_to) {
    const auto found = reached.find(node);
    gradients.push_back(found != reached.end() ? found->second.node()
                                               : constant(Tensor::zeros(shape(node), dtype(node))));
  }
  return gradients;
}

}  // namespace chalktape::engine
