// What every use of a tape's nodes asks first.
#pragma once

#include <span>
#include <string_view>

#include <fmt/format.h>

#include "engine/tape/graph.hpp"

namespace chalktape::engine {

/// Throws Error unless a value of this shape and dtype can stand in for the node's; `what` says what the value is.
inline void require_fitting(const Graph& graph, NodeId output, const Shape& shape, DType dtype, std::string_view what) {
  const Node& node = graph[output];
  if (shape != node.shape || dtype != node.dtype) {
    throw Error(fmt::format("{} of '{}' has shape {} {}, not {} {}", what, display_name(graph, output), to_text(shape),
                            name_of(dtype), to_text(node.shape), name_of(node.dtype)));
  }
}

/// Throws Error if one of them is not a node.
inline void require_nodes(const Graph& graph, std::span<const NodeId> nodes) {
  for (const NodeId node : nodes) {
    if (node >= boost::num_vertices(graph)) throw Error(fmt::format("tape: there is no node {}", node));
  }
}

}  // namespace chalktape::engine
