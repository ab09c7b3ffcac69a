// Expressions and layers in the language itself.
#pragma once

#include <string>

#include "symbolic/language/expression.hpp"
#include "symbolic/language/layer.hpp"

namespace chalktape::present {

/// The expression as the language writes it, on one line, with no more parentheses than reading needs: parsing it
/// gives an equal tree. A negated operand that is not the first stands in parentheses: `a*(-b)`. O(size).
[[nodiscard]] std::string to_text(const language::Expr& expression);

/// An index list: `[i,j]`, empty for no indices.
[[nodiscard]] std::string index_list(const std::vector<language::Index>& indices);

/// `mu[j] = mean[i](x[i,j])`.
[[nodiscard]] std::string to_text(const language::Definition& definition);

}  // namespace chalktape::present
