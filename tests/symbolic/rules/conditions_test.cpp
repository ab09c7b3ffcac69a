// Side conditions: formulas that a rule would get wrong, or would have no business with, without one of its conditions.
// ./run mutate takes the conditions away, one at a time; something here has to notice.
#include <set>

#include "symbolic/present/text.hpp"
#include "tests/symbolic/rules/traps.hpp"

using namespace chalktape;
using notation::ex;
using notation::exvector;
using rules::Rule;
using tests::example_setting;
using tests::trap_setting;
using tests::Traps;

namespace {

/// The nodes of e outside its reductions, e included.
void gather_nodes(const ex& e, exvector& nodes) {
  nodes.push_back(e);
  if (notation::is<notation::Reduce>(e) || notation::is<notation::Access>(e)) return;
  for (const ex& operand : notation::operands(e)) gather_nodes(operand, nodes);
}

/// Applies every rule to every expression, pointed at nothing and at everything.
template <class AlgebraOf>
void check_soundness(const rules::Context& context, const AlgebraOf& algebra, const present::Naming& naming,
                     const std::set<std::string>& texts) {
  std::vector<rules::Target> targets{{}};
  for (const rules::Known& known : context.known) targets.push_back({&known, {}});
  std::set<std::string> compared;
  int rewritten = 0;
  for (const std::string& text : texts) {
    const notation::FreeExpression before = algebra.parsed(text);
    const ex e = algebra.of(before.value);
    exvector nodes;
    gather_nodes(e, nodes);
    for (const Rule& rule : rules::registry()) {
      if (rule.apply == nullptr) continue;
      for (const rules::Target& general : targets) {
        std::set<std::string> parts{""};
        if (rule.name == "solve" && general.known != nullptr)
          for (const std::string& name : notation::names(general.known->formula.value)) parts.insert(name);
        for (const std::string& part : parts) {
          const rules::Target target{general.known, part};
          INFO(rule.name << " at " << text << ", pointed at "
                         << (target.known != nullptr ? target.known->formula.name : "nothing") << " " << part);
          for (const ex& node : nodes) {
            const auto rewrite = rule.apply(node, context, target);
            CHECK_FALSE((rewrite && rewrite->after.is_equal(node)));  // what a rule gives is something else
          }
          const auto rewrite = rules::apply_everywhere(rule, e, context, target);
          if (!rewrite) continue;
          ++rewritten;
          const std::string after = context.text(rewrite->after);
          INFO("gives " << after);
          if (!compared.insert(text + " -> " + after).second) continue;
          const notation::FreeExpression right{present::to_tree(rewrite->after, naming), before.indices};
          tests::check_same_values(algebra.layer(), check::Digits(11), check::Spread::mixed, before, right);
        }
      }
    }
  }
  CHECK(rewritten > 100);
}

}  // namespace

TEST_CASE("whatever a rule is pointed at, it changes the formula and keeps its value: all rules' examples") {
  const auto& setting = example_setting();
  std::set<std::string> texts;
  for (const Rule& rule : rules::registry()) {
    for (const std::string_view text : {rule.example.before, rule.refuses.before})
      if (text.substr(0, 6) != "delta[") texts.insert(std::string(text));
  }
  texts.insert({"diff(istd[l], A[i,j]; var)", "diff(u[k], A[i,j])", "diff(mu[l], mu[j])",
                "diff(A[k,l] + mu[l], A[i,j])", "diff(xhat[k,l], A[i,j]; istd, mu)", "diff(v[k]*w[k], w[i])"});
  check_soundness(setting.context, setting.algebra, setting.naming, texts);
}

