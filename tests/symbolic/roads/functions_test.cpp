// What the ops' structs say of the language's functions is true, and is all that every road needs.
#include "engine/ops/functions.hpp"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "engine/tape/tape.hpp"
#include "symbolic/check/by_definition.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/derive/derive.hpp"
#include "symbolic/language/parser.hpp"
#include "symbolic/present/latex.hpp"
#include "symbolic/present/mathml.hpp"
#include "symbolic/roads/compare.hpp"
#include "symbolic/roads/report.hpp"
#include "symbolic/roads/sample.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/every_function.hpp"

namespace chalktape {
namespace {

double value_of(const engine::Op& op, double x) {
  const engine::Tensor operand = engine::Tensor::full({}, x, engine::DType::f64);
  return op.forward(std::span(&operand, 1), {}).item();
}

/// The points that the op's struct names, and some of its domain.
std::vector<double> arguments_of(const engine::Op& op) {
  std::vector<double> result(op.points.begin(), op.points.end());
  for (int k = 0; k <= 10; ++k) result.push_back(op.domain[0].low + k * (op.domain[0].high - op.domain[0].low) / 10);
  return result;
}

}  // namespace

TEST_CASE("a function's definition has the values of its op") {
  check::Digits digits(1);
  for (const engine::Function& function : engine::all_functions()) {
    if (function.arity != 1) continue;
    const std::string name(function.name);
    const engine::Op& op = *engine::find_function(name, 1);
    for (const double x : arguments_of(op)) {
      INFO(name << " at " << x);
      const double value = value_of(op, x);
      const check::Digits::Element argument = digits.from(x);
      const double exact = cln::double_approx(digits.call(name, std::span(&argument, 1)).middle);
      CHECK(std::abs(value - exact) <= 1e-14 * std::max(1.0, std::abs(exact)));
    }
  }
}

TEST_CASE("a definition is computed in the field that asks") {
  check::Digits digits(1);
  const check::Digits::Element x = digits.from(0.75);
  for (const auto& [function, definition] :
       std::map<std::string, std::string>{{"sigmoid", "1/(1 + exp(-x))"},
                                          {"tanh", "(exp(x) - exp(-x))/(exp(x) + exp(-x))"},
                                          {"softplus", "log(1 + exp(x))"},
                                          {"relu", "x*step(x)"},
                                          {"sqrt", "x^(1/2)"},
                                          {"cos", "sin(x + pi/2)"},
                                          {"exp", "0.5*(exp(x/2)^2 + max(exp(x), exp(x)^x^0)) - 0*(-x)"}}) {
    INFO(function);
    const language::Source source(function, definition);
    language::Diagnostics diagnostics;
    const language::Expr tree = language::parse_lone_expression(source, diagnostics);
    const check::Ball distance = check::scalar_value(digits, tree, x) - digits.call(function, std::span(&x, 1));
    CHECK(distance.contains_zero());
    CHECK(distance.radius.as_double() < 1e-60);
  }
}

TEST_CASE("what is said of a function's sign and of its value at 0 is true") {
  for (const engine::Function& function : engine::all_functions()) {
    if (function.arity != 1) continue;
    const engine::Op& op = *engine::find_function(function.name, 1);
    INFO(function.name);
    for (const double x : arguments_of(op)) {
      INFO("at " << x);
      const double value = value_of(op, x);
      if (function.value_sign == engine::ValueSign::positive) CHECK((value > 0 || x < -700));  // where it underflows
      if (function.value_sign == engine::ValueSign::nonnegative) CHECK(value >= 0);
      if (function.value_sign == engine::ValueSign::of_operand && x >= 0) CHECK(value >= 0);
      if (function.value_sign == engine::ValueSign::of_operand && x > 0) CHECK(value > 0);
    }
    if (const auto known = notation::value_at_zero(std::string(function.name)))
      CHECK(value_of(op, 0) == known->to_double());
  }
}

TEST_CASE("a layer of every function is derived in both styles, printed, and walked on every road") {
  const language::Layer layer = tests::layer_of_every_function();
  for (const auto style : {derive::Style::staged, derive::Style::direct}) {
    const derive::Derivation derivation = check::verified_derivation(layer, {.style = style});
    CHECK(derivation.gradients.size() >= 2);
  }
  const present::Typesetting typesetting(layer);
  for (const language::Definition& definition : layer.definitions) {
    INFO(definition.name);
    CHECK_FALSE(present::to_latex(definition.value, typesetting).empty());
    CHECK_FALSE(present::to_mathml(definition.value, typesetting).empty());
  }
  for (const auto dtype : {engine::DType::f32, engine::DType::f64}) {
    roads::Request request;
    request.dtype = dtype;
    request.sizes = {{"N", 20}};
    const auto comparison =
        roads::compare(roads::make_problem(layer, request, roads::comparison_sizes), roads::all_roads());
    INFO(roads::to_text(comparison));
    CHECK(comparison.agree);
    CHECK(comparison.roads.size() == 4);  // all but the kernel
  }
}

}  // namespace chalktape
