// Doubles as the numbers of check::Evaluator: what candidates for a repair are looked at in first, by the thousand.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <string>

#include "symbolic/check/fields.hpp"

namespace chalktape::claims {

/// Nothing is refused: what has no value is not a number, or infinite.
class Doubles {
 public:
  using Element = double;

  static Element from(const GiNaC::numeric& n) { return n.to_double(); }
  static Element from(std::int64_t n) { return static_cast<double>(n); }
  static Element add(Element a, Element b) { return a + b; }
  static Element subtract(Element a, Element b) { return a - b; }
  static Element multiply(Element a, Element b) { return a * b; }
  static Element divide(Element a, Element b) { return a / b; }
  static Element power(Element base, long numerator, long denominator) {
    if (denominator == 1 && numerator == 2) return base * base;
    if (denominator == 1 && numerator == -1) return 1 / base;
    if (denominator == 2 && numerator == 1) return std::sqrt(base);
    return std::pow(base, static_cast<double>(numerator) / static_cast<double>(denominator));
  }
  static Element power(Element base, Element exponent) { return std::pow(base, exponent); }
  /// Throws NotApplicable for what is no function of the language.
  static Element call(const std::string& function, std::span<const Element> arguments);
  static Element extremum(const std::string& reduction, std::span<const Element> entries);
  static Element pi() { return std::numbers::pi; }
  static bool is_zero(Element a) { return a == 0; }
};

}  // namespace chalktape::claims
