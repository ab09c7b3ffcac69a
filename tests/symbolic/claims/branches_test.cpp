// Layers that change far from 0, at constants away from 1, and between numbers of very different sizes: what is wrong
// on one side of a border alone is found, and what is right there is not refuted.
#include <string>

#include "symbolic/claims/check.hpp"
#include "symbolic/claims/report.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/claims/files.hpp"

namespace {

using namespace chalktape;

/// The report of a file whose lines must all be as they say; and each claim's verdict.
void require_as_expected(const std::string& text) {
  const auto result = claims::check_claims(tests::claims_of(text), {.explains = false});
  INFO(claims::to_text(std::vector{result}, {}));
  CHECK(result.as_expected);
}

claims::EquationResult only_equation(const std::string& text) {
  const auto result = claims::check_claims(tests::claims_of(text), {.explains = false});
  return result.claims.front().lines.front().equations.front();
}

}  // namespace

TEST_CASE("bounds and thresholds far from 0 are reached", "[claims]") {
  require_as_expected(R"(layer hard_sigmoid(x[N,D])
  y[i,j] = max(0, min(1, x[i,j]/6 + 1/2))
  return y
claim "both bounds"
  dx[i,j] = dy[i,j]/6*step(x[i,j] + 3)*step(3 - x[i,j])
claim "without its bound at -3" expect refuted
  dx[i,j] = dy[i,j]/6*step(3 - x[i,j])
)");
  require_as_expected(R"(layer huber(x[N], t[N]; c = 4)
  e[i] = x[i] - t[i]
  l[i] = step(c - abs(e[i]))*e[i]^2/2 + (1 - step(c - abs(e[i])))*(c*abs(e[i]) - c^2/2)
  return l
claim "a clamp"
  dx[i] = dl[i]*max(-c, min(c, x[i] - t[i]))
claim "without the threshold" expect refuted
  dx[i] = dl[i]*(x[i] - t[i])
)");
  require_as_expected(R"(layer clamp(x[N,D])
  y[i,j] = max(-8, min(7, x[i,j]))
  return y
claim "no bound" expect refuted
  dx[i,j] = dy[i,j]
claim "one bound" expect refuted
  dx[i,j] = dy[i,j]*step(7 - x[i,j])
claim "both"
  dx[i,j] = dy[i,j]*step(7 - x[i,j])*step(x[i,j] + 8)
claim "a border at the wrong place" expect refuted
  dx[i,j] = dy[i,j]*step(7.001 - x[i,j])*step(x[i,j] + 8)
)");
  require_as_expected(R"(layer log_clamp(p[N])
  assume p[i] > 0
  y[i] = max(log(p[i]), -100)
  return y
claim "no bound" expect refuted
  dp[i] = dy[i]/p[i]
claim "the bound"
  dp[i] = dy[i]/p[i]*step(log(p[i]) + 100)
)");
  require_as_expected(R"(layer softplus_threshold(x[N]; threshold = 20)
  y[i] = step(x[i] - threshold)*x[i] + (1 - step(x[i] - threshold))*log(1 + exp(x[i]))
  return y
claim "no threshold" expect refuted
  dx[i] = dy[i]*sigmoid(x[i])
claim "the threshold"
  dx[i] = dy[i]*(step(x[i] - threshold) + (1 - step(x[i] - threshold))*sigmoid(x[i]))
)");
  require_as_expected(R"(layer tiny_threshold(x[N])
  y[i] = max(x[i], 1e-8)
  return y
claim "above 0 is not above 1e-8" expect refuted
  dx[i] = dy[i]*step(x[i])
claim "above 1e-8"
  dx[i] = dy[i]*step(x[i] - 1e-8)
)");
  require_as_expected(R"(layer norm_clip(x[N,D]; most = 5)
  n[i] = sqrt(sum[j](x[i,j]^2))
  y[i,j] = x[i,j]*min(1, most/n[i])
  return y
claim "nothing is clipped" expect refuted
  dx[i,j] = dy[i,j]
)");
}

