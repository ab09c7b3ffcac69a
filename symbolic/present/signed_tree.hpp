// Trees whose sign has been taken off, for whoever puts them together.
#pragma once

#include "symbolic/language/expression.hpp"

namespace chalktape::present {

struct SignedTree {
  bool negative = false;
  language::Expr tree;

  /// Numbers and deltas are what people write a sum around: 1 − y, N δ − 1.
  [[nodiscard]] bool is_anchor() const { return is_number() || is_delta(tree); }

 private:
  static bool is_delta(const language::Expr& e) {
    if (e->kind == language::Kind::multiply || e->kind == language::Kind::divide)
      return is_delta(e->operands[0]) || (e->kind == language::Kind::multiply && is_delta(e->operands[1]));
    return e->kind == language::Kind::delta;
  }
  [[nodiscard]] bool is_number() const {
    return tree->kind == language::Kind::number ||
           (tree->kind == language::Kind::divide && tree->operands[0]->kind == language::Kind::number &&
            tree->operands[1]->kind == language::Kind::number);
  }
};

/// -e; a product's sign stands at its first factor: -a*b/c.
language::Expr negated(const language::Expr& e);

SignedTree without_sign(const language::Expr& e);

}  // namespace chalktape::present
