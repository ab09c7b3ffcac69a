// Expressions in LaTeX's mathematics mode (amsmath loaded).
#pragma once

#include <string>

#include "symbolic/language/expression.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/present/typesetting.hpp"

namespace chalktape::present {

/// `\gamma_{j}\,\hat{x}_{ij} + \beta_{j}`. Quotients are fractions; a sum reaches to the end of its product. What is
/// shown is the layer's names and numbers only: the result holds no command that a `show` line could not. O(size).
[[nodiscard]] std::string to_latex(const language::Expr& expression, const Typesetting& typesetting);

/// `\mu_{j} = \frac{1}{N}\sum_{i=1}^{N} x_{ij}`.
[[nodiscard]] std::string to_latex(const language::Definition& definition, const Typesetting& typesetting);

}  // namespace chalktape::present
