#include "symbolic/notation/local_derivative.hpp"

#include <fmt/core.h>

#include "engine/ops/registry.hpp"
#include "symbolic/language/parser.hpp"
#include "symbolic/notation/formula.hpp"

namespace chalktape::notation {

language::Expr local_derivative(const std::string& function, int arity, int position) {
  const engine::Op* op = engine::find_function(function, arity);
  if (op == nullptr) throw Error(fmt::format("the function {} has no derivative", function));
  if (!op->passes_gradient) return nullptr;
  const language::Source source(fmt::format("derivative of {}", function),
                                std::string(op->derivative.at(static_cast<size_t>(position))));
  language::Diagnostics diagnostics;
  language::Expr tree = language::parse_lone_expression(source, diagnostics);
  if (!tree) throw Error(diagnostics.render(source));
  return tree;
}

}  // namespace chalktape::notation
