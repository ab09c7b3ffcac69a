// The direct style, and Jacobians on their own.
#include <algorithm>

#include "tests/symbolic/derive/derived.hpp"

using namespace chalktape;
using derive::Gradient;
using derive::Style;
using tests::Derived;

namespace {

bool uses(const Gradient& gradient, const std::string& rule) {
  return std::any_of(gradient.steps.begin(), gradient.steps.end(), [&](const auto& step) { return step.rule == rule; });
}

const Gradient& derivative_of(const Gradient& gradient, const std::string& name) {
  const auto found =
      std::find_if(gradient.derivatives.begin(), gradient.derivatives.end(),
                   [&](const Gradient& derivative) { return derivative.left->operands[0]->name == name; });
  REQUIRE(found != gradient.derivatives.end());
  return *found;
}

/// The derivative asked for, as text.
std::string jacobian(const std::string& layer_text, const std::string& e, const std::vector<std::string>& by = {}) {
  const language::Layer layer = tests::layer_of(layer_text);
  const auto expression = notation::parse_expression(e, layer, {.forward_only = true});
  const auto derivation = check::verified_jacobians(layer, derive::derivatives_of(layer, expression, by));
  REQUIRE(derivation.gradients.size() == 1);
  const Gradient& found = derivation.gradients.front();
  return present::to_text(found.left) + " = " + present::to_text(found.value);
}

const std::string batch_norm(language::find_builtin_layer("batch_norm")->source);

}  // namespace

TEST_CASE("batch norm's gradient is derived through the whole Jacobian, as on paper") {
  const Derived d(tests::builtin("batch_norm"), Style::direct);
  const Gradient& dx = d.of("x");
  CHECK(present::to_text(dx.steps.front().after) == "sum[k,l](dy[k,l]*diff(y[k,l], x[i,j]))");
  REQUIRE(dx.derivatives.size() == 4);
  CHECK(uses(derivative_of(dx, "xhat"), "product-rule"));
  CHECK(uses(derivative_of(dx, "xhat"), "power-rule"));
  CHECK(uses(derivative_of(dx, "var"), "contract-delta"));
  CHECK(uses(derivative_of(dx, "var"), "lemma"));  // sum[k](x[k,l] - mu[l]) is 0
  CHECK(uses(dx, "contract-delta"));
  CHECK(uses(dx, "common-factor"));
  d.is("x", "ij", "gamma[j]*istd[j]/N*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])");
}

TEST_CASE("the direct style goes from one gradient that is needed to the next") {
  const Derived d(tests::builtin("affine_batch_norm_relu"), Style::direct);
  CHECK(present::to_text(d.of("W").steps.front().after).find("diff(h[") != std::string::npos);
  CHECK(d.of("W").derivatives.size() == 1);  // h alone: what comes after it is in dh
  d.is("b", "m", "0");
}

TEST_CASE("several paths, several outputs, and outputs that are read on") {
  for (const Style style : {Style::staged, Style::direct}) {
    const Derived two("layer two(x[N], z[N])\n  u[i] = x[i]*z[i]\n  v[i] = u[i]^2 + x[i]\n  return u, v\n", style);
    two.is("z", "i", "x[i]*du_total[i]");
    const Derived chain(
        "layer chain(x[N,D])\n  a[i] = sum[j](x[i,j]^2)\n  b[i,j] = x[i,j]*a[i]\n  c[i,j] = b[i,j]*exp(x[i,j])\n"
        "  e[i] = sum[j](b[i,j] + c[i,j])\n  return e, b\n",
        style);
    CHECK(chain.of("x").steps.size() > 2);
    const Derived held("layer held(x[N])\n  h = sum[i](x[i]^3)\n  g[i] = x[i]*stop(h)\n  y[i] = g[i]*h\n  return y\n",
                       style);
    held.is("x", "i", "h*dy[i]*stop(h) + 3*dh*x[i]^2");
    Derived("layer m(x[N,D])\n  m[i] = max[j](x[i,j])\n  y[i,j] = x[i,j] - m[i]\n  return y\n", style);
    Derived("layer d(s[N,N])\n  t[i] = s[i,i]^2\n  y = sum[i](t[i]*s[i,i])\n  return y\n", style)
        .is("s", "ik", "3*delta[i,k]*t[i]");
    Derived("layer o(s[N,N])\n  h = 3/N\n  y[i,k] = (s[k,i] - h)^3 + 1/(s[i,k]^2 + h)^3\n  return y\n", style);
  }
}

TEST_CASE("Jacobians are derived for an expression, with names held fixed, at equal indices") {
  CHECK(jacobian(batch_norm, "xhat[k,l]", {"x"}) ==
        "diff(xhat[k,l], x[i,j]) = istd[l]*delta[j,l]/N*(N*delta[i,k] - xhat[i,l]*xhat[k,l] - 1)");
  CHECK(jacobian(batch_norm, "mu[l]") == "diff(mu[l], x[i,j]) = delta[j,l]/N");
  CHECK(jacobian(batch_norm, "diff(xhat[k,l], x[i,j]; mu, var)") ==
        "diff(xhat[k,l], x[i,j]; mu, var) = istd[l]*delta[i,k]*delta[j,l]");
  CHECK(jacobian(batch_norm, "diff(var[j], x[i,j])") == "diff(var[j], x[i,j]) = 2/N*(x[i,j] - mu[j])");
  CHECK(jacobian(batch_norm, "y[k,l]", {"xhat"}) == "diff(y[k,l], xhat[i,j]) = gamma[l]*delta[i,k]*delta[j,l]");
  CHECK(jacobian(batch_norm, "exp(gamma[l])", {"x"}) == "diff(exp(gamma[l]), x[i,j]) = 0");
  CHECK(jacobian("layer s(x[N])\n  y = sum[i](x[i]^2)\n  return y\n", "y^2 + sum[k](x[k])") ==
        "diff(y^2 + sum[k](x[k]), x[i]) = 4*y*x[i] + 1");
  // No letter is bound and free in one line.
  CHECK(jacobian(batch_norm, "sum[k](xhat[i,k])", {"x"}).find("diff(sum[k](xhat[i,k]), x[l,j]) = ") == 0);
}

TEST_CASE("what has no derivative to derive says why") {
  const language::Layer layer = tests::layer_of(batch_norm);
  const auto message = [&](const std::string& text, const std::vector<std::string>& by) -> std::string {
    try {
      (void)derive::derivatives_of(layer, notation::parse_expression(text, layer, {.forward_only = true}), by);
    } catch (const std::invalid_argument& problem) {
      return problem.what();
    }
    return "";
  };
  CHECK(message("N", {}) == "N depends on no tensor of batch_norm");
  CHECK(message("diff(mu[l], x[i,j])", {"x"}) == "a derivative says itself by what it is taken: leave --wrt out");
  CHECK(message("1 + diff(mu[l], x[i,j])", {}) == "'diff' cannot stand inside of what is differentiated");
  CHECK(message("diff(diff(mu[l], x[i,j]), x[i,j])", {}) == "the derivative of a derivative cannot be derived");
  CHECK_THROWS_AS(notation::parse_expression("dx[i,j]", layer, {.forward_only = true}), language::Error);
  CHECK_THROWS_AS(notation::parse_expression("mu[1]", layer, {.forward_only = true}), language::Error);
}
