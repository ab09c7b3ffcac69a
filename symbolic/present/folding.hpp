// Trees with trivial arithmetic done: what 0 and 1 do to their neighbours, and where a minus stands. Nothing else is
// worked out, so that a reader finds every other number where the formula had it.
#pragma once

#include "symbolic/language/expression.hpp"

namespace chalktape::present {

/// The number 0.
[[nodiscard]] bool is_zero(const language::Expr& e);

/// −e, the minus in front: −(a·b) is (−a)·b, −(−a) is a, −0 is 0.
[[nodiscard]] language::Expr folded_negate(const language::Expr& e);

/// a + b, a − b, a·b, a/b or a^b, where 0 and 1 are left out as far as the laws of arithmetic let them: a + 0, a − 0,
/// 0·a, 1·a, 0/a, a/1, a^1, 1^a, and 0^n for a number n > 0. A term's minus becomes the sign between the terms.
[[nodiscard]] language::Expr folded(language::Kind kind, const language::Expr& a, const language::Expr& b);

/// The same node with other operands, folded.
[[nodiscard]] language::Expr folded(const language::Expression& node, std::vector<language::Expr> operands);

}  // namespace chalktape::present