TEST_CASE("whatever a rule is pointed at, it changes the formula and keeps its value: traps") {
  const Traps& setting = trap_setting();
  check_soundness(setting.context, setting.algebra, setting.naming,
                  {"sum[i](A[i,j])",
                   "sum[k](w[k])",
                   "-v[i]",
                   "w[i]",
                   "g[j]*(B[i,j] - A[i,j])^3",
                   "w[i]/v[i]^3",
                   "(v[i]^2*v[i]^2 + 1)^(-1/2)",
                   "(v[i]^2*v[k]^2 + 1)^(-3/2)",
                   "2*w[i]^2",
                   "v[i]^2 + v[i]^4",
                   "w[k]*(v[i]^2 + v[i]^3)",
                   "C[i,k] + v[i]",
                   "C[k,i]*w[i]",
                   "v[i]*w[i]",
                   "A[i,j] - mu[j]",
                   "A[i,j] - mu[j] + exp(A[i,j])",
                   "A[i,j] + v[i]",
                   "v[i] - sum[j](A[i,j])",
                   "sum[i,j](g[j]*v[i]*C[i,i]*w[i])",
                   "sum[i,j](g[j]*A[i,j]*v[i]*B[i,j])",
                   "sum[i](v[i]*sum[j](A[i,j]*g[j])*w[i])",
                   "sum[j](h[j]*sum[i](A[i,j]*w[i])*g[j])",
                   "sum[i,j]((v[i] - w[i])*(g[j] - h[j]))",
                   "sum[i](v[i]*(w[i] - s))",
                   "sum[i](C[i,k]*C[k,i])",
                   "v[i]*w[k] + (delta[i,k] + w[k])^2",
                   "w[k]*(delta[i,k] + v[i])^2",
                   "delta[i,k]*v[i]^2*w[k]",
                   "sum[k](delta[i,k]^2*v[k]*(w[k] + delta[i,k]))",
                   "exp(v[i])^2*w[i]/exp(w[i])",
                   "v[i]*(w[i]^2 + 1)^g[j]*h[j]",
                   "diff(diag[i,k], v[p])",
                   "h[j]*g[j]/(B[i,j] - A[i,j])",
                   "g[j] + h[j] + (v[i] + w[i])*s",
                   "(v[i] - w[i])^2*g[j] + (v[i] - w[i])^2*h[j]",
                   "(g[j] - h[j])^2*v[i] + (g[j] - h[j])^2*w[i]",
                   "(v[i] - s)^2*g[j] + (v[i] - s)^2*h[j]",
                   "(g[j] - w[i])^2*s + (g[j] - w[i])^2*h[j]",
                   "(s - h[j])^2*g[j] + (s - h[j])^2*w[i]",
                   "sum[j](A[i,j]^2) + 1",
                   "sum[j](A[i,j]^4)",
                   "v[i]*sum[j](A[i,j]^2)",
                   "v[i]*g[j] + v[i]*h[j] + v[i]^2",
                   "v[i]/w[i] + v[i]/w[i]^2",
                   "sum[i](A[i,j]^2 - A[i,j]*h[j])"});
}

