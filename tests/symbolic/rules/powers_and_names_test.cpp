// What rules do with powers, signs, names that are pointed at: what is left once they do not refuse.
#include <memory>

#include "symbolic/rules/memo.hpp"
#include "symbolic/rules/terms.hpp"
#include "tests/symbolic/rules/traps.hpp"

using namespace chalktape;
using notation::ex;
using tests::trap_setting;
using tests::Traps;

TEST_CASE("a square is a product, whatever number stands before it") {
  const Traps& setting = trap_setting();
  const auto folded = setting.applied("fold-product", "v[i]^2", "squared");
  REQUIRE(folded);
  CHECK(setting.context.text(folded->after) == "squared[i]/2");
  const auto raised = setting.applied("fold-product", "v[i]*(w[i]^2 + 1)^g[j]*h[j]", "raised");
  REQUIRE(raised);
  CHECK(setting.context.text(raised->after) == "h[j]*raised[i,j]");
}

TEST_CASE("a sign leaves a factor of odd power, and no root") {
  const Traps setting(R"(layer signs(A[N,D], B[N,D], g[D])
  rooted[i,j] = g[j]*(A[i,j] - B[i,j])^(1/2)
  plain[i,j]  = g[j]*(A[i,j] - B[i,j])
  return rooted, plain
)");
  CHECK_FALSE(setting.applied("fold-product", "g[j]^2*(B[i,j] - A[i,j])^(1/2)", "rooted"));
  CHECK_FALSE(setting.applied("fold-product", "g[j]^2*(B[i,j] - A[i,j])^(1/2)", "plain"));
  const auto opposite = setting.applied("fold-product", "g[j]^2*(B[i,j] - A[i,j])", "plain");
  REQUIRE(opposite);
  CHECK(setting.context.text(opposite->after) == "-g[j]*plain[i,j]");
}

TEST_CASE("factors are powers: of symbolic exponents, of roots, with signs that do not come out of a root") {
  const Traps& setting = trap_setting();
  const auto after = [&](const char* rule, const std::string& text) {
    const auto rewrite = setting.applied(rule, text);
    return rewrite ? setting.context.text(rewrite->after) : "refused";
  };
  CHECK(after("common-factor", "v[i]^g[j]*w[i] + v[i]^g[j]*h[j]") == "v[i]^g[j]*(h[j] + w[i])");
  CHECK(after("common-factor", "v[i]^g[j]*w[i] + v[i]^h[j]*w[i]") == "w[i]*(v[i]^g[j] + v[i]^h[j])");
  CHECK(after("common-factor", "sqrt(v[i] - w[i])*g[j] + sqrt(v[i] - w[i])*h[j]") == "sqrt(v[i] - w[i])*(g[j] + h[j])");
  CHECK(after("common-factor", "sqrt(w[i] - v[i])*g[j] + sqrt(w[i] - v[i])*h[j]") == "sqrt(w[i] - v[i])*(g[j] + h[j])");
  CHECK(after("distribute-delta", "w[k]*(delta[i,k] + v[i])^2") ==
        "2*v[i]*w[k]*delta[i,k] + w[k]*delta[i,k]^2 + v[i]^2*w[k]");
  // A size's denominator is common even where another's would not be.
  CHECK(after("common-factor", "v[i]/N + w[i]/N^2") == "(w[i] + N*v[i])/N^2");
  CHECK(after("common-factor", "v[i]/s + w[i]/s^2") == "(v[i] + w[i]/s)/s");
  CHECK(after("common-factor", "v[i] + w[i]/s") == "refused");
  CHECK(after("distribute", "(v[i] + w[i])^2") == "v[i]^2 + w[i]^2 + 2*v[i]*w[i]");
  CHECK(after("distribute", "v[i]*(1 + step(w[i]))^2") == "refused");
  CHECK(after("merge-exponentials", "exp(v[i])^2*exp(w[i])^g[j]*exp(h[j])") == "exp(h[j] + 2*v[i])*exp(w[i])^g[j]");
}

