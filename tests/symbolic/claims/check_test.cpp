// Verdicts, expectations, counterexamples and repairs of single claims.
#include "symbolic/claims/check.hpp"

#include <algorithm>
#include <string>

#include "symbolic/claims/report.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/claims/files.hpp"

namespace {

using namespace chalktape;
using claims::Verdict;
using tests::claims_of;

claims::FileResult checked(const std::string& text) { return claims::check_claims(claims_of(text)); }

/// The only line of a claim about that layer.
claims::LineResult line_about(const std::string& layer, const std::string& line) {
  return checked("about " + layer + "\nclaim \"a\"\n  " + line + "\n").claims.front().lines.back();
}

Verdict verdict_about(const std::string& layer, const std::string& line) { return line_about(layer, line).verdict; }

std::string advice_about(const std::string& layer, const std::string& line) {
  const auto result = line_about(layer, line);
  return result.equations.front().repair ? result.equations.front().repair->advice : "";
}

}  // namespace

TEST_CASE("claims about layers with functions are decided", "[claims]") {
  CHECK(verdict_about("softmax", "p[i,j] = exp(x[i,j] - max[k](x[i,k]))/sum[l](exp(x[i,l] - max[k](x[i,k])))") ==
        Verdict::holds);
  CHECK(verdict_about("softmax", "diff(p[i,k], x[i,j]) = p[i,k]*(delta[j,k] - p[i,j])") == Verdict::holds);
  CHECK(verdict_about("softmax", "diff(p[i,k], x[i,j]) = p[i,k]*(delta[j,k] - p[i,k])") == Verdict::refuted);
  CHECK(verdict_about("tanh_layer", "dx[i,j] = dy[i,j]*(1 - y[i,j]^2)") == Verdict::holds);
  CHECK(verdict_about("tanh_layer", "y[i,j] = 2*sigmoid(2*x[i,j]) - 1") == Verdict::holds);
  CHECK(verdict_about("tanh_layer", "dx[i,j] = dy[i,j]*(1 - y[i,j])") == Verdict::refuted);
  CHECK(verdict_about("relu", "dx[i,j] = dy[i,j]*step(y[i,j])") == Verdict::holds);
  CHECK(verdict_about("relu", "y[i,j] = (x[i,j] + abs(x[i,j]))/2") == Verdict::holds);
  CHECK(verdict_about("relu", "dx[i,j] = dy[i,j]*y[i,j]") == Verdict::refuted);
  CHECK(verdict_about("gelu", "diff(y[i,j], x[i,j]) = cdf[i,j] + x[i,j]*exp(-x[i,j]^2/2)/sqrt(2*pi)") ==
        Verdict::holds);
  CHECK(verdict_about("log_softmax", "dx[i,j] = dy[i,j] - exp(y[i,j])*sum[k](dy[i,k])") == Verdict::holds);
  CHECK(verdict_about("attention", "ds[n,m] = p[n,m]*(dp[n,m] - sum[f](dy[n,f]*y[n,f]))") == Verdict::holds);
}

TEST_CASE("what differs by little is refuted, too", "[claims]") {
  CHECK(verdict_about("batch_norm", "y[i,j] = gamma[j]*xhat[i,j] + beta[j] + 1e-30*x[i,j]") == Verdict::refuted);
  CHECK(verdict_about("batch_norm", "dbeta[j] = sum[i](dy[i,j]) + 1e-60*gamma[j]") == Verdict::refuted);
  CHECK(verdict_about("affine", "db[j] = sum[i](dy[i,j]) + 1e-60*b[j]") == Verdict::refuted);
  CHECK(verdict_about("sigmoid", "y[i,j] = 1/(1 + exp(-x[i,j])) + 1e-100*x[i,j]") == Verdict::refuted);
}

