#include "symbolic/check/proof.hpp"

#include <set>

#include "symbolic/check/proof_ring.hpp"
#include "symbolic/check/proof_sizes.hpp"
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

constexpr std::uint64_t plenty = 1000000000;

/// A layer without a derivation, whose gradients are written by hand.
class ByHand {
 public:
  explicit ByHand(const std::string& text, std::uint64_t work = plenty)
      : layer_(tests::layer_of(text)), algebra_(layer_), prover_(layer_, none_, work) {}

  check::ProofVerdict prove(const std::string& name, const std::vector<language::Index>& indices,
                            const std::string& formula) {
    const Expr left = language::access(name, indices, language::Role::gradient);
    return prover_.prove(left, indices, algebra_.parsed(formula, indices).value);
  }
  bool proved(const std::string& name, const std::vector<language::Index>& indices, const std::string& formula) {
    return prove(name, indices, formula).proof.proved;
  }
  bool refuted(const std::string& name, const std::vector<language::Index>& indices, const std::string& formula) {
    return prove(name, indices, formula).refuted;
  }

 private:
  language::Layer layer_;
  std::vector<language::Definition> none_;
  tests::Algebra algebra_;
  check::Prover prover_;
};

const std::vector<language::Index> i_of_N{{"i", "N", {}}};
const std::vector<language::Index> ij{{"i", "N", {}}, {"j", "D", {}}};

/// The layer is derived, and all its results are proved.
bool derived_and_proved(const std::string& text) {
  const auto derivation = derive::derive(tests::layer_of(text));
  check::Prover prover(derivation.layer, derivation.introduced, plenty);
  bool all = true;
  for (const auto& gradient : derivation.gradients) {
    const auto verdict = prover.prove(gradient.left, gradient.indices, gradient.value);
    INFO(text << present::to_text(gradient.left) << " = " << present::to_text(gradient.value) << ": "
              << verdict.proof.reason << " " << verdict.where);
    CHECK(verdict.proof.proved);
    all = all && verdict.proof.proved;
  }
  return all;
}

}  // namespace

TEST_CASE("every result of every built-in layer is proved, at sizes that differ") {
  for (const auto& entry : language::builtin_layers()) {
    INFO(entry.name);
    const auto derivation = derive::derive(tests::builtin(std::string(entry.name)));
    check::Prover prover(derivation.layer, derivation.introduced);
    std::size_t further = derivation.gradients.size();
    for (const auto& gradient : derivation.gradients) {
      const auto verdict = prover.prove(gradient.left, gradient.indices, gradient.value, --further);
      INFO(gradient.name << ": " << verdict.proof.reason);
      CHECK(verdict.proof.proved);
      CHECK(verdict.proof.reason.empty());
      std::set<std::int64_t> different;
      for (const auto& [name, size] : verdict.proof.sizes) {
        CHECK(size >= 3);
        different.insert(size);
      }
      CHECK(different.size() == derivation.layer.sizes.size());
    }
    CHECK(prover.work_done() < check::default_proof_work);
  }
}

TEST_CASE("the proof alone refutes all mutants of all results") {
  int refuted = 0;
  for (const auto& entry : language::builtin_layers()) {
    if (tests::builtin(std::string(entry.name)).sizes.size() > 3) continue;  // their like are among the others, smaller
    const auto derivation = derive::derive(tests::builtin(std::string(entry.name)));
    check::Prover prover(derivation.layer, derivation.introduced, plenty);
    for (const auto& gradient : derivation.gradients) {
      if (gradient.value->kind == Kind::number && gradient.value->name == "0") continue;
      for (const Expr& mutant : mutants(gradient.value, derivation.layer)) {
        if (language::equal(mutant, gradient.value)) continue;
        INFO(entry.name << ", " << gradient.name << " = " << present::to_text(gradient.value));
        INFO("mutant " << present::to_text(mutant));
        const auto verdict = prover.prove(gradient.left, gradient.indices, mutant);
        if (present::to_text(mutant) == "dy[i,j]*step(y[i,j])") {  // which is right: step(relu(x)) = step(x)
          CHECK_FALSE(verdict.refuted);
          continue;
        }
        CHECK(verdict.refuted);
        CHECK_FALSE(verdict.proof.proved);
        ++refuted;
      }
    }
  }
  CHECK(refuted > 300);
}

