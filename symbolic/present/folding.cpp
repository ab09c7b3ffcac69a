#include "symbolic/present/folding.hpp"

#include "symbolic/notation/formula.hpp"
#include "symbolic/present/tree.hpp"

namespace chalktape::present {

using language::Expr;
using language::Expression;
using language::Kind;

namespace {

bool is_number(const Expr& e, int value) {
  return e->kind == Kind::number && notation::exact_number(e->name).is_equal(value);
}

bool is_positive_number(const Expr& e) {
  return e->kind == Kind::number && notation::exact_number(e->name).is_positive();
}

Expr folded_terms(Kind kind, const Expr& a, const Expr& b) {
  if (is_zero(b)) return a;
  if (is_zero(a)) return kind == Kind::add ? b : folded_negate(b);
  const Expr bare = without_minus(b);
  if (bare == b) return language::binary(kind, a, b);
  return language::binary(kind == Kind::add ? Kind::subtract : Kind::add, a, bare);
}

Expr folded_product(const Expr& a, const Expr& b) {
  if (is_zero(a)) return a;
  if (is_zero(b)) return b;
  if (is_number(a, 1)) return b;
  if (is_number(b, 1)) return a;
  if (a->kind == Kind::negate && is_number(a->operands[0], 1)) return folded_negate(b);
  const Expr bare = without_minus(b);
  return language::binary(Kind::multiply, bare == b ? a : folded_negate(a), bare);
}

Expr folded_power(const Expr& base, const Expr& exponent) {
  const bool stays = is_number(exponent, 1) || is_number(base, 1) || (is_zero(base) && is_positive_number(exponent));
  return stays ? base : language::binary(Kind::power, base, exponent);
}

}  // namespace

bool is_zero(const Expr& e) { return is_number(e, 0); }

Expr folded_negate(const Expr& e) {
  if (is_zero(e)) return e;
  if (Expr bare = without_minus(e); bare != e) return bare;
  const bool is_product = e->kind == Kind::multiply || e->kind == Kind::divide;
  return is_product ? language::binary(e->kind, folded_negate(e->operands[0]), e->operands[1]) : language::negate(e);
}

Expr folded(Kind kind, const Expr& a, const Expr& b) {
  switch (kind) {
    case Kind::multiply:
      return folded_product(a, b);
    case Kind::divide:
      return is_zero(a) || is_number(b, 1) ? a : language::binary(kind, a, b);
    case Kind::power:
      return folded_power(a, b);
    default:
      return folded_terms(kind, a, b);
  }
}

Expr folded(const Expression& node, std::vector<Expr> operands) {
  switch (node.kind) {
    case Kind::negate:
      return folded_negate(operands[0]);
    case Kind::add:
    case Kind::subtract:
    case Kind::multiply:
    case Kind::divide:
    case Kind::power:
      return folded(node.kind, operands[0], operands[1]);
    default: {
      Expression copy = node;
      copy.operands = std::move(operands);
      return std::make_shared<const Expression>(std::move(copy));
    }
  }
}

}  // namespace chalktape::present