TEST_CASE("a rule refuses what only looks like its case") {
  struct Refusal {
    std::string rule, text, known, part;
  };
  const Traps& setting = trap_setting();
  for (const Refusal& refusal : std::vector<Refusal>{
           // What is divided by may be 0, or holds the very sum.
           {"fold-sum", "sum[i](A[i,j])", "total", ""},
           {"fold-sum", "sum[k](w[k])", "crossed", ""},
           {"fold-sum", "sum[k](w[k])", "masked", ""},
           // A name for a name, and back again.
           {"fold-name", "-v[i]", "copied", ""},
           {"fold-name", "w[i]", "opposite", ""},
           {"fold-name", "2*v[i]", "two", ""},
           // Not all of the factors are there, or what is there is no product.
           {"fold-product", "v[i]", "doubled", ""},
           {"fold-product", "-v[i]", "doubled", ""},
           {"fold-product", "w[i]*exp(v[i])", "ev", ""},
           {"fold-product", "w[i]*v[i]", "square", ""},
           {"fold-product", "w[i]/v[i]^3", "square", ""},
           {"fold-product", "w[i]*v[i]^(5/2)", "square", ""},
           {"fold-product", "v[i]^3", "cubic", ""},
           {"fold-product", "w[i]", "square", ""},
           // (v^2 + 1)^(-13/2): the name's rounding 13 times over; and a power that is none of the name's.
           {"fold-power", "(v[i]^2 + 1)^(-13/2)", "own", ""},
           {"fold-power", "(v[i]^2 + 1)^(-1/4)", "own", ""},
           {"fold-power", "(v[i]^2 + 1)^v[i]", "own", ""},
           {"fold-power", "(2*v[i]^2 + 1)^(-1/2)", "own", ""},
           {"fold-power", "(v[i]^2 + 1)^(-1/2)", "gap", ""},
           {"fold-power", "(v[i]^2*w[i]^2 + 1)^(-1/2)", "pair", ""},
           // exp(log(…)) costs more, or is that of something else.
           {"inverse-function", "2*w[i]^2", "lw", ""},
           {"inverse-function", "v[i]^2 + v[i]^3", "lv", ""},
           {"unfold", "v[i]", "", ""},
           {"unfold", "cubic[i]", "square", ""},
           // Another name than the one that is pointed at, more terms than are worth it, a sum that stays.
           {"lemma", "sum[i](norm[i,j])", "mu", ""},
           {"lemma", "sum[i]((A[i,j] + B[i,j] + v[i] + w[i])^7)", "", ""},
           {"lemma", "sum[i](A[i,j]^2 - A[i,j]*h[j])", "", ""},
           {"lemma", "sum[i](A[i,j]*(g[j] + h[j] + s)^5)", "", ""},
           {"lemma", "sum[i](A[i,j] - B[i,j])", "mu", ""},
           // The slope depends on what is solved for, or underflows; a sum is left; the part does not determine it.
           {"solve", "v[i]", "cubic", "v"},
           {"solve", "v[i]", "scaled", "v"},
           {"solve", "v[i]", "tilted", "v"},
           {"solve", "v[i]", "shifted", "v"},
           {"solve", "v[i]", "spread", "v"},
           {"solve", "C[i,k]", "mixed", "C"},
           {"solve", "v[i]", "", "v"},
           {"solve", "v[i]", "cubic", "w"},
           // In a sum of terms: the part stays elsewhere, or the sum does not become shorter.
           {"solve", "A[i,j] - mu[j] + exp(A[i,j])", "norm", "A"},
           {"solve", "A[i,j] + v[i]", "norm", "A"},
           {"solve", "v[i] + sum[j](A[i,j]) + w[i]", "shifted", "v"},
           {"solve", "2*v[i] + g[j] + w[i]", "spread", "v"},
           {"solve", "2*C[i,k] + C[k,i] + w[i]", "mixed", "C"},
           {"solve", "v[i]*w[i]", "kinked", "v"},
           {"solve", "A[i,j]*w[i]", "norm", "A"},
           // Too many terms.
           {"distribute", "(v[i] + w[i] + g[j] + h[j])^5", "", ""},
           {"distribute-delta", "w[k]*(delta[i,k] + v[i] + w[k] + v[k])^5", "", ""},
           // Deltas that nothing contracts: under a root, in a function; and factors that all hold deltas.
           {"distribute-delta", "w[k]*(exp(delta[i,k]) + v[i])", "", ""},
           {"distribute-delta", "w[k]*sqrt(delta[i,k] + v[i]^2)", "", ""},
           {"distribute-delta", "(delta[i,k] + v[i])*(delta[i,k] + w[k])", "", ""},
           {"distribute-delta", "2*(delta[i,k] + v[i])*(delta[i,k] + w[k])", "", ""},
           {"distribute-delta", "(delta[i,k] + v[i])^2", "", ""},
           {"delta-power", "delta[i,k]^w[i]*v[k]", "", ""},
           {"pull-out", "sum[i](g[j] + 0*A[i,j])", "", ""},
           {"pull-out", "sum[i](v[i] - w[i])", "", ""},
           {"pull-out", "sum[i](w[i] - v[i])", "", ""},
           // What all terms share is for common-factor.
           {"collect", "v[i]*g[j] + v[i]*h[j]", "", ""},
           // The inner sum is no known one, runs over one index twice, or leaves a factor that depends on it.
           {"exchange-sums", "sum[i,j](g[j]*v[i]*C[i,i]*w[i])", "quad", ""},
           {"exchange-sums", "sum[i,j](g[j]*A[i,j]*v[i]*B[i,j])", "r", ""},
           {"exchange-sums", "sum[j](g[j]*sum[i](v[i]*A[i,j]^2))", "r", ""},
           {"exchange-sums", "sum[i,k](v[i]*C[i,k]*w[k])", "quad", ""},
           {"exchange-sums", "sum[i](v[i]*sum[j](A[i,j]*g[j]))", "r", ""},
           {"exchange-sums", "sum[j](g[j]*sum[i](v[i]*A[i,j]))", "total", ""},
           {"exchange-sums", "sum[j](g[j]*sum[i](v[i]*A[i,j]))", "cubic", ""},
       }) {
    INFO(refusal.rule << " at " << refusal.text << ", pointed at " << refusal.known << " " << refusal.part);
    const auto rewrite = setting.applied(refusal.rule, refusal.text, refusal.known, refusal.part);
    INFO("gives " << (rewrite ? setting.context.text(rewrite->after) : "nothing"));
    CHECK_FALSE(rewrite);
  }
}