TEST_CASE("mistakes that people make are refuted by proof") {
  ByHand norm(std::string(language::find_builtin_layer("batch_norm")->source));
  CHECK(norm.proved("dx", ij, "gamma[j]/(N*sqrt(var[j] + eps))*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])"));
  for (const char* wrong : {
           "gamma[j]/(N*(sqrt(var[j]) + eps))*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])",  // eps outside
           "gamma[j]/sqrt(var[j] + eps)*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])",        // a factor forgotten
           "gamma[j]^2/(N*sqrt(var[j] + eps))*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])",  // a factor twice
           "gamma[j]/(N*sqrt(var[j] + eps))*(N*dy[i,j] - dbeta[j] + xhat[i,j]*dgamma[j])",    // a sign
           "gamma[j]/(N*sqrt(var[j] + eps))*(N*dy[i,j] - xhat[i,j]*dgamma[j])",               // a term missing
           "gamma[j]/(D*sqrt(var[j] + eps))*(D*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])",    // D for N
           "gamma[j]/((N - 1)*sqrt(var[j] + eps))*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])",
       }) {
    INFO(wrong);
    const auto verdict = norm.prove("dx", ij, wrong);
    CHECK(verdict.refuted);
    CHECK(verdict.where == "[1,1]");
  }
  CHECK(norm.refuted("dgamma", {{"j", "D", {}}}, "sum[k](dy[k,j]*x[k,j])"));
  // A single entry that is wrong is found.
  CHECK(norm.prove("dbeta", {{"j", "D", {}}}, "sum[k](dy[k,j])*(1 + sum[k](delta[j,k]) - 1)").proof.proved);
  CHECK(norm.prove("dx", ij, "dx[i,j]*(1 + delta[i,3]*delta[j,2])").where == "[3,2]");
}

TEST_CASE("what is true at size 2 only is refuted") {
  // Two standardized numbers are 1 and −1, whatever they were.
  ByHand standardize(std::string(language::find_builtin_layer("standardize")->source));
  CHECK(standardize.refuted("dx", ij, "0"));
}

TEST_CASE("layers with all functions of the language are proved") {
  for (const char* y : {"abs(x[i])",
                        "abs(x[i])^3*x[i]",
                        "relu(x[i])^2",
                        "x[i]*step(x[i] - a)",
                        "max(x[i], a)",
                        "min(x[i]^2, a*x[i])",
                        "sin(x[i])*cos(x[i])",
                        "cos(a*x[i])^3",
                        "tanh(x[i])^2",
                        "x[i]*sigmoid(a*x[i])",
                        "softplus(x[i])^2",
                        "log(1 + exp(x[i]))",
                        "erf(a*x[i])*x[i]",
                        "exp(-x[i]^2/2)/sqrt(2*pi)",
                        "(1 + x[i]^2)^(1/3)",
                        "(1 + x[i]^2)^(-5/6)",
                        "(1 + x[i]^2)^x[i]",
                        "(1 + x[i]^2)^a",
                        "exp(x[i])/(1 + exp(x[i]))^2",
                        "0.5*x[i]*(1 + tanh(sqrt(2/pi)*(x[i] + 0.044715*x[i]^3)))",
                        "log(x[i]^2 + sqrt(1 + x[i]^2))",
                        "stop(x[i])*x[i]",
                        "exp(stop(max[k](x[k])))*x[i]",
                        "exp(x[i] - max[k](x[k]))",
                        "sum[k](max(x[i], x[k]))",
                        "max[k](x[k]*x[i])",
                        "min[k](x[k])*x[i]",
                        "sqrt(sum[k](x[k]^2) + a^2)*x[i]",
                        "x[i]/(sqrt(mean[k](x[k]^2)) + a)",
                        "exp(x[i]/2)*exp(x[i]/3)",
                        "sqrt(exp(x[i]))",
                        "log(exp(x[i])*3)"}) {
    CHECK(derived_and_proved(std::string("layer f(x[N], a)\n  y[i] = ") + y + "\n  return y\n"));
  }
}

