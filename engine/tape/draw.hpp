// The graph as a picture and as text. Same graph and options, same bytes.
#pragma once

#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "engine/tape/graph.hpp"

namespace chalktape::engine {

/// Numbers in a node, row by row: its value and its gradient.
struct NodeNumbers {
  std::vector<std::vector<std::string>> value, gradient;
};

/// The arrow that carries a cotangent back from a result to one of its operands.
struct BackwardEdge {
  NodeId result = 0;
  NodeId operand = 0;
  int position = 0;

  friend bool operator<(const BackwardEdge& a, const BackwardEdge& b) {
    return std::tie(a.result, a.operand, a.position) < std::tie(b.result, b.operand, b.position);
  }
};

struct DrawOptions {
  std::string title;
  /// Draw the backward sweep from these outputs to `with_respect_to`: red edges against the forward ones, each labelled
  /// with the gradient it contributes to.
  bool backward = false;
  std::vector<NodeId> outputs;          ///< none: all nodes that nothing consumes
  std::vector<NodeId> with_respect_to;  ///< none: all differentiable inputs
  /// What to write for a node's shape ("N×D"); a node that is not listed shows its numbers ("128×64").
  std::map<NodeId, std::string> shapes;
  /// What to write for a node's name; a node that is not listed shows its display name.
  std::map<NodeId, std::string> names;
  /// A node that is listed shows these numbers too, the gradient's in the colour of the backward edges.
  std::map<NodeId, NodeNumbers> numbers;
  /// What to write at a backward edge (the local derivative, say); one that is not listed names the operand's gradient.
  std::map<BackwardEdge, std::string> backward_labels;
};

/// "dxhat" for a node named xhat, "dv3" for node 3 without a name.
[[nodiscard]] std::string gradient_name(const Graph& graph, NodeId node);
/// The graph in Graphviz' language. Names are escaped; they can be anything.
[[nodiscard]] std::string to_dot(const Graph& graph, const DrawOptions& options = {});
/// Laid out with Graphviz' `dot` and rendered as SVG, in this process. Throws Error if Graphviz fails.
[[nodiscard]] std::string to_svg(const Graph& graph, const DrawOptions& options = {});
/// One line a node: "v5 xhat = multiply(v3, v4) : N×D".
[[nodiscard]] std::string to_text(const Graph& graph, const DrawOptions& options = {});

}  // namespace chalktape::engine
