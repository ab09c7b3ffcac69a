// What a rewriting changed: the parts in which two formulas differ.
#pragma once

#include <vector>

#include "symbolic/language/expression.hpp"

namespace chalktape::present {

/// Nodes of the two trees, none inside another one of the same tree.
struct Difference {
  std::vector<const language::Expression*> before, after;
};

/// The smallest parts that this comparison can tell apart: terms of sums and factors of products are compared as they
/// are, whatever their order, and what is left of both is compared in turn. Empty for equal trees. Where something
/// vanished or came in, one side may be empty. O(size²).
[[nodiscard]] Difference difference(const language::Expr& before, const language::Expr& after);

/// The same tree, in which every node stands once: its nodes can be told apart by their addresses.
[[nodiscard]] language::Expr unshared(const language::Expr& e);

}  // namespace chalktape::present
