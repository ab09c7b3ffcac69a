#include <cmath>
#include <utility>

#include "symbolic/check/checker.hpp"
#include "symbolic/check/reference.hpp"
#include "symbolic/check/sample.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/present/text.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/check/mutants.hpp"
#include "tests/symbolic/formulas.hpp"

using namespace chalktape;
using language::Expr;
using language::Kind;
using tests::mutants;

namespace {

Expr gradient(const std::string& name, const std::vector<language::Index>& indices) {
  return language::access(name, indices, language::Role::gradient);
}

bool is_zero(const Expr& e) { return e->kind == Kind::number && e->name == "0"; }

}  // namespace

TEST_CASE("the checker accepts the gradients of every built-in layer and refuses all their mutants") {
  int refused = 0;
  for (const auto& entry : language::builtin_layers()) {
    const auto derivation = derive::derive(tests::builtin(std::string(entry.name)));
    const check::Checker checker(derivation);
    for (const auto& gradient : derivation.gradients) {
      INFO(entry.name << ", " << gradient.name << " = " << present::to_text(gradient.value));
      CHECK(checker.check(gradient.left, gradient.indices, gradient.value).holds);
      if (is_zero(gradient.value)) continue;
      for (const Expr& mutant : mutants(gradient.value, derivation.layer)) {
        if (language::equal(mutant, gradient.value)) continue;
        INFO("mutant " << present::to_text(mutant));
        const auto verdict = checker.check(gradient.left, gradient.indices, mutant);
        CHECK_FALSE(verdict.holds);
        CHECK_FALSE(verdict.where.empty());
        ++refused;
      }
    }
  }
  CHECK(refused > 300);
}

TEST_CASE("mistakes that people make are refused") {
  const auto layer = tests::builtin("batch_norm");
  const auto derivation = derive::derive(layer);
  const check::Checker checker(layer, derivation.introduced);
  const tests::Algebra algebra(derivation);
  const auto holds = [&](const std::string& name, const std::string& letters, const std::string& formula) {
    std::vector<language::Index> indices;
    for (const char letter : letters) indices.push_back({std::string(1, letter), letter == 'j' ? "D" : "N", {}});
    return checker.check(gradient(name, indices), indices, algebra.parsed(formula, indices).value).holds;
  };
  CHECK(holds("dgamma", "j", "sum[k](dy[k,j]*xhat[k,j])"));
  CHECK_FALSE(holds("dgamma", "j", "sum[k](dy[k,j]*x[k,j])"));  // as often printed
  CHECK(holds("dx", "ij", "gamma[j]*istd[j]/N*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])"));
  CHECK(holds("dx", "ij", "gamma[j]/sqrt(var[j] + eps)/N*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])"));
  CHECK_FALSE(holds("dx", "ij", "gamma[j]/(sqrt(var[j]) + eps)/N*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])"));
  CHECK_FALSE(holds("dx", "ij", "gamma[j]*istd[j]*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])"));
  CHECK_FALSE(holds("dx", "ij", "gamma[j]^2*istd[j]/N*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])"));
  CHECK_FALSE(holds("dx", "ij", "gamma[j]*istd[j]/(N - 1)*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])"));
}

TEST_CASE("a wrong step anywhere is refused by name") {
  auto derivation = derive::derive(tests::builtin("sigmoid"));
  auto& step = derivation.gradients.front().steps.front();
  step.after = language::negate(step.after);
  try {
    check::verify(derivation);
    FAIL("a wrong step passed");
  } catch (const derive::Error& e) {
    CHECK(std::string(e.what()).find("the step " + step.rule) != std::string::npos);
  }
}

TEST_CASE("a wrong step in a Jacobian on the way is refused, whatever comes after it") {
  auto derivation = derive::derive(tests::builtin("batch_norm"), {.style = derive::Style::direct});
  for (auto& derivative : derivation.gradients.back().derivatives) {
    const Expr right = derivative.steps.back().after;
    derivative.steps.back().after = language::binary(Kind::multiply, language::number("2"), right);
    CHECK_THROWS_AS(check::verify(derivation), derive::Error);
    derivative.steps.back().after = right;
  }
  CHECK_NOTHROW(check::verify(derivation));
}

