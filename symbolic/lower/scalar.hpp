// Numbers that are known when a formula is lowered: literals, sizes, π, and what is computed of them.
#pragma once

#include <string>

#include "symbolic/language/expression.hpp"

namespace chalktape::lower {

/// A known number and how it was written, which names its node ("2/N").
struct Scalar {
  double value = 1;
  std::string text = "1";
  int precedence = 3;     ///< of the text: 0 sum, 1 product, 2 power, 3 atom
  bool symbolic = false;  ///< whether the text mentions a size or π

  [[nodiscard]] bool is(double number) const { return value == number && !symbolic; }
};

[[nodiscard]] Scalar scalar_number(double value, std::string text);
[[nodiscard]] Scalar scalar_symbol(double value, std::string text);
[[nodiscard]] Scalar negated(const Scalar& a);
/// `kind` is add, subtract, multiply, divide or power. Throws Error where the result is not finite.
[[nodiscard]] Scalar combined(language::Kind kind, const Scalar& a, const Scalar& b);

}  // namespace chalktape::lower
