#include <memory>
#include <set>

#include "symbolic/derive/derive.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/rules/cost.hpp"
#include "tests/symbolic/rules/setting.hpp"

using namespace chalktape;
using notation::ex;
using rules::Rule;
using tests::check_same_values;
using tests::example_setting;
using tests::Setting;

TEST_CASE("every rule says what it is, under a name of its own") {
  std::set<std::string_view> names;
  for (const Rule& rule : rules::registry()) {
    INFO(rule.name);
    CHECK(names.insert(rule.name).second);
    CHECK_FALSE(rule.law.empty());
    CHECK_FALSE(rule.side_conditions.empty());
    CHECK_FALSE(rule.terminates.empty());
    CHECK(&rules::rule(rule.name) == &rule);
  }
  CHECK(names.size() >= 15);
  CHECK_THROWS_AS(rules::rule("no such rule"), std::out_of_range);
}

TEST_CASE("every rule rewrites its example as it says, and refuses what it says") {
  const Setting& setting = example_setting();
  for (const Rule& rule : rules::registry()) {
    if (rule.apply == nullptr) continue;  // the driver's: tested below
    INFO(rule.name << ": " << rule.example.before << " -> " << rule.example.after);
    const auto sides = setting.sides(rule.example);
    const ex before = setting.algebra.of(sides.first.value), after = setting.algebra.of(sides.second.value);
    const auto rewrite = rules::apply_everywhere(rule, before, setting.context, setting.target(rule.example));
    REQUIRE(rewrite);
    INFO("gives " << setting.context.text(rewrite->after));
    CHECK(setting.context.text(rewrite->after) == setting.context.text(after));
    CHECK_FALSE(present::to_text(rewrite->why).empty());

    INFO("refuses " << rule.refuses.before);
    CHECK(rule.refuses.before == rule.refuses.after);
    CHECK_FALSE(
        rules::apply_everywhere(rule, setting(rule.refuses.before), setting.context, setting.target(rule.refuses)));
  }
}

TEST_CASE("rules that the driver applies do in a derivation what their examples say") {
  const Setting& setting = example_setting();
  const derive::Derivation derivation = derive::derive(tests::layer_of(std::string(rules::example_layer())));
  const auto is_example = [&](const Rule& rule, const language::Expr& before, const language::Expr& after) {
    const auto sides = setting.sides(rule.example);
    return setting.algebra.of(before).is_equal(setting.algebra.of(sides.first.value)) &&
           setting.algebra.of(after).is_equal(setting.algebra.of(sides.second.value));
  };
  const Rule& chain_rule = rules::rule("chain-rule");
  int found = 0;
  for (const derive::Gradient& gradient : derivation.gradients) {
    REQUIRE_FALSE(gradient.steps.empty());
    const derive::Step& first = gradient.steps.front();
    CHECK(first.rule == chain_rule.name);
    if (is_example(chain_rule, first.before, first.after)) ++found;
    CHECK(present::to_text(first.before) != chain_rule.refuses.before);
  }
  CHECK(found == 1);

  // The root that istd defines has its name already, and the one under a sum is the refusal.
  const Setting refusing(tests::layer_of(
      "layer t(w[N]; eps = 1)\n  y = " + std::string(rules::rule("name-root").refuses.before) + "\n  return y\n"));
  CHECK(refusing.introduced.empty());
  REQUIRE(setting.introduced.size() == 1);
  CHECK(setting.introduced.front().name == "istd2");
  const rules::Known* u = setting.context.find("u");
  REQUIRE(u != nullptr);
  CHECK(setting.context.text(u->formula.value) == rules::rule("name-root").example.after);

  for (const Rule& rule : rules::registry()) {
    if (rule.apply != nullptr) continue;
    INFO(rule.name);
    const auto safe = rules::exponential_rules();  // tested with what they are for: tests/symbolic/emit
    const bool is_safe_form = std::any_of(safe.begin(), safe.end(), [&](const Rule& r) { return r.name == rule.name; });
    CHECK((rule.name == "chain-rule" || rule.name == "name-root" || is_safe_form));
    CHECK_THROWS_AS(rules::apply_everywhere(rule, setting("v[i]"), setting.context), std::logic_error);
  }
}

