// Which forward values the backward function is handed, and which it computes again.
#pragma once

#include <string>
#include <vector>

#include "symbolic/emit/program.hpp"

namespace chalktape::emit {

struct SavedValues {
  std::vector<std::string> saved;    ///< kept by forward, in order of computation
  std::vector<std::string> outputs;  ///< returned anyway, and read by backward
  std::vector<std::string> recomputed;
};

/// Saved is what takes a reduction, a matrix product, or, for arrays of the layer's largest rank, a function of the C
/// library; the rest is a few operations an entry, less than reading it from memory costs. Of the values behind such a
/// function the one is chosen that leaves the fewest arrays of the largest rank to save.
[[nodiscard]] SavedValues choose_saved(const Program& program);

/// The most axes that a tensor or a forward value has.
[[nodiscard]] std::size_t largest_rank(const Program& program);

}  // namespace chalktape::emit
