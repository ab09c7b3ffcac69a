// How the statements of one fused loop become nested loops: what stands between them, and in which pass over an axis
// each value is computed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "engine/plan/loops.hpp"

namespace chalktape::emit {

/// A reduction as nested loops do it. Its accumulator lives outside the loop over axis `anchor`, the first that is
/// reduced, and has an entry for every index of the kept axes behind it.
struct NestedReduction {
  std::size_t anchor = 0;
  std::vector<std::size_t> kept;     ///< axes behind the anchor that are not reduced
  std::vector<std::size_t> reduced;  ///< the others
  /// Its terms are added up along the innermost loop, from the loop over this axis inwards, before they join the
  /// accumulator; none where the innermost loop keeps its index or lies deeper than the terms.
  std::optional<std::size_t> row;
};

[[nodiscard]] bool is_reduction(const engine::Statement& statement);
[[nodiscard]] NestedReduction nested(const engine::Statement& statement, std::size_t rank);

/// The statements inside the loops over the first `level` axes, in passes over the next axis: a value that a reduction
/// over that axis gives is there for the passes behind it only.
struct Passes {
  std::map<int, int> straight;            ///< statements of this depth, and the pass before which each is computed
  std::map<int, std::set<int>> computed;  ///< deeper statements, and the passes that compute them
  std::map<int, std::set<int>> loaded;    ///< deeper statements, and the passes that read what an earlier one stored
  int count = 0;
};

/// A value that a later pass needs again is computed again, unless it is stored anyway, takes a function of the C
/// library, or is a reduction's.
[[nodiscard]] Passes passes_of(const engine::Loop& loop, const std::vector<int>& active, std::size_t level);

/// Whether computing it again costs more than keeping it.
[[nodiscard]] bool is_expensive(const engine::Statement& statement);

}  // namespace chalktape::emit