TEST_CASE("every rule keeps the value of its example, in F_p and to 50 digits") {
  const Setting& setting = example_setting();
  const auto& layer = setting.algebra.layer();
  for (const Rule& rule : rules::registry()) {
    INFO(rule.name << ": " << rule.example.before << " -> " << rule.example.after);
    const auto [before, after] = setting.sides(rule.example);
    check_same_values(layer, check::Digits(7), check::Spread::mixed, before, after);
    if (!rule.holds_in_every_field) continue;
    // A radicand may be no residue: draw again.
    for (std::uint64_t seed = 1;; ++seed) {
      REQUIRE(seed < 1000);
      try {
        check_same_values(layer, check::Modular(seed), check::Spread::mixed, before, after);
        break;
      } catch (const check::Redraw&) {
        continue;
      }
    }
  }
}

TEST_CASE("rules that need no target come to rest, and what they leave they leave alone") {
  const Setting& setting = example_setting();
  for (const Rule& rule : rules::registry()) {
    if (!rule.example.target.empty() || rule.apply == nullptr) continue;
    INFO(rule.name);
    const std::array<std::string_view, 1> one{rule.name};
    const ex rest = rules::exhaust(one, setting(rule.example.before), setting.context);
    CHECK_FALSE(rules::apply_everywhere(rule, rest, setting.context));
    CHECK(rules::exhaust(one, rest, setting.context).is_equal(rest));
  }
}

