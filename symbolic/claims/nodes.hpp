// Nodes that edits put into a formula.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "symbolic/language/expression.hpp"
#include "symbolic/notation/algebra.hpp"

namespace chalktape::claims {

inline language::Expr with_name(const language::Expr& e, const std::string& name, language::Role role) {
  language::Expression changed = *e;
  changed.name = name;
  changed.role = role;
  return std::make_shared<const language::Expression>(std::move(changed));
}

/// A number as the language writes it: `3/2`, `-1/2`.
inline language::Expr fraction(const GiNaC::numeric& n) {
  language::Expr numerator = language::number(std::to_string(std::labs(n.numer().to_long())));
  if (n.is_negative()) numerator = language::negate(std::move(numerator));
  if (n.is_integer()) return numerator;
  return language::binary(language::Kind::divide, std::move(numerator),
                          language::number(std::to_string(n.denom().to_long())));
}

inline language::Expr powered(const language::Expr& base, const GiNaC::numeric& exponent) {
  if (exponent == GiNaC::numeric(1)) return base;
  return language::binary(language::Kind::power, base, fraction(exponent));
}

}  // namespace chalktape::claims
