#include "symbolic/language/function_definition.hpp"

#include <map>
#include <stdexcept>

#include "engine/ops/functions.hpp"
#include "symbolic/language/parser.hpp"

namespace chalktape::language {

Expr function_definition(const std::string& function) {
  static const std::map<std::string, Expr> definitions = [] {
    std::map<std::string, Expr> result;
    for (const engine::Function& known : engine::all_functions()) {
      if (known.definition.empty()) continue;
      const Source source("definition of " + std::string(known.name), std::string(known.definition));
      Diagnostics diagnostics;
      Expr tree = parse_lone_expression(source, diagnostics);
      if (!tree) throw std::logic_error(diagnostics.render(source));
      result.emplace(known.name, std::move(tree));
    }
    return result;
  }();
  const auto found = definitions.find(function);
  return found == definitions.end() ? nullptr : found->second;
}

}  // namespace chalktape::language