TEST_CASE("names stand for their formulas with either sign, and at equal indices") {
  const Traps& setting = trap_setting();
  const auto after = [&](const char* rule, const std::string& text, const std::string& known) {
    const auto rewrite = setting.applied(rule, text, known);
    return rewrite ? setting.context.text(rewrite->after) : "refused";
  };
  CHECK(after("fold-name", "mu[j] - A[i,j]", "centered") == "-centered[i,j]");
  CHECK(after("fold-product", "h[j]*g[j]/(B[i,j] - A[i,j])", "ratio") == "-h[j]*ratio[i,j]");
  CHECK(after("fold-sum", "sum[i](A[i,j])", "") == "N*mu[j]");
  CHECK(after("exchange-sums", "sum[i,j](v[i]*A[i,j]*B[i,j])", "gram") == "sum[i](v[i]*sum[j](A[i,j]*B[i,j]))");
  // The names are there, and at the sum's indices only one of them.
  CHECK(after("exchange-sums", "sum[i,j,k](v[i]*A[i,j]*h[j]*g[k])", "r") == "refused");
  CHECK(after("exchange-sums", "sum[i,j](v[i]*A[i,j]*g[j])", "r") == "sum[i](v[i]*sum[j](g[j]*A[i,j]))");
}

TEST_CASE("a fact is about a formula, not about a name or a number") {
  Traps setting("layer f(v[N], w[N])\n  y[i] = v[i]*w[i]\n  return y\n");
  const ex sum = setting.algebra("sum[i](w[i])");
  setting.context.facts =
      std::vector<notation::Fact>{{1, sum}, {setting.algebra("v[i]"), setting.algebra("w[i]^2")}, {sum, 1}};
  CHECK_FALSE(rules::rule("use-fact").apply(1, setting.context, {}));
  CHECK_FALSE(rules::rule("use-fact").apply(setting.algebra("v[i]"), setting.context, {}));
  const auto used = rules::rule("use-fact").apply(sum, setting.context, {});
  REQUIRE(used);
  CHECK(used->after.is_equal(1));
}

TEST_CASE("sums are joined with numbers before them, and with nothing else") {
  const Traps& setting = trap_setting();
  CHECK_FALSE(setting.applied("join-sums", "v[i]*sum[j](A[i,j]) + 2*sum[j](B[i,j])"));
  CHECK(setting.applied("join-sums", "3*sum[j](A[i,j]*g[j]) + 2*sum[j](B[i,j]*g[j])"));
}

TEST_CASE("names that only the variable depends on need not be held fixed") {
  const Traps& setting = trap_setting();
  const auto rewrite = setting.applied("power-rule", "diff(centered[i,l]^2, centered[k,j]; mu)");
  REQUIRE(rewrite);
  CHECK(setting.context.text(rewrite->after) == "2*centered[i,l]*diff(centered[i,l], centered[k,j])");
}

TEST_CASE("derivatives of tensors by others, and of what is held fixed, are 0 at once") {
  const Traps& setting = trap_setting();
  const auto after = [&](const char* rule, const std::string& text, const std::string& known) {
    const auto rewrite = setting.applied(rule, text, known);
    return rewrite ? setting.context.text(rewrite->after) : "refused";
  };
  CHECK(after("differentiate", "diff(square[i], v[k])", "square") == "2*v[i]*w[i]*delta[i,k]");
  CHECK(after("differentiate", "diff(centered[i,j], A[p,q]; mu)", "centered") == "delta[i,p]*delta[j,q]");
  CHECK(after("differentiate", "diff(centered[i,j], A[p,q])", "") == "delta[i,p]*delta[j,q] - diff(mu[j], A[p,q])");
  const auto& example = tests::example_setting();
  const auto held =
      rules::rule("derivative-of-entry").apply(example("diff(istd[l], A[i,j]; var)"), example.context, {});
  REQUIRE(held);
  CHECK(held->after.is_zero());
}

