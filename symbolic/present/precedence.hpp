// How tightly each kind of expression binds, and with it where parentheses stand.
#pragma once

#include "symbolic/language/expression.hpp"

namespace chalktape::present {

/// From loose to tight; an operand looser than its place needs parentheses.
enum class Precedence { sum, product, sign, power, atom };

[[nodiscard]] Precedence precedence_of(const language::Expression& expression);

/// Whether an operand of `+ - * /`, unary minus or `^` needs parentheses in linear text. `position` is 0 for the
/// left (or only) operand, 1 for the right one.
[[nodiscard]] bool needs_parentheses(const language::Expression& parent, std::size_t position);

}  // namespace chalktape::present
