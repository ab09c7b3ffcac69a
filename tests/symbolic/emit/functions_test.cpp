// Functions that are written out by others before anything is emitted.
#include <algorithm>
#include <string>

#include "symbolic/emit/trees.hpp"
#include "symbolic/language/parser.hpp"
#include "symbolic/present/text.hpp"
#include "tests/catch.hpp"

namespace chalktape {
namespace {

language::Expr parsed(const std::string& text) {
  const language::Source source("test", text);
  language::Diagnostics diagnostics;
  return language::parse_lone_expression(source, diagnostics);
}

/// As if tanh were defined by exp, and erf by tanh, and no library had them.
language::Expr definition_of(const std::string& function) {
  if (function == "tanh") return parsed("1 - 2/(exp(2*x) + 1)");
  if (function == "erf") return parsed("tanh(x*pi)");
  return nullptr;
}

std::string written(const std::string& text) {
  return present::to_text(emit::with_functions_written_out(parsed(text), definition_of));
}

}  // namespace

TEST_CASE("a function without a library is written by others, whatever its argument") {
  CHECK(written("v*tanh(v + w)") == "v*(1 - 2/(exp(2*(v + w)) + 1))");
  CHECK(written("sum[i](tanh(-tanh(a[i])))") == "sum[i](1 - 2/(exp(2*(-(1 - 2/(exp(2*a[i]) + 1)))) + 1))");
  CHECK(written("erf(x)") == "1 - 2/(exp(2*(x*pi)) + 1)");
  CHECK(written("exp(x)*sin(tanhh)") == "exp(x)*sin(tanhh)");
}

TEST_CASE("pi in a definition is the number") {
  const language::Expr e = emit::with_functions_written_out(parsed("erf(pi_of)"), definition_of);
  const auto is_pi = [](const auto& self, const language::Expr& node) -> bool {
    if (node->kind == language::Kind::access && node->name == "pi") return node->role == language::Role::pi;
    return std::any_of(node->operands.begin(), node->operands.end(), [&](const auto& o) { return self(self, o); });
  };
  CHECK(is_pi(is_pi, e));
}

TEST_CASE("functions that emitters have forms for stay calls") {
  for (const char* name : {"exp", "tanh", "sigmoid", "softplus", "relu", "erf", "stop"}) {
    INFO(name);
    CHECK(emit::definition_to_emit(name) == nullptr);
  }
}

}  // namespace chalktape