TEST_CASE("what has no meaning in F_p is checked by digits alone") {
  for (const char* text : {"layer c(x[N])\n  y[i] = (1 + x[i]^2)^(1/3)\n  return y\n",
                           "layer c(x[N])\n  y[i] = (1 + x[i]^2)^x[i]\n  return y\n"}) {
    const auto derivation = check::verified_derivation(tests::layer_of(text));
    for (const auto& step : derivation.gradients.front().steps) {
      CHECK(step.checked.modular == 0);
      CHECK(step.checked.points == 3);
    }
    const check::Checker checker(derivation);
    const auto& gradient = derivation.gradients.front();
    for (const Expr& mutant : mutants(gradient.value, derivation.layer))
      CHECK_FALSE(checker.check(gradient.left, gradient.indices, mutant).holds);
  }
}

TEST_CASE("roots of squares are what they are among the reals, in F_p as well") {
  for (const char* text : {"layer r(x[N])\n  assume x[i] > 0\n  y[i] = sqrt(9*x[i]) + (12*x[i])^(-1/2)\n  return y\n",
                           "layer r(x[N])\n  y[i] = x[i]^2*sqrt(N*N)\n  return y\n",
                           "layer r(x[N], w[N])\n  h[i] = 1 + x[i]^2\n  y[i] = w[i]*sqrt(h[i]^2)\n  return y\n",
                           "layer r(w[N])\n  assume w[i] > 0\n  assume sum[i](w[i]) = 1\n"
                           "  y[i] = sqrt(w[i]^(-2))\n  return y\n"}) {
    INFO(text);
    const auto derivation = check::verified_derivation(tests::layer_of(text));
    for (const auto& step : derivation.gradients.front().steps) CHECK(step.checked.modular == 8);
  }
}

TEST_CASE("a right formula that loses a thousand digits at some point holds") {
  const auto layer = tests::layer_of("layer l(x[N], w)\n  h[i] = exp(2*w) + x[i]\n  y[i] = x[i]^2\n  return y; h\n");
  const check::Checker checker(layer, {});
  const std::vector<language::Index> i{{"i", "N", {}}};
  const auto holds = [&](const std::string& formula) {
    return checker.check(gradient("dx", i), i, notation::parse_expression(formula, layer, {"test", i}).value).holds;
  };
  CHECK(holds("2*dy[i]*(h[i] - exp(2*w))"));
  CHECK_FALSE(holds("2*dy[i]*(h[i] - exp(2*w) + exp(-1000))"));
}

TEST_CASE("what holds by a law of exp alone is checked to 50 digits, and that law only is left to them") {
  const auto layer =
      tests::layer_of("layer l(x[N], w[N])\n  h[i] = x[i] - w[i]\n  y[i] = x[i]^2*exp(h[i])\n  return y; h\n");
  const std::vector<language::Index> i{{"i", "N", {}}};
  const auto verdict = [&](const std::string& formula, check::Checker::Laws laws) {
    return check::Checker(layer, {}, laws)
        .check(gradient("dw", i), i, notation::parse_expression(formula, layer, {"test", i}).value);
  };
  using Laws = check::Checker::Laws;
  const std::string merged = "-dy[i]*x[i]^2*exp(x[i])/exp(w[i])";
  CHECK_FALSE(verdict(merged, Laws::of_every_field).holds);
  const auto leniently = verdict(merged, Laws::of_functions);
  CHECK(leniently.holds);
  CHECK(leniently.checked.modular == 0);
  CHECK(leniently.checked.points == 3);
  CHECK(verdict("-dy[i]*x[i]^2*exp(h[i])", Laws::of_functions).checked.modular == 8);
  CHECK_FALSE(verdict("-dy[i]*x[i]*exp(x[i])/exp(w[i])", Laws::of_functions).holds);
}

TEST_CASE("parts of a whole are drawn row by row") {
  const auto derivation = check::verified_derivation(tests::layer_of(
      "layer parts(x[N,D], s[N,D,N], b[N])\n  h[i] = b[i]*sum[j](x[i,j]*s[i,j,i])\n  assume x[i,j] > 0\n"
      "  assume sum[j](x[i,j]) = 1\n  assume s[i,j,k] > 0\n  assume sum[k](s[i,j,k]) = 1\n  return h\n"));
  for (const auto& gradient : derivation.gradients) CHECK(gradient.steps.back().checked.modular == 8);
}