TEST_CASE("what a rule says does not depend on the order in which an expression was made") {
  const Setting& setting = example_setting();
  const std::vector<ex> terms{setting("v[i]*g[j]"), setting("w[i]*g[j]"), setting("mu[j]*v[i]"), setting("g[j]*mu[j]")};
  std::vector<size_t> order{0, 1, 2, 3};
  std::set<std::string> texts;
  do {
    ex sum = 0;
    for (const size_t i : order) sum = terms[i] + sum;
    for (const char* name : {"collect", "common-factor"}) {
      const auto rewrite = rules::apply_everywhere(rules::rule(name), sum, setting.context);
      texts.insert(rewrite ? setting.context.text(rewrite->after) + " " + present::to_text(rewrite->why) : name);
    }
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(texts.size() == 2);
}

TEST_CASE("a sum that stands in another one, by itself and as a factor, is collected") {
  const Setting& setting = example_setting();
  const auto collected = [&](const std::string& text) {
    const auto rewrite = rules::rule("collect").apply(setting(text), setting.context, {});
    return rewrite ? setting.context.text(rewrite->after) : "refused";
  };
  CHECK(collected("v[i] - 2*w[i] - (v[i] - 2*w[i])*g[j]") == "(v[i] - 2*w[i])*(1 - g[j])");
  CHECK(collected("2*v[i] + 2*w[i] + g[j] + (v[i] + w[i])*mu[j]") == "(mu[j] + 2)*(v[i] + w[i]) + g[j]");
  CHECK(collected("2*v[i] + w[i] + (v[i] + w[i])*mu[j]") == "refused");
  CHECK(collected("v[i] + w[i]^2 + (v[i] + w[i])*mu[j]") == "refused");
}

TEST_CASE("a choice between branches is not multiplied out, or the branch not taken would leave its rounding") {
  const Setting& setting = example_setting();
  const auto distributed = [&](const std::string& text) {
    const auto rewrite = rules::rule("distribute").apply(setting(text), setting.context, {});
    return rewrite ? setting.context.text(rewrite->after) : "refused";
  };
  CHECK(distributed("v[i]*(1 + step(w[i]))") == "refused");
  CHECK(distributed("v[i]^2*(1/2 + step(w[i])/2 - step(-w[i])/2)*g[j]") == "refused");
  CHECK(distributed("v[i]*(w[i] + g[j]*(1 + step(w[i])))") == "g[j]*v[i]*(step(w[i]) + 1) + v[i]*w[i]");
  CHECK(distributed("v[i]*(w[i] + step(w[i]))") == "v[i]*step(w[i]) + v[i]*w[i]");
}

TEST_CASE("a product that is 0 for equal indices is no factor there") {
  const tests::Algebra algebra(tests::layer_of("layer d(s[D])\n  m[j,l] = 3*(s[j] - s[l])*exp(s[j])\n  return m\n"));
  const present::Naming naming(algebra.layer());
  rules::Context context;
  context.symbols = &algebra.formulas().symbols;
  context.naming = &naming;
  context.known.push_back({algebra.formulas().definitions[0], rules::Known::Kind::forward, true, 1});
  const ex product = algebra("s[j]*exp(s[j])", {{"j", "D", {}}});
  CHECK_FALSE(rules::rule("fold-product").apply(product, context, {}));
}

TEST_CASE("solving refuses what may be 0, what its sum hides, and differences of functions") {
  const Setting setting(tests::layer_of(R"(layer test(x[N], s[N], A[N,D], g; eps = 1)
  y[i] = s[i]*x[i]
  u[i] = s[i]*eps + sum[j](s[i]*A[i,j])
  e[i] = exp(x[i]) + s[i]
  q[i] = 1/(1 + exp(x[i]))
  p[i] = exp(x[i])/sum[k](exp(x[k]))
  z[i] = y[i] + u[i] + e[i] + q[i] + p[i]
  return z
)"));
  const auto solved = [&](const std::string& text, const std::string& known, const std::string& part) {
    const auto rewrite = rules::apply_everywhere(rules::rule("solve"), setting(text), setting.context,
                                                 {setting.context.find(known), part});
    return rewrite ? rewrite->after : ex(0);
  };
  CHECK(solved("x[i]", "y", "x").is_zero());  // s may be 0
  CHECK(solved("s[i]", "u", "s").is_zero());  // the sum depends on s too
  CHECK(solved("exp(x[i])", "e", "exp").is_zero());
  CHECK(solved("exp(x[i])", "q", "exp").is_equal(setting("1/q[i] - 1")));
  CHECK(solved("exp(x[i])", "p", "exp").is_equal(setting("p[i]*sum[k](exp(x[k]))")));
}

TEST_CASE("a cost does not depend on the order of construction, and a repeated sum is paid once") {
  const Setting& setting = example_setting();
  const auto cost = [&](std::string_view text) { return rules::cost(setting(text), setting.context); };
  CHECK(cost("v[i] + w[i]*mu[j]") == cost("mu[j]*w[i] + v[i]"));
  CHECK(cost("sum[i](v[i])^2 + sum[k](v[k])") < 1.5 * cost("sum[k](v[k])"));
  CHECK(cost("v[i]*sum[k](w[k])") > cost("v[i]*mu[j]"));
  CHECK(rules::count_sums(setting("sum[i](v[i]) + sum[k](v[k])*sum[i](w[i])"), setting.context) == 2);
  CHECK(rules::count_sums(setting("sum[i](sum[j](A[i,j]))"), setting.context) == 1);
  CHECK(rules::count_sums(setting("xhat[i,j]*mu[j]"), setting.context) == 0);
}

TEST_CASE("only roots of small denominators, of what depends on the data, get names") {
  for (const std::string root : {"(w[i]^2 + 1)^(1/13)", "(w[i]^2 + 1)^3", "(w[i]^2 + 1)^(-2)", "sqrt(eps + 2)*w[i]",
                                 "(w[i]^2 + 1)^w[i]", "sum[k](sqrt(w[k]^2 + 1))"}) {
    INFO(root);
    const Setting setting(tests::layer_of("layer t(w[N], v[N]; eps = 1)\n  y[i] = v[i]*" + root + "\n  return y\n"));
    CHECK(setting.introduced.empty());
  }
  const Setting taken(
      tests::layer_of("layer t(w[N], v[N], std2[N]; std = 1, std3 = 1)\n  y[i] = std*std3*std2[i]*v[i]*sqrt(w[i]^2 + "
                      "1)\n  return y\n"));
  REQUIRE(taken.introduced.size() == 1);
  CHECK(taken.introduced.front().name == "std4");
}

TEST_CASE(
    "a root's name is free, its gradient's too; one name does for all powers of a root, and whole powers have none") {
  const auto introduced = [](const std::string& parameters, const std::string& formula) {
    std::string names;
    for (const auto& name :
         Setting(tests::layer_of("layer t(" + parameters + ")\n  y[i] = " + formula + "\n  return y\n")).introduced)
      names += name.name + " ";
    return names;
  };
  CHECK(introduced("w[N], v[N], dstd[N]", "dstd[i]*v[i]*sqrt(w[i]^2 + 1)") == "std2 ");
  CHECK(introduced("w[std], v[std]", "v[i]*sqrt(w[i]^2 + 1)") == "std2 ");
  CHECK(introduced("w[N], v[N]", "v[i]*sqrt(w[i]^2 + 1) + (w[i]^2 + 1)^(3/2)") == "std ");
  const Setting whole(
      tests::layer_of("layer t(w[N], v[N])\n  p[i] = w[i]^2\n  y[i] = v[i]*w[i]^4 + p[i]\n  return y\n"));
  CHECK(whole.context.text(whole.context.find("y")->formula.value) == "p[i] + v[i]*w[i]^4");
}
