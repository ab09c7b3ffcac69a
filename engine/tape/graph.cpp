#include "engine/tape/graph.hpp"

#include <algorithm>
#include <functional>

#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/copy.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <boost/graph/topological_sort.hpp>
#include <boost/pending/queue.hpp>
#include <fmt/format.h>

namespace chalktape::engine {

namespace {

using Edge = Graph::edge_descriptor;
using Colors = std::vector<boost::default_color_type>;

// Edges that gradients flow along.
struct PassesGradient {
  const Graph* graph = nullptr;
  bool operator()(Edge edge) const {
    const Op* op = (*graph)[boost::target(edge, *graph)].op;
    return op == nullptr || op->passes_gradient;
  }
};

// Vertices that both searches have reached.
struct ReachedByBoth {
  const Colors* first = nullptr;
  const Colors* second = nullptr;
  bool operator()(NodeId node) const {
    return (*first)[node] != boost::white_color && (*second)[node] != boost::white_color;
  }
};

template <class AnyGraph>
Colors reached_from(const AnyGraph& graph, std::span<const NodeId> sources, std::size_t count) {
  Colors colors(count, boost::white_color);
  boost::queue<NodeId> queue;
  boost::breadth_first_visit(graph, sources.begin(), sources.end(), queue, boost::default_bfs_visitor(),
                             boost::make_iterator_property_map(colors.begin(), get(boost::vertex_index, graph)));
  return colors;
}

}  // namespace

std::vector<NodeId> operands_of(const Graph& graph, NodeId node) {
  std::vector<NodeId> operands;
  for (const Edge edge : boost::make_iterator_range(boost::in_edges(node, graph))) {
    operands.push_back(boost::source(edge, graph));
  }
  return operands;
}

std::vector<NodeId> backward_order(const Graph& graph, std::span<const NodeId> outputs,
                                   std::span<const NodeId> with_respect_to) {
  const std::size_t count = boost::num_vertices(graph);
  const PassesGradient passes{&graph};
  const boost::filtered_graph<Graph, PassesGradient> flow(graph, passes);
  const Colors downstream = reached_from(flow, with_respect_to, count);
  const Colors upstream = reached_from(boost::make_reverse_graph(flow), outputs, count);

  const ReachedByBoth reached{&downstream, &upstream};
  const boost::filtered_graph<Graph, PassesGradient, ReachedByBoth> between(graph, passes, reached);
  Colors colors(count, boost::white_color);
  std::vector<NodeId> order;
  // Boost puts out each vertex after all that can be reached from it: consumers first, as backward needs them.
  boost::topological_sort(
      between, std::back_inserter(order),
      boost::color_map(boost::make_iterator_property_map(colors.begin(), get(boost::vertex_index, between))));
  return order;
}

std::vector<NodeId> nodes_between(const Graph& graph, std::span<const NodeId> inputs, std::span<const NodeId> outputs) {
  const std::size_t count = boost::num_vertices(graph);
  const Colors upstream = reached_from(boost::make_reverse_graph(graph), outputs, count);
  const Colors downstream = inputs.empty() ? upstream : reached_from(graph, inputs, count);
  const ReachedByBoth reached{&downstream, &upstream};
  std::vector<NodeId> nodes;
  const auto [first, last] = boost::vertices(graph);
  std::copy_if(first, last, std::back_inserter(nodes), reached);
  return nodes;
}

Graph pruned(const Graph& graph, std::span<const NodeId> nodes) {
  const auto is_kept = [&](NodeId node) { return std::binary_search(nodes.begin(), nodes.end(), node); };
  const boost::filtered_graph<Graph, boost::keep_all, std::function<bool(NodeId)>> kept(graph, {}, is_kept);
  std::vector<NodeId> copies(boost::num_vertices(graph));
  Graph result;
  boost::copy_graph(
      kept, result,
      boost::orig_to_copy(boost::make_iterator_property_map(copies.begin(), get(boost::vertex_index, graph))));
  return result;
}

Liveness liveness(const Graph& graph, std::span<const NodeId> outputs) {
  const std::size_t count = boost::num_vertices(graph);
  Liveness result;
  std::vector<std::int64_t> change(count + 1, 0);  // of the bytes in use, before the node is computed
  for (NodeId node = 0; node < count; ++node) {
    NodeId last = node;
    for (const Edge edge : boost::make_iterator_range(boost::out_edges(node, graph))) {
      last = std::max(last, boost::target(edge, graph));
    }
    if (std::find(outputs.begin(), outputs.end(), node) != outputs.end()) last = count;
    result.last_use.push_back(last);
    const std::int64_t bytes = element_count(graph[node].shape) * static_cast<std::int64_t>(size_of(graph[node].dtype));
    change[graph[node].role == NodeRole::result ? node : 0] += bytes;
    if (last < count) change[last + 1] -= bytes;
  }
  std::int64_t in_use = 0;
  for (NodeId node = 0; node < count; ++node) {
    in_use += change[node];
    if (in_use <= result.peak_bytes) continue;
    result.peak_bytes = in_use;
    result.peak_at = node;
  }
  return result;
}

std::optional<NodeId> find_node(const Graph& graph, std::string_view name) {
  const auto [first, last] = boost::vertices(graph);
  const auto found = std::find_if(first, last, [&](NodeId node) { return graph[node].name == name; });
  return found == last ? std::nullopt : std::optional(*found);
}

bool depends_on(const Graph& graph, std::span<const NodeId> outputs, NodeId node) {
  const Colors upstream = reached_from(boost::make_reverse_graph(graph), outputs, boost::num_vertices(graph));
  return upstream[node] != boost::white_color;
}

std::string display_name(const Graph& graph, NodeId node) {
  if (!graph[node].name.empty()) return graph[node].name;
  if (!graph[node].literal.empty()) return graph[node].literal;
  std::string name = fmt::format("v{}", node);
  const auto taken = [&](NodeId other) { return graph[other].name == name; };
  const auto [first, last] = boost::vertices(graph);
  while (std::any_of(first, last, taken)) name += '\'';
  return name;
}

}  // namespace chalktape::engine
