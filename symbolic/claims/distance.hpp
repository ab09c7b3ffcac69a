// How far two formulas are apart.
#pragma once

#include "symbolic/language/expression.hpp"

namespace chalktape::claims {

/// The number of nodes of a formula.
[[nodiscard]] int nodes_of(const language::Expr& e);

/// How many nodes are put in, taken away or changed between the two; an operation that comes or goes with an operand
/// does not count, nor does more than one change of an exponent or of the order of two operands. Time and memory are
/// the product of their sizes where they differ.
[[nodiscard]] int changed_nodes(const language::Expr& from, const language::Expr& to);

}  // namespace chalktape::claims