TEST_CASE("a rule of derivatives refuses the cases of the others") {
  struct Refusal {
    std::string rule, text, known;
  };
  const auto& setting = example_setting();
  for (const Refusal& refusal : std::vector<Refusal>{
           {"differentiate", "diff(A[k,l]*mu[l], A[i,j])", ""},
           {"differentiate", "diff(scaled[k,l], A[i,j]; g)", "mu"},
           {"differentiate", "diff(A[k,l], A[i,j])", ""},
           {"differentiate", "diff(mu[l], mu[j])", ""},
           {"derivative-of-name", "diff(u[k], A[i,j])", ""},
           {"derivative-of-name", "diff(A[k,l], A[i,j])", ""},
           {"derivative-of-name", "diff(mu[l], mu[j])", ""},
           {"derivative-of-name", "diff(A[k,l]*mu[l], A[i,j])", ""},
           {"derivative-of-name", "A[i,j]", ""},
           {"known-derivative", "diff(A[k,l]*mu[l], A[i,j])", ""},
           {"known-derivative", "diff(var[l], A[i,j])", ""},
           {"known-derivative", "diff(mu[l], mu[j])", ""},
           {"derivative-of-entry", "diff(A[k,l]*mu[l], A[i,j])", ""},
           {"derivative-of-entry", "diff(mu[l], A[i,j])", ""},
           {"product-rule", "diff(A[k,l] + mu[l], A[i,j])", ""},
           {"product-rule", "diff(exp(mu[l]), A[i,j])", ""},
           {"power-rule", "diff(exp(mu[l]), A[i,j])", ""},
           {"function-rule", "diff((var[l] + eps)^(-1/2), A[i,j])", ""},
           {"extremum-rule", "diff(exp(mu[l]), A[i,j])", ""},
           {"extremum-rule", "diff(sum[p](A[p,l]*mu[l]), A[i,j])", ""},
           {"differentiate", "diff(A[k,l], v[i])", ""},
       }) {
    INFO(refusal.rule << " at " << refusal.text << ", pointed at " << refusal.known);
    const rules::Target target{refusal.known.empty() ? nullptr : setting.context.find(refusal.known), {}};
    CHECK_FALSE(rules::apply_everywhere(rules::rule(refusal.rule), setting(refusal.text), setting.context, target));
  }
}

TEST_CASE("a derivative that is known with other names held fixed is another one") {
  const auto& setting = example_setting();
  const ex l = notation::index("l", "D"), i = notation::index("i", "N"), j = notation::index("j", "D");
  const auto entry = [&](const std::string& name, const exvector& at) {
    return GiNaC::ex_to<notation::Access>(setting.context.symbols->access(name, at));
  };
  const ex held = notation::partial(entry("mu", {l}), entry("A", {i, j}), {"var"});
  CHECK_FALSE(rules::rule("known-derivative").apply(held, setting.context, {}));
}

TEST_CASE("a delta between indices of different ranges contracts nothing") {
  // The language has none; programs may make one.
  const auto& setting = example_setting();
  const ex i = notation::index("i", "N"), j = notation::index("j", "D");
  const ex sum = notation::sum(notation::delta(i, j) * setting.context.symbols->access("g", {j}), {j});
  CHECK_FALSE(rules::rule("contract-delta").apply(sum, setting.context, {}));
}

TEST_CASE("rules look at one node: what stands inside is for the driver to walk to") {
  const Traps& setting = trap_setting();
  const auto refuses = [&](const char* rule, const std::string& text) {
    return !rules::rule(rule).apply(setting.algebra(text), setting.context, {});
  };
  CHECK(refuses("distribute", "v[i]*(g[j] + h[j]) + w[i]"));
  CHECK(refuses("merge-exponentials", "exp(v[i])^2"));
  CHECK(refuses("distribute-delta", "v[i]*w[k] + (delta[i,k] + w[k])^2"));
  CHECK(refuses("lemma", "N*mu[j] - sum[i](A[i,j])"));
  CHECK(refuses("common-factor", "v[i]*w[i]"));
  CHECK(refuses("collect", "v[i]*w[i]"));
}

TEST_CASE("a name that costs something is folded into only where a search asks for it") {
  const Traps& setting = trap_setting();
  rules::Context context = setting.context;
  context.known = std::vector<rules::Known>{*setting.context.find("mu"), *setting.context.find("r")};
  for (auto& known : context.known) {
    known.free = false;
    known.share = 0;
  }
  const ex sum = setting.algebra("sum[i](A[i,j])");
  const Rule& fold = rules::rule("fold-sum");
  CHECK_FALSE(fold.apply(sum, context, {}));
  CHECK(fold.apply(sum, context, {context.find("mu"), {}}));
  const ex sums = setting.algebra("sum[j](h[j]*g[j]*sum[i](v[i]*A[i,j]))");
  const ex known_inside = setting.algebra("sum[j](g[j]*sum[i](v[i]*A[i,j]))");
  CHECK_FALSE(rules::rule("exchange-sums").apply(known_inside, context, {}));
  CHECK(rules::rule("exchange-sums").apply(known_inside, context, {context.find("r"), {}}));
  CHECK_FALSE(rules::rule("exchange-sums").apply(sums, context, {context.find("r"), {}}));
  for (auto& known : context.known) known.share = 1;
  CHECK_FALSE(rules::rule("exchange-sums").apply(known_inside, context, {context.find("r"), {}}));
  CHECK_FALSE(rules::rule("lemma").apply(setting.algebra("sum[i](A[i,j] - h[j])"), context, {}));
}