TEST_CASE("the softmax that does not overflow is proved") {
  CHECK(derived_and_proved(R"(layer stable(x[N,D])
  m[i]   = max[j](x[i,j])
  e[i,j] = exp(x[i,j] - m[i])
  p[i,j] = e[i,j] / sum[k](e[i,k])
  return p
)"));
}

TEST_CASE("laws of functions are known") {
  ByHand f("layer f(x[N], y[N]; a = 2)\n  z[i] = x[i]*y[i]\n  assume y[i] >= 0\n  return z\n");
  const auto same = [&](const std::string& a, const std::string& b) {
    // The gradient of x is y·dz: multiplied by 1 + a − b it is itself just where a = b.
    return f.prove("dx", i_of_N, "y[i]*dz[i]*(1 + (" + a + ") - (" + b + "))");
  };
  CHECK(same("exp(x[i] + y[i])", "exp(x[i])*exp(y[i])").proof.proved);
  CHECK(same("exp(-2*x[i])", "1/exp(x[i])^2").proof.proved);
  CHECK(same("exp(log(a)*3 - log(x[i]^2))", "a^3/x[i]^2").proof.proved);
  CHECK(same("log(8*exp(x[i])/sqrt(a))", "3*log(2) + x[i] - log(a)/2").proof.proved);
  CHECK(same("sqrt(12*a)", "2*sqrt(3)*sqrt(a)").proof.proved);
  CHECK(same("sqrt(y[i]^2)", "y[i]").proof.proved);
  CHECK(same("tanh(x[i])", "(exp(x[i]) - exp(-x[i]))/(exp(x[i]) + exp(-x[i]))").proof.proved);
  CHECK(same("sigmoid(-x[i])", "1 - sigmoid(x[i])").proof.proved);
  CHECK(same("softplus(x[i]) - softplus(-x[i])", "x[i]").proof.proved);
  CHECK(same("sin(-x[i])^2 + cos(x[i])^2", "1").proof.proved);
  CHECK(same("erf(y[i] - x[i])", "-erf(x[i] - y[i])").proof.proved);
  CHECK(same("abs(x[i]*y[i])^2", "x[i]^2*y[i]^2").proof.proved);
  CHECK(same("relu(x[i]) - relu(-x[i])", "x[i]").proof.proved);
  CHECK(same("step(x[i])*step(-x[i])", "0").proof.proved);
  CHECK(same("max(x[i], y[i]) + min(x[i], y[i])", "x[i] + y[i]").proof.proved);
  // Equal arguments in different clothes; a radicand likewise.
  CHECK(same("erf((x[i] + y[i])^2)", "erf(x[i]^2 + 2*x[i]*y[i] + y[i]^2)").proof.proved);
  CHECK(same("sqrt((x[i] + 1)*(x[i] + 2) + a)", "sqrt(x[i]^2 + 3*x[i] + 2 + a)").proof.proved);
  // √(x²) is not x, and step(−x) is not 1 − step(x): there is 0.
  CHECK(same("sqrt(x[i]^2)", "x[i]").refuted);
  CHECK(same("step(-x[i])", "1 - step(x[i])").but_for_ties);
  CHECK_FALSE(same("step(x[i])*step(-x[i])", "0").but_for_ties);
  // What is far smaller than the terms that it is left of is no refutation.
  CHECK_FALSE(same("sin(exp(-400*(2 + sin(x[i]))))^2", "1 - cos(1 + exp(-400*(2 + sin(x[i]))) - 1)^2").refuted);
  CHECK(same("exp(-400*(2 + sin(x[i])))^2", "(exp(-400*(2 + sin(x[i]))) + 1)^2 - 1").refuted);
  // These hold, by laws that the proof does not know: neither proved nor refuted.
  for (const auto& [a, b] : {std::pair("sin(2*x[i])", "2*sin(x[i])*cos(x[i])"), std::pair("sqrt(x[i]^2)", "abs(x[i])"),
                             std::pair("max[k](x[k] + 1)", "max[k](x[k]) + 1")}) {
    const auto verdict = same(a, b);
    INFO(a << " = " << b);
    CHECK_FALSE(verdict.proof.proved);
    CHECK_FALSE(verdict.refuted);
    CHECK(verdict.proof.reason == "it needs a law that the proof does not know");
  }
}

TEST_CASE("assumptions are used after differentiating, and what cannot be used refutes nothing") {
  const std::string entropy = "layer h(x[N,D], t[N,D])\n  loss = sum[i,j](t[i,j]*x[i,j])\n";
  ByHand free(entropy + "  return loss\n");
  CHECK(free.refuted("dx", ij, "t[i,j]*sum[k](t[i,k])"));
  ByHand simplex(entropy + "  assume sum[j](t[i,j]) = 1\n  return loss\n");
  CHECK(simplex.proved("dx", ij, "t[i,j]*sum[k](t[i,k])"));
  CHECK(simplex.proved("dt", ij, "x[i,j]"));
  CHECK(simplex.refuted("dt", ij, "x[i,j]*sum[k](t[k,j])"));
  ByHand sphere(entropy + "  assume mean[j](t[i,j]^2) = 2\n  return loss\n");
  CHECK(sphere.proved("dx", ij, "t[i,j]*sum[k](t[i,k]^2)/(2*D)"));
  ByHand doubled(entropy + "  assume t[i,j] = 2*x[i,j]\n  return loss\n");
  CHECK(doubled.proved("dx", ij, "2*x[i,j]"));
  CHECK(doubled.refuted("dx", ij, "x[i,j]"));
  ByHand ordered(entropy + "  assume x[i,j] >= t[i,j]\n  return loss\n");
  const auto verdict = ordered.prove("dx", ij, "t[i,j] + abs(x[i,j] - t[i,j]) - x[i,j] + t[i,j]");
  CHECK_FALSE(verdict.refuted);
  CHECK_FALSE(verdict.proof.proved);
}

TEST_CASE("a quotient by what is 0 for all inputs is no proof") {
  ByHand f("layer f(x[N])\n  y[i] = x[i]^2\n  return y\n");
  const auto by_zero = f.prove("dx", i_of_N, "2*x[i]*dy[i]*(x[i] - x[i])/(x[i] - x[i])");
  CHECK_FALSE(by_zero.proof.proved);
  CHECK(by_zero.proof.reason == "it divides by 0");
  const std::string hidden = "(sqrt(x[i]^2 + 2*x[i] + 1) - abs(x[i] + 1))";
  const auto verdict = f.prove("dx", i_of_N, "2*x[i]*dy[i]*" + hidden + "/" + hidden);
  CHECK_FALSE(verdict.proof.proved);
  CHECK(verdict.proof.reason == "it divides by something that may be 0 for all inputs");
  CHECK(f.proved("dx", i_of_N, "2*x[i]^2*dy[i]/x[i]"));
}

TEST_CASE("work is bounded, and what is not finished is not claimed") {
  const std::string text(language::find_builtin_layer("layer_norm")->source);
  const auto derivation = derive::derive(tests::layer_of(text));
  const auto& dx = *derivation.find("x");
  check::Prover hurried(derivation.layer, derivation.introduced, 500);
  const auto verdict = hurried.prove(dx.left, dx.indices, dx.value);
  CHECK_FALSE(verdict.proof.proved);
  CHECK_FALSE(verdict.refuted);
  CHECK(verdict.too_large);
  CHECK(verdict.proof.reason == "too large");
  CHECK(hurried.work_done() < 5000);
  // What would be too large even to evaluate is not begun.
  std::string sums = "x[i,j]";
  for (int k = 0; k < 40; ++k) sums = "sum[k" + std::to_string(k) + "](" + sums + "*x[k" + std::to_string(k) + ",j])";
  ByHand astronomic("layer f(x[N,D])\n  y[i,j] = " + sums + "\n  return y\n", 100000);
  CHECK(astronomic.prove("dx", ij, "0").too_large);
}

TEST_CASE("where different sizes are too large, equal ones are tried") {
  const auto layer = tests::layer_of("layer f(x[A,B,C,D,E])\n  y = sum[a,b,c,d,e](x[a,b,c,d,e]^2)\n  return y\n");
  CHECK(check::proof_sizes(layer).size() == 1);
  CHECK(check::proof_sizes(layer).front().at("E") == 3);
  const auto norm = tests::builtin("layer_norm");
  CHECK(check::proof_sizes(norm).front() == check::Sizes{{"N", 3}, {"D", 4}});
  CHECK(check::proof_sizes(norm).back() == check::Sizes{{"N", 3}, {"D", 3}});
  // A product of sums whose cost is in D: found by trying, with little work.
  const auto derivation = derive::derive(norm);
  const auto& dx = *derivation.find("x");
  std::uint64_t enough = 1000;
  derive::Proof first;
  for (; !first.proved; enough += 100) {
    check::Prover prover(derivation.layer, derivation.introduced, enough);
    first = prover.prove(dx.left, dx.indices, dx.value).proof;
  }
  CHECK(first.sizes == std::vector<std::pair<std::string, std::int64_t>>{{"N", 3}, {"D", 3}});
}

TEST_CASE("verify refuses a result that the proof refutes, and says how the others were proved") {
  auto derivation = derive::derive(tests::builtin("sigmoid"));
  derivation.gradients.back().value = language::negate(derivation.gradients.back().value);
  try {
    check::verify(derivation);
    FAIL("a wrong result passed");
  } catch (const derive::Error& e) {
    CHECK(std::string(e.what()).find("its result -(y[i,j]*dy[i,j]*(1 - y[i,j])) is not dx[i,j]") != std::string::npos);
  }
  const auto verified = check::verified_derivation(tests::builtin("layer_norm"));
  for (const auto& gradient : verified.gradients) CHECK(gradient.proof.proved);
}

TEST_CASE("the same proof is the same work on every run") {
  const auto derivation = derive::derive(tests::builtin("affine_batch_norm_relu"));
  const auto work = [&] {
    check::Prover prover(derivation.layer, derivation.introduced, plenty);
    for (const auto& gradient : derivation.gradients)
      CHECK(prover.prove(gradient.left, gradient.indices, gradient.value).proof.proved);
    return prover.work_done();
  };
  CHECK(work() == work());
}

TEST_CASE("what a saturated function loses does not refute") {
  // tanh(h) is 1 to hundreds of digits: 1 - tanh(h)^2 has a name, and hardly a digit that is right.
  const auto layer = tests::layer_of(
      "layer t(x[N,D])\n  h = abs(3*sum[i,k]((1e-1 + sum[j](x[i,j]))*sum[j](x[k,j])))\n"
      "  y[i,j] = tanh(h)*x[i,j]\n  return y\n");
  const auto derivation = check::verified_derivation(layer);
  CHECK(derivation.find("x")->proof.reason.find("refuted") == std::string::npos);
}

TEST_CASE("polynomials of the ring add, multiply and factor") {
  check::Ring ring;
  const auto x = ring.single(1, ring.power_of(0, 1)), y = ring.single(1, ring.power_of(1, 1));
  const auto sum = ring.add(x, y), difference = ring.subtract(x, y);
  const auto squares = ring.subtract(ring.multiply(x, x), ring.multiply(y, y));
  CHECK(check::same_terms(ring.multiply(sum, difference), squares));
  CHECK(ring.subtract(sum, sum).is_zero());
  CHECK(check::same_terms(ring.scale(sum, cln::cl_RA("2/6")), ring.scale(sum, cln::cl_RA("1/3"))));
  CHECK_FALSE(check::same_terms(sum, difference));
  // −(2/3)·x/y + (4/3)·x²: the content is −2/3, the monomial x/y.
  const auto quotient = ring.single(1, ring.product(ring.power_of(0, 1), ring.power_of(1, -1)));
  const auto p = ring.add(ring.scale(quotient, cln::cl_RA("-2/3")), ring.scale(ring.multiply(x, x), cln::cl_RA("4/3")));
  const auto parts = ring.factored(p);
  CHECK(cln::abs(parts.content) == cln::cl_RA("2/3"));
  CHECK(parts.monomial == ring.product(ring.power_of(0, 1), ring.power_of(1, -1)));
  CHECK(
      check::same_terms(ring.scale(ring.multiply(ring.single(1, parts.monomial), parts.primitive), parts.content), p));
  CHECK_THROWS_AS(ring.power(ring.power_of(0, 1), 10000000), check::TooLarge);
  const auto factors = check::small_factors(cln::cl_I(720720), ring);
  cln::cl_I product = 1;
  for (const auto& [factor, exponent] : factors) product = product * cln::expt_pos(factor, exponent);
  CHECK(product == 720720);
  ring.allow(3);
  CHECK_THROWS_AS(ring.multiply(p, ring.multiply(p, p)), check::TooLarge);
}