TEST_CASE("constants are at their defaults and on both sides of them", "[claims]") {
  require_as_expected(R"(layer ratio(a[N], b[N]; rmax = 3)
  assume a[i] > 0
  assume b[i] > 0
  r[i] = min(max(a[i]/b[i], 1/rmax), rmax)
  return r
claim "always at its bound" expect refuted
  r[i] = rmax
claim "one bound" expect refuted
  da[i] = dr[i]/b[i]*step(a[i]/b[i] - 1/rmax)
claim "both bounds"
  da[i] = dr[i]/b[i]*step(a[i]/b[i] - 1/rmax)*step(rmax - a[i]/b[i])
)");
  require_as_expected(R"(layer steep(x[N]; slope = 2)
  y[i] = max(x[i], slope*x[i])
  return y
claim "by the formula for slopes below 1" expect refuted
  dx[i] = dy[i]*(step(x[i]) + slope*step(-x[i]))
claim "by the formula for slopes above 1"
  dx[i] = dy[i]*(slope*step(x[i]) + step(-x[i]))
)");
  require_as_expected(R"(layer leaky(x[N]; slope = 0.01)
  y[i] = max(x[i], slope*x[i])
  return y
claim "by the formula for slopes above 1" expect refuted
  dx[i] = dy[i]*(slope*step(x[i]) + step(-x[i]))
claim "by the formula for slopes below 1"
  dx[i] = dy[i]*(step(x[i]) + slope*step(-x[i]))
claim "with the default in its place" expect refuted
  dx[i] = dy[i]*(step(x[i]) + 0.01*step(-x[i]))
)");
}

TEST_CASE("numbers of very different sizes are told apart", "[claims]") {
  require_as_expected(R"(layer square(x[N,D])
  y[i,j] = x[i,j]^2
  return y
claim "a tiny number is not 0" expect refuted
  1e-350*x[i,j] = 0
claim "nor beside a larger one" expect refuted
  x[i,j]^2 + 1e-60*x[i,j] = y[i,j]
claim "nor beside a function" expect refuted
  exp(x[i,j]) + 1e-350*x[i,j] = exp(x[i,j])
claim "nor is the product of two" expect refuted
  exp(x[i,j]) + 1e-350*1e-350*x[i,j] = exp(x[i,j])
claim "the sum of both"
  1e-350*x[i,j] + 1e-350*exp(x[i,j]) = 1e-350*(exp(x[i,j]) + x[i,j])
claim "a factor that is 0 at sizes 2, 3 and 4" expect refuted
  x[i,j] = x[i,j] + (N - 2)*(N - 3)*(N - 4)*x[i,j]
claim "the same beside a function" expect refuted
  exp(x[i,j]) = exp(x[i,j]) + (N - 2)*(N - 3)*(N - 4)*x[i,j]
)");
}

TEST_CASE("a point on a border neither refutes nor confirms", "[claims]") {
  const auto but_for = [](const std::string& layer, const std::string& line) {
    const auto equation = only_equation(layer + "claim \"a\"\n  " + line + "\n");
    CHECK(equation.verdict == claims::Verdict::holds);
    return equation.judgement.but_for;
  };
  using Borders = std::vector<std::string>;
  const std::string relu6 = "layer relu6(x[N])\n  y[i] = min(max(x[i], 0), 6)\n  return y\n";
  CHECK(but_for(relu6, "step(x[i]) + step(-x[i]) = 1") == Borders{"x = 0"});
  CHECK(but_for(relu6, "dx[i] = dy[i]*step(x[i])*step(6 - x[i])") == Borders{"x = 0", "x = 6"});
  CHECK(but_for(relu6, "y[i] = relu(x[i]) - relu(x[i] - 6)").empty());
  const std::string rows = "layer rows(x[N,D])\n  m[i] = max[j](x[i,j])\n  return m\n";
  CHECK(but_for(rows, "dx[i,j] = dm[i]*(1 - step(m[i] - x[i,j]))") == Borders{"ties in max[j](x[i,j])"});
  CHECK(but_for(rows, "dx[i,j] = dm[i]*(1 - step(m[i] - x[i,j]))/sum[k](1 - step(m[i] - x[i,k]))").empty());
  require_as_expected(relu6 + "claim \"the bound is forgotten\" expect refuted\n  dx[i] = dy[i]*step(x[i])\n");
  // At a maximum m − x is 0 everywhere, which is no border.
  require_as_expected(R"(layer largest(x[N,D])
  m[i] = max[j](x[i,j])
  return m
claim "0 at the maximum" expect refuted
  step(m[i] - x[i,j]) + step(x[i,j] - m[i]) = 1
)");
}

