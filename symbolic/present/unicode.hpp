// Expressions as mathematics on one line, for a terminal that knows UTF-8.
#pragma once

#include <string>

#include "symbolic/language/expression.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/present/typesetting.hpp"

namespace chalktape::present {

/// `γⱼ·x̂ᵢⱼ + βⱼ`. A sum reaches to the end of its product; what does not fit that stands in parentheses. O(size).
[[nodiscard]] std::string to_unicode(const language::Expr& expression, const Typesetting& typesetting);

/// `μⱼ = 1/N·Σᵢ xᵢⱼ`.
[[nodiscard]] std::string to_unicode(const language::Definition& definition, const Typesetting& typesetting);

}  // namespace chalktape::present