TEST_CASE("a number that has no root in F_p ends the search for a point there") {
  const auto derivation = check::verified_derivation(
      tests::layer_of("layer c(x[N])\n  y[i] = x[i]*sqrt(0.25/0.333333333333333)\n  return y\n"));
  const auto& step = derivation.gradients.front().steps.back();
  CHECK(step.checked.modular == 0);
  CHECK(step.checked.points == 3);
}

TEST_CASE("where exponentials outgrow all digits, the other points decide") {
  const auto layer = tests::layer_of("layer l(x[N])\n  y[i] = tanh(exp(x[i])^x[i] + x[i])\n  return y\n");
  const check::Checker checker(layer, {});
  const std::vector<language::Index> i{{"i", "N", {}}};
  const auto verdict = [&](const std::string& formula) {
    return checker.check(gradient("dx", i), i, notation::parse_expression(formula, layer, {"test", i}).value);
  };
  const auto expanded = verdict(
      "dy[i]*(2*x[i]*exp(x[i])^x[i] + 1 - 2*y[i]^2*x[i]*exp(x[i])^x[i] - y[i]^2)");  // x = 1000: e^1000000 cancels
  CHECK(expanded.holds);
  CHECK(expanded.checked.points == 2);
  CHECK_FALSE(expanded.checked.ill_conditioned);
  CHECK_FALSE(verdict("dy[i]*(2*x[i]*exp(x[i])^x[i] + 1 - 2*y[i]^2*x[i]*exp(x[i])^x[i])").holds);
}

TEST_CASE("what is too small for any number is 0") {
  check::Digits field(1);
  const auto huge = field.call("exp", std::vector{field.from(std::int64_t{1000})});
  const auto one = field.from(std::int64_t{1});
  CHECK(check::error_of(field.call("tanh", std::vector{huge}), one) == 0);
  CHECK(check::error_of(field.call("sigmoid", std::vector{huge}), one) == 0);
  const auto tiny = field.call("exp", std::vector{field.subtract(one, field.multiply(huge, huge))});
  CHECK(cln::zerop(tiny.middle));
  CHECK(tiny.radius < check::Magnitude(1e-300));
}

TEST_CASE("no jump is made of what rounding leaves of a cancellation, and one is of a small number") {
  const auto layer = tests::layer_of("layer r(x[N], w[N])\n  y[i] = x[i]*w[i]\n  return y\n");
  const check::Checker checker(layer, {},
                               check::Checker::Laws::of_functions);  // to F_p exp(-1000) is no number above 0
  const std::vector<language::Index> i{{"i", "N", {}}};
  const auto holds = [&](const std::string& formula) {
    return checker.check(gradient("dx", i), i, notation::parse_expression(formula, layer, {"test", i}).value).holds;
  };
  CHECK(holds("dy[i]*(w[i] + step(w[i]*(x[i]/7 + 1) - (x[i]*w[i]/7 + w[i])))"));
  CHECK(holds("dy[i]*(w[i] + step((x[i]*w[i]/7 + w[i]) - w[i]*(x[i]/7 + 1)))"));
  CHECK(holds("dy[i]*(w[i] + 1 - step(exp(-1000)))"));
  CHECK_FALSE(holds("dy[i]*(w[i] + step(exp(-1000)))"));
}

TEST_CASE("a formula that has no value at a point does not hold there") {
  const auto layer = tests::layer_of("layer r(x[N])\n  y[i] = x[i]^2\n  return y\n");
  const check::Checker checker(layer, {});
  const tests::Algebra algebra(layer);
  const std::vector<language::Index> indices{{"i", "N", {}}};
  CHECK(checker.check(gradient("dx", indices), indices, algebra.parsed("2*x[i]*dy[i]", indices).value).holds);
  const auto verdict =
      checker.check(gradient("dx", indices), indices, algebra.parsed("2*sqrt(x[i])^2*dy[i]", indices).value);
  CHECK_FALSE(verdict.holds);
  CHECK(verdict.where.find("has no value") != std::string::npos);
  CHECK_FALSE(
      checker.check(gradient("dx", indices), indices, algebra.parsed("dy[i]/(x[i] - x[i])", indices).value).holds);
}