TEST_CASE("only a wanted delta shows, and only where multiplying out would bring it to the surface") {
  const Traps& setting = trap_setting();
  const auto any = [](const ex&) { return true; };
  const auto none = [](const ex&) { return false; };
  CHECK(rules::shows_delta(setting.algebra("w[k]*(delta[i,k] + v[i])^2"), any));
  CHECK_FALSE(rules::shows_delta(setting.algebra("w[k]*(delta[i,k] + v[i])^2"), none));
  CHECK_FALSE(rules::shows_delta(setting.algebra("w[k]*delta[i,k]"), none));
  CHECK_FALSE(rules::shows_delta(setting.algebra("w[k]*sqrt(delta[i,k] + v[i])"), any));
  CHECK_FALSE(rules::shows_delta(setting.algebra("w[k]*exp(delta[i,k] + v[i])"), any));
}

TEST_CASE("whole powers of deltas are deltas, and other powers stay") {
  const Traps& setting = trap_setting();
  const auto without = [&](const std::string& text) {
    return setting.context.text(rules::without_delta_powers(setting.algebra(text)));
  };
  CHECK(without("delta[i,k]^2*v[i]^3*w[k]") == "v[i]^3*w[k]*delta[i,k]");
  CHECK(without("2*delta[i,k]^2*v[i]") == "2*v[i]*delta[i,k]");
  CHECK(without("delta[i,k]*(v[i] + w[k])^2") == "delta[i,k]*(v[i] + w[k])^2");
  CHECK(without("delta[i,k]^w[i]*v[k]") == "v[k]*delta[i,k]^w[i]");
}

TEST_CASE("a definition is solved for a part that it has twice") {
  const Traps& setting = trap_setting();
  const auto rewrite = setting.applied("solve", "v[i]", "twice", "v");
  REQUIRE(rewrite);
  CHECK(setting.context.text(rewrite->after) == "twice[i]/(w[i]^2 + 1)");
}

TEST_CASE("a fact holds with either sign") {
  const tests::Setting setting(tests::layer_of(
      "layer f(B[N,D], g[D])\n  y[i,j] = B[i,j]*g[j]\n  assume sum[i](B[i,j]) - g[j] = 1\n  return y\n"));
  const auto rewrite = rules::rule("use-fact").apply(setting("g[j] - sum[i](B[i,j])"), setting.context, {});
  REQUIRE(rewrite);
  CHECK(rewrite->after.is_equal(-1));
}

TEST_CASE("which entries attain an extremum is not worked out anew, but for a name of the very maximum") {
  const Traps setting(R"(layer t(A[N,D], g[D])
  e[i,j] = exp(A[i,j])
  m[i]   = max[k](e[i,k])
  y[i,j] = g[j]*m[i]
  return y
)");
  const auto gap = [&](const std::string& text) { return notation::attained(setting.algebra(text)); };
  const auto applied = [&](const char* rule, const ex& e, const std::string& known) {
    return rules::apply_everywhere(rules::rule(rule), e, setting.context, {setting.context.find(known), {}});
  };
  CHECK_FALSE(applied("unfold", gap("m[i] - e[i,j]"), "e"));
  CHECK_FALSE(applied("unfold", gap("m[i] - e[i,j]"), "m"));
  const auto named = applied("fold-name", gap("max[k](e[i,k]) - e[i,j]"), "m");
  REQUIRE(named);
  CHECK(named->after.is_equal(gap("m[i] - e[i,j]")));
}

TEST_CASE("what a rule does at some places only is not remembered as what it does everywhere") {
  const Traps& setting = trap_setting();
  rules::Context context = setting.context;
  context.memo = std::make_shared<rules::Memo>();
  const ex product = setting.algebra("v[i]*(g[j] + h[j])");
  const auto nowhere = [](const ex&) { return false; };
  const auto everywhere = [](const ex&) { return true; };
  CHECK_FALSE(rules::apply_everywhere(rules::rule("distribute"), product, context, {}, nowhere));
  CHECK(rules::apply_everywhere(rules::rule("distribute"), product, context, {}, everywhere));
  CHECK(rules::apply_everywhere(rules::rule("distribute"), product, context));
  CHECK_FALSE(rules::apply_everywhere(rules::rule("distribute"), product, context, {}, nowhere));
}
