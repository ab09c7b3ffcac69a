// The tape's two sweeps in numbers, node by node, as one would do them by hand.
#pragma once

#include <string>

#include "symbolic/roads/problem.hpp"

namespace chalktape::roads {

/// Forward: each node's name, formula and value. Backward: each node's cotangent once it is complete, then what it
/// passes on to each operand (the local derivative with the operands' names, the contribution, and the sum so far where
/// several paths meet). Last, the gradients. `unicode`: names and signs as mathematics. Throws Error where a tensor has
/// more than 1000 entries, lower::Error or engine::Error.
[[nodiscard]] std::string trace(const Problem& problem, bool unicode);

}  // namespace chalktape::roads
