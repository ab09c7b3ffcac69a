// How tightly each kind of expression binds, and with it where parentheses stand.
#pragma once

#include <optional>
#include <string>

#include "symbolic/language/expression.hpp"

namespace chalktape::present {

/// From loose to tight; an operand looser than its place needs parentheses.
enum class Precedence { sum, product, sign, power, atom };

[[nodiscard]] Precedence precedence_of(const language::Expression& expression);

/// Whether an operand of `+ - * /`, unary minus or `^` needs parentheses in linear text. `position` is 0 for the
/// left (or only) operand, 1 for the right one.
[[nodiscard]] bool needs_parentheses(const language::Expression& parent, std::size_t position);
/// Whether what stands behind a sum's sign needs them.
[[nodiscard]] bool body_needs_parentheses(const language::Expression& body);

// In two dimensions (LaTeX, MathML), where a fraction's bar holds it together and exponents stand above.

/// The same there. `goes_on`: a factor follows, which an open sum would swallow.
[[nodiscard]] bool needs_typeset_parentheses(const language::Expression& parent, std::size_t position, bool goes_on);
/// What stands at the expression's left end, without parentheses around it.
[[nodiscard]] bool begins_with_digit(const language::Expression& expression);
/// Whether an exponent may stand right behind the expression, if its name has no superscript of its own.
[[nodiscard]] bool takes_exponent(const language::Expression& expression);
/// A fraction of single things, which stands on one line in an exponent: -1/2.
[[nodiscard]] bool is_flat_fraction(const language::Expression& exponent);

/// 2.5e-3 is 2.5 times ten to the -3.
struct ScientificNumber {
  std::string mantissa, exponent;
  [[nodiscard]] bool is_power_of_ten() const { return mantissa == "1"; }
};
/// Nothing where the number is written without an exponent.
[[nodiscard]] std::optional<ScientificNumber> scientific(const std::string& written);

}  // namespace chalktape::present