TEST_CASE("what has no value at some inputs cannot be decided", "[claims]") {
  const auto line = line_about("softmax", "x[i,j] = exp(log(x[i,j]))");
  CHECK(line.verdict == Verdict::undecided);
  CHECK(line.equations.front().judgement.reason.find("logarithm") != std::string::npos);
  CHECK_FALSE(line.as_expected);
  // A difference at points where both sides have values is a difference.
  CHECK(verdict_about("softmax", "x[i,j] = 2*exp(log(x[i,j]))") == Verdict::refuted);
  // Nothing hangs, however large.
  CHECK(verdict_about("batch_norm",
                      "dbeta[j] = sum[a,b,c,d,e,f,g,h](sum[k,l,m,n,o,p,q,r](sum[i](dy[i,j]) + 0*x[a,b]*x[c,d]*x[e,f]"
                      "*x[g,h]*x[k,l]*x[m,n]*x[o,p]*x[q,r]))") == Verdict::undecided);
  // A layer without a value anywhere.
  const auto nowhere = checked("layer f(x[N])\n  y[i] = log(-1 - x[i]^2)\n  return y\nclaim \"a\"\n  dx[i] = dy[i]\n");
  CHECK(nowhere.claims.front().verdict == Verdict::undecided);
  CHECK_FALSE(nowhere.as_expected);
}

TEST_CASE("each = is checked against the truth and against the line before it", "[claims]") {
  const auto result = checked(
      "about batch_norm\n"
      "claim \"a\"\n"
      "  dbeta[j] = sum[i](dy[i,j])\n"
      "           = mean[i](dy[i,j])\n"
      "           = sum[i](dy[i,j])/N\n"
      "           = sum[k](dy[k,j])\n");
  const auto& lines = result.claims.front().lines;
  REQUIRE(lines.size() == 4);
  const auto fails = [&](std::size_t i) {
    return std::pair(lines[i].equations.front().fails_truth, lines[i].equations.front().fails_previous);
  };
  CHECK(lines[0].verdict == Verdict::holds);
  CHECK(fails(1) == std::pair(true, true));
  CHECK(fails(2) == std::pair(true, false));
  CHECK(fails(3) == std::pair(false, true));
  CHECK(lines[3].verdict == Verdict::refuted);
  CHECK(lines[3].equations.front().counterexample->previous.has_value());
  CHECK(claims::fails_against(lines[3].equations.front()) == "the line before it; it is right itself");
}

TEST_CASE("expectations: a line's, a title's", "[claims]") {
  const auto as_expected = [](const std::string& title, const std::string& first, const std::string& second) {
    return checked("about batch_norm\nclaim \"a\"" + title + "\n  dbeta[j] = sum[i](dy[i,j])" + first +
                   "\n  dgamma[j] = sum[i](dy[i,j]*x[i,j])" + second + "\n")
        .as_expected;
  };
  CHECK(as_expected("", "", " expect refuted"));
  CHECK(as_expected(" expect refuted", "", ""));
  CHECK(as_expected(" expect refuted", "", " expect refuted"));
  CHECK_FALSE(as_expected("", "", ""));
  CHECK_FALSE(as_expected("", " expect refuted", " expect refuted"));
  CHECK_FALSE(as_expected("", " expect refuted", ""));
  CHECK_FALSE(as_expected(" expect refuted", " expect refuted", ""));
  CHECK_FALSE(checked("about batch_norm\nclaim \"a\" expect refuted\n  dbeta[j] = sum[i](dy[i,j])\n").as_expected);
}

TEST_CASE("counterexamples are small numbers", "[claims]") {
  const auto line = line_about("batch_norm", "dgamma[j] = sum[k](dy[k,j]*x[k,j])");
  const auto& example = line.equations.front().counterexample;
  REQUIRE(example.has_value());
  CHECK(claims::to_text(*example, "") ==
        "at N = 2, D = 1, x = [[1], [-2]], gamma = [-2], beta = [-2], eps = 1, dy = [[1], [2]]\n"
        "and j = 1: the truth is -0.83205, this says -3\n");
  // They obey the layer's assumptions.
  const auto cross_entropy = line_about("softmax_cross_entropy", "dx[i,j] = p[i,j] - t[i,j]");
  REQUIRE(cross_entropy.equations.front().counterexample.has_value());
  for (const auto& input : cross_entropy.equations.front().counterexample->inputs) {
    if (input.name != "t") continue;
    for (std::size_t row = 0; row < input.entries.size(); row += 2)
      CHECK(input.entries[row].value + input.entries[row + 1].value == Approx(1));
  }
}