TEST_CASE("samples obey assumptions") {
  const auto layer = tests::layer_of(R"(layer a(p[N,D], q[N,D], r[N,D], s[N,D], u[N], v[N], w[N], z[N,N])
  y[i,j] = p[i,j] + q[i,j] + r[i,j] + s[i,j] + u[i] + v[i] + w[i] + z[i,i]
  assume sum[j](p[i,j]) = 1
  assume mean[i](q[i,j]) = 0
  assume sum[j](r[i,j]^2) = 1
  assume mean[i,j](s[i,j]) = 3
  assume u[i] > 0
  assume 1 <= v[i]
  assume w[i] < -2
  assume w[i] > -3
  return y
)");
  const std::map<std::string, std::int64_t> sizes{{"N", 3}, {"D", 4}};
  const auto number = [](const check::Ball& a) { return cln::double_approx(a.middle); };
  const auto near = [&](const check::Ball& a, double b) { return std::abs(number(a) - b) < 1e-12; };
  for (const bool shifted : {false, true}) {
    check::Digits field(5);
    const auto data = check::draw(layer, sizes, field, {.shifted = shifted});
    const auto& t = data.tensors;
    check::Ball all = field.from(std::int64_t{0});
    for (size_t i = 0; i < 3; ++i) {
      check::Ball parts = field.from(std::int64_t{0}), squares = parts;
      for (size_t j = 0; j < 4; ++j) {
        parts = parts + t.at("p")[4 * i + j];
        squares = squares + t.at("r")[4 * i + j] * t.at("r")[4 * i + j];
        all = all + t.at("s")[4 * i + j];
        CHECK(number(t.at("p")[4 * i + j]) > 0);
      }
      CHECK(near(parts, 1));
      CHECK(near(squares, 1));
      CHECK(number(t.at("u")[i]) > 0);
      CHECK(number(t.at("v")[i]) >= 1);
      CHECK(number(t.at("w")[i]) < -2);
      CHECK(number(t.at("w")[i]) > -3);
    }
    CHECK(near(all, 36));
    for (size_t j = 0; j < 4; ++j) {
      CHECK(near(t.at("q")[j] + t.at("q")[4 + j] + t.at("q")[8 + j], 0));
    }
  }
}

TEST_CASE("a product in F_p is the remainder of the whole product") {
  using check::Modular;
  __extension__ using Wide = unsigned __int128;
  const auto expected = [](Modular::Element a, Modular::Element b) {
    return static_cast<Modular::Element>(static_cast<Wide>(a) * b % Modular::prime);
  };
  engine::Random random(3);
  for (int i = 0; i < 1000; ++i) {
    const Modular::Element a = random.bits() % Modular::prime, b = random.bits() % Modular::prime;
    CHECK(Modular::multiply(a, b) == expected(a, b));
    CHECK(Modular::multiply(Modular::divide(a, b), b) == a);
  }
  constexpr Modular::Element last = Modular::prime - 1;
  CHECK(Modular::multiply(last, last) == 1);
  CHECK(Modular::multiply(last, last - 1) == expected(last, last - 1));
}

TEST_CASE("in F_p roots multiply, positive functions have roots, and extrema do not mind the order") {
  check::Modular field(11);
  for (int i = 0; i < 50; ++i) {
    const auto a = field.draw(true), b = field.draw(true);
    const auto root = [](check::Modular::Element e) { return check::Modular::power(e, 1, 2); };
    CHECK(check::Modular::multiply(root(a), root(b)) == root(check::Modular::multiply(a, b)));
    const auto x = field.draw(false);
    const auto e = field.call("exp", std::vector{x});
    CHECK(root(check::Modular::multiply(e, e)) == e);
    CHECK(field.call("exp", std::vector{x}) == e);
    CHECK(field.extremum("max", std::vector{a, b, x}) == field.extremum("max", std::vector{x, a, b}));
    CHECK(field.extremum("min", std::vector{a, b, a}) == field.extremum("min", std::vector{b, a}));
    CHECK(field.extremum("min", std::vector{x, x}) == x);
    CHECK(field.call("max", std::vector{a, x}) == field.call("max", std::vector{x, a}));
  }
}

