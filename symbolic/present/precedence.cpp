#include "symbolic/present/precedence.hpp"

namespace chalktape::present {

using language::Expression;
using language::Kind;

Precedence precedence_of(const Expression& expression) {
  switch (expression.kind) {
    case Kind::add:
    case Kind::subtract:
      return Precedence::sum;
    case Kind::multiply:
    case Kind::divide:
      return Precedence::product;
    case Kind::negate:
      return Precedence::sign;
    case Kind::power:
      return Precedence::power;
    default:
      return Precedence::atom;
  }
}

bool needs_parentheses(const Expression& parent, std::size_t position) {
  const Expression& operand = *parent.operands[position];
  const Precedence inner = precedence_of(operand);
  const bool is_right = position > 0;
  switch (parent.kind) {
    case Kind::add:
    case Kind::subtract:
      return is_right && (inner == Precedence::sum || inner == Precedence::sign);
    case Kind::multiply:
    case Kind::divide:
      return inner == Precedence::sum || (is_right && (inner == Precedence::product || inner == Precedence::sign));
    case Kind::negate:
      return inner == Precedence::sum || inner == Precedence::product || inner == Precedence::sign;
    case Kind::power:
      // `^` associates right; a sign in an exponent could stand bare but reads badly.
      return is_right ? inner < Precedence::power : inner <= Precedence::power;
    default:
      return false;
  }
}

}  // namespace chalktape::present
