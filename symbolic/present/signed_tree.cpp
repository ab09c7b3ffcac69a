#include "symbolic/present/signed_tree.hpp"

namespace chalktape::present {

using language::Expr;
using language::Kind;

Expr negated(const Expr& e) {
  if (e->kind == Kind::multiply || e->kind == Kind::divide) {
    return language::binary(e->kind, negated(e->operands[0]), e->operands[1]);
  }
  return language::negate(e);
}

SignedTree without_sign(const Expr& e) {
  if (e->kind == Kind::negate) return {true, e->operands[0]};
  if (e->kind == Kind::multiply || e->kind == Kind::divide) {
    const SignedTree first = without_sign(e->operands[0]);
    if (first.negative) return {true, language::binary(e->kind, first.tree, e->operands[1])};
  }
  return {false, e};
}

}  // namespace chalktape::present
