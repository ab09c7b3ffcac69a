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

bool needs_typeset_parentheses(const Expression& parent, std::size_t position, bool goes_on) {
  const Kind inner = parent.operands[position]->kind;
  if (inner == Kind::reduce) return goes_on;
  if (inner == Kind::divide && (parent.kind == Kind::multiply || parent.kind == Kind::negate)) return false;
  if (inner == Kind::multiply && parent.kind == Kind::negate) return false;
  return needs_parentheses(parent, position);
}

bool body_needs_parentheses(const Expression& body) {
  const Precedence inner = precedence_of(body);
  return inner == Precedence::sum || inner == Precedence::sign;
}

bool begins_with_digit(const Expression& expression) {
  if (expression.kind == Kind::number) return true;
  return (expression.kind == Kind::power || expression.kind == Kind::multiply) &&
         begins_with_digit(*expression.operands[0]);
}

bool takes_exponent(const Expression& expression) {
  switch (expression.kind) {
    case Kind::number:
      return !scientific(expression.name);
    case Kind::access:
      return expression.role != language::Role::gradient;
    case Kind::delta:
      return true;
    case Kind::call:
      return expression.name == "abs";
    default:
      return false;
  }
}

bool is_flat_fraction(const Expression& exponent) {
  const auto is_single = [](const Expression& e) { return e.kind == Kind::number || e.kind == Kind::access; };
  if (exponent.kind != Kind::divide || !is_single(*exponent.operands[1])) return false;
  const Expression& above = *exponent.operands[0];
  return above.kind == Kind::negate || is_single(above);
}

std::optional<ScientificNumber> scientific(const std::string& written) {
  const std::size_t mark = written.find_first_of("eE");
  if (mark == std::string::npos) return std::nullopt;
  const std::size_t digits = written[mark + 1] == '+' ? mark + 2 : mark + 1;
  return ScientificNumber{written.substr(0, mark), written.substr(digits)};
}

}  // namespace chalktape::present