TEST_CASE("what no point reached is said, and decides nothing", "[claims]") {
  const auto equation = only_equation(R"(layer far(x[N])
  y[i] = max(sin(x[i]), 1 - 1e-300)*erf(x[i])
  return y
claim "never at its bound"
  dx[i] = 2/sqrt(pi)*exp(-x[i]^2)*dy[i]*(1 - 1e-300)
)");
  CHECK(equation.verdict == claims::Verdict::undecided);
  CHECK(equation.judgement.reason == "max(sin(x[i]), 1 - 1e-300) was never sin(x[i])");
}

TEST_CASE("a formula that divides by 0 on one side of a border is not said to hold", "[claims]") {
  const auto undefined = only_equation(R"(layer norm_floor(x[N,D])
  var[i] = mean[j](x[i,j]^2)
  s[i] = max(sqrt(var[i]), 2)
  return s
claim "0/0 below the floor"
  dvar[i] = ds[i]*step(sqrt(var[i]) - 2)/(2*sqrt(var[i]))*(s[i] - 2)/(s[i] - 2)
)");
  CHECK(undefined.verdict == claims::Verdict::undecided);
}

TEST_CASE("thresholds are seen whatever else decides, norms reach their floors, and logarithms of 1 - p theirs",
          "[claims]") {
  require_as_expected(R"(layer ratio(x[N], a[N])
  r[i] = exp(x[i])
  y[i] = min(r[i]*a[i], min(r[i], 1.2)*a[i])
  return y
claim "1.3 for 1.2" expect refuted
  dx[i] = dy[i]*a[i]*r[i]*(1 - step(a[i])*step(r[i] - 1.3))
claim "1.201 for 1.2" expect refuted
  dx[i] = dy[i]*a[i]*r[i]*(1 - step(a[i])*step(r[i] - 1.201))
claim "1.2"
  dx[i] = dy[i]*a[i]*r[i]*(1 - step(a[i])*step(r[i] - 1.2))
layer ppo(new[N], old[N], a[N]; eps = 0.2)
  r[i] = exp(new[i] - old[i])
  loss = -mean[i](min(r[i]*a[i], min(max(r[i], 1 - eps), 1 + eps)*a[i]))
  return loss
about ppo
claim "1.2 for 1 + eps" expect refuted
  dnew[i] = -a[i]*r[i]*(step(a[i])*step(1.2 - r[i]) + (1 - step(a[i]))*step(r[i] - (1 - eps)))/N
claim "1/(1 + eps) for 1 - eps" expect refuted
  dnew[i] = -a[i]*r[i]*(step(a[i])*step(1 + eps - r[i]) + (1 - step(a[i]))*step(r[i] - 1/(1 + eps)))/N
claim "right"
  dnew[i] = -a[i]*r[i]*(step(a[i])*step(1 + eps - r[i]) + (1 - step(a[i]))*step(r[i] - (1 - eps)))/N
layer cosine(x[N,D], y[N,D]; eps = 1e-8)
  n[i] = max(sqrt(sum[j](x[i,j]^2)), eps)
  c[i] = sum[j](x[i,j]*y[i,j])/n[i]
  return c
about cosine
claim "right"
  dx[i,j] = dc[i]*(y[i,j]/n[i] - step(n[i] - eps)*c[i]*x[i,j]/n[i]^2)
claim "the floor forgotten" expect refuted
  dx[i,j] = dc[i]*(y[i,j]/n[i] - c[i]*x[i,j]/n[i]^2)
layer log_of_the_rest(p[N])
  y[i] = max(log(1 - p[i]), -100)
  return y
about log_of_the_rest
claim "right"
  dp[i] = -dy[i]/(1 - p[i])*step(1 - p[i] - exp(-100))
claim "the bound forgotten" expect refuted
  dp[i] = -dy[i]/(1 - p[i])
)");
}