TEST_CASE("the reference agrees with central differences") {
  const auto layer = tests::layer_of(R"(layer d(x[N,D], w[D], c; eps = 0.1)
  mu[i] = mean[j](x[i,j])
  v[i] = mean[j]((x[i,j] - mu[i])^2)
  y[i,j] = w[j]*(x[i,j] - mu[i])/sqrt(v[i] + eps) + erf(c*x[i,j]) + softplus(x[i,j])*tanh(w[j])
  z = sum[i,j](sin(x[i,j])*sigmoid(c) + exp(-abs(x[i,j])))
  return y, z
)");
  check::Inputs inputs{{{"N", 2}, {"D", 3}},
                       {{"x", {0.3, -1.2, 0.8, 2.1, -0.4, 0.9}}, {"w", {1.5, -0.7, 0.2}}, {"c", {0.6}}},
                       {{"eps", 0.1}},
                       {{"y", {0.2, -0.5, 1.1, 0.7, -0.3, 0.4}}, {"z", {0.9}}}};
  const auto loss = [&](const check::Inputs& at) {
    const auto reference = check::reference(layer, at);
    double total = 0;
    for (const auto& output : layer.outputs) {
      for (size_t i = 0; i < inputs.upstream.at(output).size(); ++i)
        total += inputs.upstream.at(output)[i] * reference.values.at(output)[i].high;
    }
    return total;
  };
  const auto truth = check::reference(layer, inputs);
  constexpr double h = 1e-5;
  for (const auto& [name, values] : inputs.tensors) {
    for (size_t i = 0; i < values.size(); ++i) {
      INFO(name << " entry " << i);
      auto up = inputs, down = inputs;
      up.tensors[name][i] += h;
      down.tensors[name][i] -= h;
      const double difference = (loss(up) - loss(down)) / (2 * h);
      CHECK(std::abs(difference - truth.gradients.at(name)[i].high) < 1e-8);
    }
  }
  inputs.tensors["x"] = {1, 1, 1, 1, 1, 1};
  inputs.constants["eps"] = -1;
  CHECK_THROWS_AS(check::reference(layer, inputs), check::DomainError);
}

TEST_CASE("a power takes a logarithm only where it needs one") {
  const auto layer = tests::layer_of("layer p(x[N]; p = 3)\n  y[i] = x[i]^p\n  return y\n");
  const auto at = [&](double x, double p) {
    const auto found = check::reference(layer, {{{"N", 1}}, {{"x", {x}}}, {{"p", p}}, {{"y", {1}}}});
    return std::pair(found.values.at("y")[0].high, found.gradients.at("x")[0].high);
  };
  CHECK(at(0, 3) == std::pair(0.0, 0.0));
  CHECK(at(0, 1) == std::pair(0.0, 1.0));
  CHECK(at(0, 2.5) == std::pair(0.0, 0.0));
  CHECK(at(-2, 3) == std::pair(-8.0, 12.0));
  CHECK(at(2, -2) == std::pair(0.25, -0.25));
  CHECK_THROWS_AS(at(0, 0.5), check::DomainError);  // the derivative is infinite
  CHECK_THROWS_AS(at(0, -1), check::DomainError);
  CHECK_THROWS_AS(at(-2, 2.5), check::DomainError);
  // By the exponent the derivative is that of an exponential.
  const auto free = tests::layer_of("layer q(x, p)\n  y = x^p\n  return y\n");
  const auto gradients = check::reference(free, {{}, {{"x", {2}}, {"p", {3}}}, {}, {{"y", {1}}}}).gradients;
  CHECK(gradients.at("p")[0].high == Approx(8 * std::log(2)));
  CHECK_THROWS_AS(check::reference(free, {{}, {{"x", {0}}, {"p", {3}}}, {}, {{"y", {1}}}}), check::DomainError);
}
