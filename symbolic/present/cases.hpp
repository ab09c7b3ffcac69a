// The cases of a formula with deltas: what it is where i = k, and where it is not.
#pragma once

#include <vector>

#include "symbolic/language/expression.hpp"

namespace chalktape::present {

/// `a = b`, or `a ≠ b`.
struct Condition {
  language::Index a, b;
  bool equal = true;
};

struct Case {
  std::vector<Condition> where;  ///< all of them hold; empty means: in all other cases, and stands last
  language::Expr value;
};

/// The values that deltas between the `free` indices give e, in as few cases as these deltas need; together they cover
/// all indices, and no two of them overlap; several of one value, mostly 0, become the last. Where i = k, the one that
/// stands first in `free` is written for both. Deltas of bound indices stay. None where no delta ties two of the free
/// indices, or more than four do.
[[nodiscard]] std::vector<Case> cases_of(const language::Expr& e, const std::vector<language::Index>& free);

}  // namespace chalktape::present