TEST_CASE("what is right is not refuted by numbers too large or too small", "[claims]") {
  require_as_expected(R"(layer ordered(x[N]; b, a)
  assume a > 0
  assume b > a
  y[i] = x[i]*(b - a)
  return y
about ordered
claim "right"
  y[i] = x[i]*abs(b - a)
layer twice(x[N])
  y[i] = exp(exp(x[i]))
  return y
about twice
claim "right"
  log(y[i]) = exp(x[i])
  log(log(y[i])) = x[i]
layer saturated(x[N])
  y[i] = tanh(x[i])
  return y
about saturated
claim "right"
  step(1 - y[i]^2) = 1
)");
}

TEST_CASE("windows on several tensors are entered together", "[claims]") {
  require_as_expected(R"(layer two_windows(a[N], b[N])
  y[i] = step(a[i] - 1)*step(3 - a[i])*step(b[i] - 1)*step(2 - b[i])
  return y
about two_windows
claim "nothing" expect refuted
  y[i] = 0
layer clamped(x[N], s[N])
  c[i] = min(max(x[i], 2), 3)
  y[i] = c[i]*s[i]
  return y
about clamped
claim "right"
  dx[i] = dy[i]*s[i]*step(x[i] - 2)*step(3 - x[i])
claim "wrong above 4" expect refuted
  dx[i] = dy[i]*s[i]*step(x[i] - 2)*step(3 - x[i])*step(4 - s[i])
layer hysteresis(x[N], s[N])
  on[i] = step(x[i] - 2) + step(s[i])*step(x[i] - 1)*(1 - step(x[i] - 2))
  y[i] = x[i]*on[i]
  return y
about hysteresis
claim "0.1 for 0" expect refuted
  dx[i] = dy[i]*(step(x[i] - 2) + step(s[i] - 0.1)*step(x[i] - 1)*(1 - step(x[i] - 2)))
layer shifted(x[N])
  y[i] = relu(x[i] - 2)
  return y
about shifted
claim "off by 1e-9" expect refuted
  dx[i] = dy[i]*step(x[i] - 2 + 1e-9)
)");
}

TEST_CASE("what is the same at the constants' defaults or at sizes above 1 alone is refuted", "[claims]") {
  require_as_expected(R"(layer triplet(a[N,D], p[N,D], q[N,D]; margin = 2)
  near[i] = sum[j]((a[i,j] - p[i,j])^2)
  far[i] = sum[j]((a[i,j] - q[i,j])^2)
  loss = sum[i](relu(near[i] - far[i] + margin))
  return loss
claim "margin^2/2 for margin" expect refuted
  da[i,j] = 2*step(near[i] - far[i] + margin^2/2)*(q[i,j] - p[i,j])
claim "the margin"
  da[i,j] = 2*step(near[i] - far[i] + margin)*(q[i,j] - p[i,j])
layer leaky(x[N,D]; slope = 0.01)
  y[i,j] = max(x[i,j], slope*x[i,j])
  return y
about leaky
claim "wrong for one row" expect refuted
  dx[i,j] = dy[i,j]*(slope + (1 - slope)*step((N - 1/2 - 1/2)*x[i,j]))
claim "right"
  dx[i,j] = dy[i,j]*(slope + (1 - slope)*step(N*x[i,j]))
)");
}

TEST_CASE("what is 0 at every point and has no proof is not said to be 0", "[claims]") {
  const auto equation = only_equation(R"(layer strip(x[N])
  y[i] = x[i]*step(x[i] - 1)*step(1.0000000000000000000001 - x[i])
  return y
claim "wrong in the strip"
  dx[i] = 0
)");
  CHECK(equation.verdict == claims::Verdict::undecided);
}