TEST_CASE("repairs say what to change", "[claims]") {
  CHECK(advice_about("batch_norm", "dgamma[j] = sum[k](dy[k,j]*x[k,j])") == "x[k,j] should be xhat[k,j]");
  CHECK(advice_about("batch_norm", "dbeta[j] = mean[k](dy[k,j])") ==
        "mean[k](dy[k,j]) should be a sum: sum[k](dy[k,j])");
  CHECK(advice_about("batch_norm", "y[i,j] = gamma[j]*xhat[i,j] - beta[j]") == "the sign of beta[j] should be plus");
  CHECK(advice_about("batch_norm", "xhat[i,j] = (x[i,j] - mu[j])*(var[j] + eps)^(-1)") ==
        "the power of var[j] + eps should be -1/2");
  CHECK(advice_about("batch_norm",
                     "dx[i,j] = gamma[j]/sqrt(var[j] + eps)/N*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j]*gamma[j])") ==
        "gamma[j] does not belong");
  CHECK(advice_about("batch_norm", "dx[i,j] = 1/sqrt(var[j] + eps)/N*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])") ==
        "multiply the right side by gamma[j]");
  CHECK(advice_about("batch_norm", "dx[i,j] = gamma[j]/sqrt(var[j] + eps)/N*(N*dy[i,j] - xhat[i,j]*dgamma[j])") ==
        "a term is missing: - dbeta[j] behind N*dy[i,j] - xhat[i,j]*dgamma[j]");
  CHECK(advice_about("softmax", "dx[i,j] = p[i,j]*(dp[i,j] - sum[k](dp[i,k]*p[i,j]))") == "p[i,j] should be p[i,k]");
  CHECK(advice_about("batch_norm_2d", "mu[c] = mean[n,s](x[n,c,s])/N") == "N does not belong");
  CHECK(advice_about("batch_norm", "mu[j] = mean[i,k](x[i,k])") == "the mean should not run over k: mean[i](x[i,j])");
}

TEST_CASE("a repair is the smallest change, and does not use what is claimed", "[claims]") {
  const auto repaired = [](const std::string& layer, const std::string& line) {
    const auto result = line_about(layer, line);
    return result.equations.front().repair ? result.equations.front().repair->text : "";
  };
  const std::string clamped = "layer clamp(x[N])\n  y[i] = max(x[i], 0)*2\n  return y\nabout clamp\nclaim \"a\"\n";
  const auto wrong = checked(clamped + "  dx[i] = dy[i]*2\n").claims.front().lines.front().equations.front();
  REQUIRE(wrong.repair.has_value());
  CHECK(wrong.repair->text.find("dx") == std::string::npos);
  CHECK(wrong.repair->proof.proved);
  CHECK(repaired("attention", "dq[n,d] = sum[m](ds[n,m]*k[m,d])") == "sum[m](ds[n,m]*k[m,d])/sqrt(D)");
  CHECK(repaired("attention", "dq[n,d] = sum[m](ds[n,m]*k[m,d])/D") == "sum[m](ds[n,m]*k[m,d])/sqrt(D)");
  CHECK(repaired("attention", "ds[n,m] = p[n,m]*(dp[n,m] - sum[l](p[n,l]*dp[n,l]))/sqrt(D)") ==
        "p[n,m]*(dp[n,m] - sum[l](p[n,l]*dp[n,l]))");
  // log(d) for d, a side and a threshold of a condition, indices exchanged.
  const std::string logarithm =
      "layer f(x[N])\n  y[i] = x[i]*log(x[i])\n  assume x[i] > 0\n  return y\nabout f\nclaim \"a\"\n";
  const auto advice = [&](const std::string& text) {
    const auto equation = checked(text).claims.front().lines.front().equations.front();
    return equation.repair ? equation.repair->advice : "";
  };
  CHECK(advice(logarithm + "  dx[i] = dy[i]*(1 + x[i])\n") == "x[i] should be log(x[i])");
  const std::string threshold =
      "layer g(x[N])\n  y[i] = relu(x[i] - 1/4)\n  return y\nabout g\nclaim \"a\"\n  dx[i] = dy[i]*";
  CHECK(advice(threshold + "step(1/4 - x[i])\n") == "step(1/4 - x[i]) should be step(x[i] - 1/4)");
  CHECK(advice(threshold + "step(x[i] + 1/4)\n") == "the sign of 1/4 should be minus");
  const std::string pairs =
      "layer h(x[N,N], w[N,N])\n  y[i,j] = w[i,j]*x[j,i]\n  return y\nabout h\nclaim \"a\"\n  dx[i,j] = ";
  CHECK(advice(pairs + "dy[j,i]*w[i,j]\n") == "w[i,j] should be w[j,i]");
}

