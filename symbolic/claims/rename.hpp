// A layer in the letters of somebody else's text.
#pragma once

#include <map>
#include <string>

#include "symbolic/language/expression.hpp"
#include "symbolic/language/layer.hpp"

namespace chalktape::claims {

/// From a name to the one that takes its place; all at once.
using Names = std::map<std::string, std::string>;

/// The layer with its tensors, constants, definitions and sizes renamed. Indices keep their letters.
[[nodiscard]] language::Layer renamed(language::Layer layer, const Names& names);

/// The expression with the names that it accesses replaced, sizes and held names included.
[[nodiscard]] language::Expr renamed(const language::Expr& e, const Names& names);

/// The expression with `f` applied to every node, operands first.
template <class F>
language::Expr mapped(const language::Expr& e, const F& f) {
  language::Expression node = *e;
  bool changed = false;
  for (language::Expr& operand : node.operands) {
    language::Expr inner = mapped(operand, f);
    changed = changed || inner != operand;
    operand = std::move(inner);
  }
  return f(changed ? std::make_shared<const language::Expression>(std::move(node)) : e);
}

}  // namespace chalktape::claims
