// The computational graph: vertices are values, edges run from operand to result.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/graph/adjacency_list.hpp>

#include "engine/ops/registry.hpp"
#include "engine/tensor/attributes.hpp"
#include "engine/tensor/memory.hpp"
#include "engine/tensor/tensor.hpp"

namespace chalktape::engine {
/// Boost.Graph's name for vectors with SmallAllocator: a graph has two of them a vertex.
struct SmallVectorS {};
}  // namespace chalktape::engine

template <class T>
struct boost::container_gen<chalktape::engine::SmallVectorS, T> {
  using type = std::vector<T, chalktape::engine::SmallAllocator<T>>;
};
template <>
struct boost::parallel_edge_traits<chalktape::engine::SmallVectorS> {
  using type = boost::allow_parallel_edge_tag;
};

namespace chalktape::engine {

enum class NodeRole { input, constant, result };

struct Node {
  NodeRole role = NodeRole::result;
  const Op* op = nullptr;  ///< of a result; nullptr for inputs and constants
  Attributes attributes;
  Shape shape;
  DType dtype = DType::f64;
  std::string name;            ///< may be empty
  std::string literal;         ///< of an unnamed constant of one element: its value in decimal
  bool requires_grad = false;  ///< depends on a differentiable input through ops that pass gradients
};

struct OperandEdge {
  int position = 0;  ///< which operand of the target the source is
};

/// x*x has two parallel edges; all edges lie in one array, which costs fewer allocations than Boost's list. Vertices
/// are numbered in the order of recording, which is a topological order; in-edges stand in the order of their
/// positions.
using Graph = boost::adjacency_list<SmallVectorS, boost::vecS, boost::bidirectionalS, Node, OperandEdge,
                                    boost::no_property, boost::vecS>;
using NodeId = Graph::vertex_descriptor;

/// The operands of a node in order.
[[nodiscard]] std::vector<NodeId> operands_of(const Graph& graph, NodeId node);

/// The nodes that lie on a path from one of `with_respect_to` to one of `outputs` that no op interrupts (step and
/// stop_gradient do), each consumer before its operands: the order in which backward visits them. O(V + E).
[[nodiscard]] std::vector<NodeId> backward_order(const Graph& graph, std::span<const NodeId> outputs,
                                                 std::span<const NodeId> with_respect_to);

/// The nodes on a path from one of `inputs` to one of `outputs`, both included, in the order of recording; without
/// inputs, all that the outputs are computed from. O(V + E).
[[nodiscard]] std::vector<NodeId> nodes_between(const Graph& graph, std::span<const NodeId> inputs,
                                                std::span<const NodeId> outputs);
/// The graph of these nodes (ascending, distinct) and the edges between them; nodes[k] is its vertex k. O(V + E).
[[nodiscard]] Graph pruned(const Graph& graph, std::span<const NodeId> nodes);

/// How long values are needed when a graph is evaluated in the order of recording.
struct Liveness {
  std::vector<NodeId> last_use;  ///< of each node, its last consumer; num_vertices for outputs, itself if never used
  std::int64_t peak_bytes = 0;   ///< the most that values take at once: what any evaluation in this order needs
  NodeId peak_at = 0;            ///< the node during whose computation that is (the first one)
};
/// Every value counts with all its elements, also where the tape keeps a view. Inputs and constants live from the
/// beginning to their last use. O(V + E).
[[nodiscard]] Liveness liveness(const Graph& graph, std::span<const NodeId> outputs);

/// The first node of that name, if there is one. O(V).
[[nodiscard]] std::optional<NodeId> find_node(const Graph& graph, std::string_view name);

/// Whether one of `outputs` is `node` or is computed from it. O(V + E).
[[nodiscard]] bool depends_on(const Graph& graph, std::span<const NodeId> outputs, NodeId node);

/// The node's name, or a constant's literal, or a generated name ("v3" for node 3, primes added while a named node has
/// that name).
[[nodiscard]] std::string display_name(const Graph& graph, NodeId node);

}  // namespace chalktape::engine