TEST_CASE("a right form cites names with their definitions", "[claims]") {
  const auto equation = line_about("batch_norm", "dx[i,j] = gamma[j]*dy[i,j]").equations.front();
  REQUIRE(equation.right_form.has_value());
  for (const std::string name : {"dxhat", "dvar", "dmu"}) {
    const bool is_defined = std::any_of(equation.right_definitions.begin(), equation.right_definitions.end(),
                                        [&](const std::string& text) { return text.rfind(name + "[", 0) == 0; });
    CHECK((equation.right_form->find(name + "[") == std::string::npos || is_defined));
  }
}

TEST_CASE("counterexamples are found beyond bounds", "[claims]") {
  const auto file =
      claims_of("layer clamp(x[N])\n  y[i] = min(x[i], 20)\n  return y\nabout clamp\nclaim \"a\"\n  dx[i] = dy[i]\n");
  const claims::Claim& claim = file.claims.front();
  const auto example = claims::find_counterexample(*claim.scope, claim.chains.front(), 1, false);
  REQUIRE(example.has_value());
  CHECK(example->sizes.front().second == 1);
  CHECK(example->inputs.front().entries.front().value > 20);
}

TEST_CASE("the right form stands in the claim's letters", "[claims]") {
  const auto form = [](const std::string& layer, const std::string& line) {
    return line_about(layer, line).equations.front().right_form.value_or("");
  };
  CHECK(form("softmax with z for x", "dz[n,i] = dp[n,i]") == "p[n,i]*(dp[n,i] - sum[k](p[n,k]*dp[n,k]))");
  CHECK(form("batch_norm", "diff(mu[l], x[i,j]) = 1/N") == "delta[j,l]/N");
  CHECK(form("batch_norm", "diff(mu[2], x[i,2]) = 1") == "1/N");
  CHECK(form("batch_norm", "diff(mu[2], x[i,1]) = 1/N") == "0");
  CHECK(form("softmax", "diff(p[1,j], x[1,j]) = 1") == "p[1,j]*(1 - p[1,j])");
  CHECK(form("softmax", "diff(sum[at1](p[2,at1]), x[1,2]) = 1") == "0");
  CHECK(form("batch_norm with s for var", "s[k] = mean[i](x[i,k]^2)") == "mean[i]((x[i,k] - mu[k])^2)");
}

TEST_CASE("the same file gives the same bytes", "[claims]") {
  const std::string text = tests::text_of("examples/published/in_the_wild.chalk");
  const auto once = checked(text), twice = checked(text);
  CHECK(claims::to_json({once}) == claims::to_json({twice}));
  CHECK(claims::to_text({once}, {}) == claims::to_text({twice}, {}));
}
