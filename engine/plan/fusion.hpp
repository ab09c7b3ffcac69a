// What a schedule is made from: for each node of a graph, whether it is computed in a loop, over which indices, and
// which of its operands it can read from the same loop.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "engine/tape/graph.hpp"

namespace chalktape::engine {

/// A node as a loop program sees it.
struct FusedValue {
  enum class Kind {
    unneeded,  ///< no output depends on it
    leaf,      ///< an input, a constant, or what depends on constants only
    view,      ///< other strides over the memory of `base`
    call,      ///< an op on whole tensors
    map,       ///< an elementwise op, for every tuple of the first `depth` indices of its space
    reduce,    ///< likewise, with a result for every tuple of the first `result_depth`
  };
  /// An operand of a map or reduce, or of a call.
  struct Use {
    NodeId base = 0;     ///< no view
    Strides strides;     ///< over the loop's first `depth` axes; of a call, over the operand's axes
    bool fused = false;  ///< the same loop can compute it and read it without memory
  };

  Kind kind = Kind::unneeded;
  NodeId base = 0;  ///< itself unless a view
  Strides strides;  ///< over the node's own axes, in the memory of `base`
  Shape space;      ///< the loop's extents: the shape without axes of length 1
  int depth = 0;
  int result_depth = 0;
  bool in_tile = false;    ///< a reduction over the last axes, few enough to fit in a tile
  Strides result_strides;  ///< of a reduction: over the first `depth` axes, 0 along those reduced
  std::vector<Use> uses;
  int stage = 0;        ///< how many loops or calls must have ended before it can be computed
  bool stored = false;  ///< must have memory: an output, or read from another loop
};

/// Rows of at most this many entries are kept in a tile while they are reduced and read again.
inline constexpr std::int64_t kLongestRow = 8192;

/// Which reductions over the last axes leave a loop their result while it runs.
struct RowLimits {
  std::int64_t longest = kLongestRow;
  bool whole_arrays = true;  ///< also those over all axes
};
/// For a program whose loops run over rows of any length: printed source, not tiles.
inline constexpr RowLimits any_row{std::numeric_limits<std::int64_t>::max(), false};

/// One value a node. Outputs that would be leaves or views are replaced by copies of them, new nodes of the graph.
/// O(V+E).
[[nodiscard]] std::vector<FusedValue> analyse_fusion(Graph& graph, std::span<const NodeId> inputs,
                                                     std::vector<NodeId>& outputs, const RowLimits& rows = {});

}  // namespace chalktape::engine
