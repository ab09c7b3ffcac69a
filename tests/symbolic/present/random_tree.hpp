// Random expressions in the names of one layer, for property tests.
#pragma once

#include <cstdint>

#include "symbolic/language/expression.hpp"
#include "symbolic/language/layer.hpp"

namespace chalktape {

/// A layer whose names cover every role: tensors, a scalar, definitions, a constant, sizes.
[[nodiscard]] language::Layer layer_of_random_trees();

/// A tree in that layer's names with about `size` nodes, all indices bound or free as the language wants them. The
/// same seed gives the same tree.
[[nodiscard]] language::Expr random_tree(std::uint32_t seed, int size);

}  // namespace chalktape
