#include "symbolic/derive/derive.hpp"

#include <set>

#include "symbolic/check/verify.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/rules/rule.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/derive/derived.hpp"

using namespace chalktape;
using derive::Derivation;
using derive::Gradient;
using tests::Derived;

TEST_CASE("batch norm ends in its short closed form, whose sums are the other gradients") {
  for (const char* name : {"batch_norm", "batch_norm_train"}) {
    INFO(name);
    const Derived d(tests::builtin(name));
    d.is("x", "ij", "gamma[j]*istd[j]/N*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])");
    d.is("gamma", "j", "sum[i](dy[i,j]*xhat[i,j])");
    d.is("beta", "j", "sum[i](dy[i,j])");
    CHECK(d.sums("x") == 0);
    CHECK(d.sums("gamma") == 1);
    CHECK(d.sums("beta") == 1);
  }
}

TEST_CASE("the epsilon outside the root is another gradient") {
  const Derived d(tests::builtin("batch_norm_eps_outside"));
  d.is("x", "ij", "gamma[j]/(N*(std[j] + eps))*(N*dy[i,j] - dbeta[j] - xhat[i,j]*dgamma[j]*(1 + eps/std[j]))");
  CHECK(d.sums("x") == 0);
}

TEST_CASE("batch norm over images, layer norm, instance norm, group norm") {
  Derived(tests::builtin("batch_norm_2d"))
      .is("x", "ncs", "gamma[c]*istd[c]/(N*S)*(N*S*dy[n,c,s] - dbeta[c] - xhat[n,c,s]*dgamma[c])");
  const Derived layer(tests::builtin("layer_norm"));
  layer.is("x", "ij", "istd[i]/D*(D*dxhat[i,j] - sum[k](dxhat[i,k]) - xhat[i,j]*sum[k](dxhat[i,k]*xhat[i,k]))");
  CHECK(layer.sums("x") == 2);
  Derived(tests::builtin("instance_norm"))
      .is("x", "ncs",
          "gamma[c]*istd[n,c]/S*(S*dy[n,c,s] - sum[k](dy[n,c,k]) - xhat[n,c,s]*sum[k](dy[n,c,k]*xhat[n,c,k]))");
  Derived(tests::builtin("group_norm"))
      .is("x", "ngcs",
          "istd[n,g]/(C*S)*(C*S*dxhat[n,g,c,s] - sum[k,l](dxhat[n,g,k,l]) - "
          "xhat[n,g,c,s]*sum[k,l](dxhat[n,g,k,l]*xhat[n,g,k,l]))");
}

TEST_CASE("RMS norm goes through the output that is there already") {
  const Derived d(tests::builtin("rms_norm"));
  d.is("x", "ij", "istd[i]/D*(D*gamma[j]*dy[i,j] - xhat[i,j]*sum[k](dy[i,k]*y[i,k]))");
  CHECK(d.sums("x") == 1);
}

TEST_CASE("softmax, with its sum named or not, and cross-entropy under the assumption on its targets") {
  const std::string inline_sum = "layer s(x[N,D])\n  p[i,j] = exp(x[i,j])/sum[k](exp(x[i,k]))\n  return p\n";
  const std::string named_exp =
      "layer s(x[N,D])\n  e[i,j] = exp(x[i,j])\n  p[i,j] = e[i,j]/sum[k](e[i,k])\n  return p\n";
  const std::string shifted =
      "layer s(x[N,D])\n  m[i] = max[j](x[i,j])\n  e[i,j] = exp(x[i,j] - m[i])\n"
      "  p[i,j] = e[i,j]/sum[k](e[i,k])\n  return p\n";
  for (const auto& layer :
       {tests::builtin("softmax"), tests::layer_of(inline_sum), tests::layer_of(named_exp), tests::layer_of(shifted)}) {
    const Derived d(layer);
    d.is("x", "ij", "p[i,j]*(dp[i,j] - sum[k](dp[i,k]*p[i,k]))");
    CHECK(d.sums("x") == 1);
  }
  const std::string loss =
      "layer c(x[N,D], t[N,D])\n  p[i,j] = exp(x[i,j])/sum[k](exp(x[i,k]))\n"
      "  L = -1/N*sum[i,j](t[i,j]*log(p[i,j]))\n";
  for (const auto& layer :
       {tests::builtin("softmax_cross_entropy"), tests::layer_of(loss + "  assume sum[j](t[i,j]) = 1\n  return L\n")}) {
    const Derived d(layer);
    d.is("x", "ij", "(p[i,j] - t[i,j])/N");
    d.is("t", "ij", "-log(p[i,j])/N");  // the assumption does not restrict t's own gradient
    CHECK(d.sums("x") == 0);
  }
  Derived(loss + "  return L\n").is("x", "ij", "(p[i,j]*sum[k](t[i,k]) - t[i,j])/N");
}

TEST_CASE("elementwise layers are written by their outputs") {
  Derived(tests::builtin("sigmoid")).is("x", "ij", "dy[i,j]*y[i,j]*(1 - y[i,j])");
  Derived(tests::builtin("tanh_layer")).is("x", "ij", "dy[i,j]*(1 - y[i,j]^2)");
  Derived(tests::builtin("relu")).is("x", "ij", "dy[i,j]*step(x[i,j])");
  Derived(tests::builtin("mse")).is("x", "ij", "2/(N*D)*(x[i,j] - t[i,j])");
}

TEST_CASE("affine layers; a bias before batch norm has gradient 0") {
  const Derived affine(tests::builtin("affine"));
  affine.is("x", "ik", "sum[j](dy[i,j]*W[k,j])");
  affine.is("W", "kj", "sum[i](dy[i,j]*x[i,k])");
  affine.is("b", "j", "sum[i](dy[i,j])");

  const Derived d(tests::builtin("affine_batch_norm_relu"));
  d.is("b", "j", "0");
  CHECK(d.sums("b") == 0);
  d.is("W", "kj", "sum[i](x[i,k]*dh[i,j])");
  d.is("x", "ik", "sum[j](W[k,j]*dh[i,j])");
  d.is("h", "ij", "gamma[j]*istd[j]/N*(N*dz[i,j] - dbeta[j] - xhat[i,j]*dgamma[j])");
  d.is("z", "ij", "dy[i,j]*step(z[i,j])");
  CHECK(d.sums("h") == 0);
}

TEST_CASE("several outputs: what is returned and read on has a total gradient") {
  const Derived d(tests::builtin("residual_rms_norm"));
  CHECK(d.of("r").name == "dr_total");
  d.is("x", "ij", "dr_total[i,j]");
  const Derived two("layer two(x[N], z[N])\n  u[i] = x[i]*z[i]\n  v[i] = u[i]^2 + x[i]\n  return u, v\n");
  two.is("u", "i", "du[i] + 2*u[i]*dv[i]");
  two.is("x", "i", "dv[i] + z[i]*du_total[i]");
  const Derived train(tests::builtin("batch_norm_train"));
  train.is("running_mean", "j", "0");  // running statistics take no gradient
}

TEST_CASE("a tensor that no output depends on, unused definitions, constants of x") {
  const Derived d("layer u(x[N], w[N])\n  dead[i] = exp(x[i])^7\n  y[i] = x[i]^2\n  return y\n");
  d.is("w", "i", "0");
  d.is("x", "i", "2*x[i]*dy[i]");
  CHECK(d.derivation.find("dead") == nullptr);
  Derived("layer z(x[N])\n  y[i] = x[i] - x[i]\n  return y\n").is("x", "i", "0");
}

TEST_CASE("stop is a constant") {
  Derived("layer s(x[N])\n  y[i] = x[i]*stop(x[i])\n  return y\n").is("x", "i", "dy[i]*stop(x[i])");
  Derived("layer s(x[N])\n  c[i] = stop(x[i]^2)\n  y[i] = x[i]*c[i]\n  return y\n").is("x", "i", "dy[i]*c[i]");
}

TEST_CASE("maxima and minima share their gradient among those who tie") {
  const Derived d("layer m(x[N,D])\n  m[i] = max[j](x[i,j])\n  return m\n");
  d.is("x", "ij", "dm[i]*(1 - step(m[i] - x[i,j]))/sum[k](1 - step(m[i] - x[i,k]))");
  // The shift of a stable softmax has no gradient, whatever ties.
  const Derived s(
      "layer s(x[N,D])\n  m[i] = max[j](x[i,j])\n  y[i] = m[i] + log(sum[j](exp(x[i,j] - m[i])))\n  return y\n");
  s.is("m", "i", "0");
  const Derived two("layer t(x[N], z[N])\n  y[i] = max(x[i], z[i])\n  return y\n");
  two.is("x", "i", "dy[i]*(1 + step(x[i] - z[i]) - step(z[i] - x[i]))/2");
  // What the extremum runs over is computed once, and compared with itself: no rounding comes between.
  const Derived e("layer e(x[N,D], b[D])\n  m[i] = max[j](0.1*x[i,j] + b[j] + 1)\n  return m\n");
  REQUIRE(e.derivation.introduced.size() == 1);
  CHECK(present::to_text(e.derivation.introduced[0]) == "entry[i,j] = 0.1*x[i,j] + b[j] + 1");
  CHECK(present::to_text(e.of("x").value) ==
        "0.1*dm[i]/sum[k](1 - step(max[l](entry[i,l]) - entry[i,k]))*(1 - step(max[k](entry[i,k]) - entry[i,j]))");
  // All entries are equal, and the name of the extremum of others may not be used: it was computed otherwise.
  Derived(
      "layer z(x[N,D])\n  m[i] = max[j](x[i,j] - x[i,j]) + max[j](x[i,j]*(x[i,j] - x[i,j]) + x[i,j])\n  return m\n");
  // Bound in another order than they are printed in.
  Derived("layer o(x[N,D], w[D])\n  y[i,j] = x[i,j] - max[l,k](x[k,l]*w[l])\n  return y\n");
}

TEST_CASE("diagonals, deltas, scalars, pairs and three indices") {
  const Derived diagonal("layer d(s[N,N])\n  y = sum[i](s[i,i]^2)\n  return y\n");
  diagonal.is("s", "ik", "2*delta[i,k]*s[i,i]");
  Derived("layer d(x[N], A[N,N])\n  y[i,k] = delta[i,k]*x[i] + A[i,k]\n  return y\n").is("x", "i", "dy[i,i]");
  Derived("layer d(x[N,N])\n  t = sum[i,k](delta[i,k]*x[i,k])\n  y[i,k] = x[i,k]/t\n  return y\n")
      .is("x", "ik", "(dy[i,k] - delta[i,k]*sum[l,p](y[l,p]*dy[l,p]))/t");
  Derived(
      "layer c(a[N,D], b[N,D]; tau = 0.1)\n  s[i,j] = sum[c](a[i,c]*b[j,c])/tau\n"
      "  p[i,j] = exp(s[i,j])/sum[k](exp(s[i,k]))\n  L = -mean[i](log(p[i,i]))\n  return L\n")
      .is("a", "ic", "(sum[j](p[i,j]*b[j,c]) - b[i,c])/(N*tau)");
  Derived("layer s(a, b)\n  y = a*b + exp(a)\n  return y\n").is("a", "", "b + exp(a)");
  Derived("layer p(x[N,D])\n  r[i,j,c] = x[i,c] - x[j,c]\n  return r\n").is("x", "ic", "sum[j](dr[i,j,c] - dr[j,i,c])");
  Derived("layer t(x[N,N,D])\n  y = sum[i,k,j](x[i,k,j]*x[k,i,j])\n  return y\n").is("x", "ikj", "2*x[k,i,j]");
  Derived("layer t(x[A,B,C])\n  m[a,c] = mean[b](x[a,b,c])\n  y[a,b,c] = (x[a,b,c] - m[a,c])^3\n  return y\n")
      .is("x", "abc", "3*dy[a,b,c]*(x[a,b,c] - m[a,c])^2 - 3/B*sum[k](dy[a,k,c]*(x[a,k,c] - m[a,c])^2)");
}

TEST_CASE("layers that live on a part of the line only are derived and checked") {
  Derived("layer l(x[N])\n  y[i] = log(1 - x[i]^2)\n  return y\n").is("x", "i", "-2*x[i]*dy[i]/(1 - x[i]^2)");
  Derived("layer l(x[N])\n  y[i] = sqrt(-x[i])\n  return y\n").is("x", "i", "-dy[i]/(2*y[i])");
  Derived("layer l(x[N])\n  y[i] = sqrt(x[i] - 1)\n  assume x[i] > 1\n  return y\n").is("x", "i", "dy[i]/(2*y[i])");
  Derived(
      "layer b(x[N], t[N])\n  p[i] = sigmoid(x[i])\n"
      "  L = -mean[i](t[i]*log(p[i]) + (1 - t[i])*log(1 - p[i]))\n  return L\n");
  Derived("layer e(x[N])\n  s[i] = exp(x[i])\n  y[i] = sqrt(s[i]^2) + s[i]\n  return y\n").is("x", "i", "y[i]*dy[i]");
}

TEST_CASE("deltas under a maximum, exponentials that cancel far out, and many indices come to an end") {
  Derived("layer m(x[N,N])\n  y[i] = max[k]((1 + delta[i,k])*(x[i,k] + 1))\n  return y\n");
  // At x = 1000 terms of the size exp(1000) cancel: 70 digits do not tell.
  Derived(
      "layer e(x[N]; lam = 1.0507, al = 1.67326)\n"
      "  y[i] = lam*(max(x[i], 0) + min(al*(exp(x[i]) - 1), 0))\n  return y\n");
  Derived("layer s(x[A,A,A,A])\n  y = sum[a,b,c,d](x[a,b,c,d]*x[d,c,b,a])\n  return y\n")
      .is("x", "abcd", "2*x[d,c,b,a]");
}

TEST_CASE("what cannot be derived says why") {
  const auto message = [](const std::string& text) {
    try {
      (void)check::verified_derivation(tests::layer_of(text));
    } catch (const std::runtime_error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(message("layer p(x[N])\n  w[i] = x[i] - x[i]\n  y[i] = x[i]/w[i]\n  return y\n")
            .find("divides by something that is 0") != std::string::npos);
  CHECK(message("layer p(x[N], w[N])\n  y[i] = x[i]\n  assume x[i]^3 = w[i]\n  return y\n")
            .find("the assumption in line 3 does not hold") != std::string::npos);
}

TEST_CASE("a derivation does not depend on those before it") {
  const auto page = [](const std::string& name) {
    std::string text;
    for (const Gradient& gradient : derive::derive(tests::builtin(name)).gradients) {
      for (const auto& step : gradient.steps) {
        text += step.rule + " " + present::to_text(step.after) + " " + present::to_text(step.why) + "\n";
      }
    }
    return text;
  };
  std::map<std::string, std::string> first;
  const std::vector<std::string> names{"batch_norm", "softmax", "rms_norm", "gelu", "weight_norm"};
  for (const auto& name : names) first[name] = page(name);
  for (auto name = names.rbegin(); name != names.rend(); ++name) CHECK(page(*name) == first[*name]);
}
TEST_CASE("time that is up ends the search, not the derivation") {
  for (const auto style : {derive::Style::staged, derive::Style::direct}) {
    for (const char* name : {"layer_norm", "attention"}) {
      INFO(name);
      const Derivation d = check::verified_derivation(tests::builtin(name), {.style = style, .timeout_seconds = 0});
      for (const auto& gradient : d.gradients) {
        CHECK(gradient.out_of_time);
        const std::string text = present::to_text(gradient.value);
        CHECK(text.find("diff") == std::string::npos);
        CHECK(text.find("delta") == std::string::npos);
        CHECK(gradient.steps.back().checked.points == 3);
      }
    }
  }
  for (const auto& gradient : derive::derive(tests::builtin("layer_norm")).gradients) CHECK_FALSE(gradient.out_of_time);
}

TEST_CASE("attention's scores need one sum over the output's index") {
  for (const char* name : {"attention", "attention_multi_head"}) {
    const Derived d(tests::builtin(name));
    const bool heads = std::string(name) != "attention";
    if (heads) {
      d.is("s", "hnm", "p[h,n,m]*(dp[h,n,m] - sum[f](dy[h,n,f]*y[h,n,f]))");
    } else {
      d.is("s", "nm", "p[n,m]*(dp[n,m] - sum[f](dy[n,f]*y[n,f]))");
    }
    CHECK(d.sums("s") == 2);  // the one in dp, and this
  }
}

TEST_CASE("factors come out as people write them") {
  const auto text = [](const char* name) {
    return present::to_text(derive::derive(tests::builtin(name)).find("x")->value);
  };
  CHECK(text("tanh_layer") == "dy[i,j]*(1 - y[i,j]^2)");
  CHECK(text("sigmoid") == "y[i,j]*dy[i,j]*(1 - y[i,j])");
  for (const auto& entry : language::builtin_layers()) {
    INFO(entry.name);
    for (const auto& gradient : derive::derive(tests::builtin(std::string(entry.name))).gradients) {
      for (const auto& step : gradient.steps) {
        const std::string after = present::to_text(step.after);
        INFO(after);
        for (const char* doubled : {"--", "- -", "+ -", "(-(", "*-"}) CHECK(after.find(doubled) == std::string::npos);
        CHECK(after.find("]^2 - mu[") == std::string::npos);  // E[x^2] - E[x]^2
        CHECK(after.find("- mu[j]^2") == std::string::npos);
        CHECK(after.find("- N*mu[j]^2") == std::string::npos);
      }
    }
  }
}

TEST_CASE("a root of a high order has no name: its powers would lose all digits") {
  const auto derivation = derive::derive(tests::layer_of(
      "layer r(x[N,D])\n  assume x[i,j] > 0\n  y[i,l] = mean[j](x[i,j])^0.333333333333333*x[i,l]\n  return y\n"));
  CHECK(derivation.introduced.empty());
}

TEST_CASE("a definition is not solved for what stands in a function of it as well") {
  Derived("layer s(x[N,N])\n  h[i,j] = x[i,j] + abs(x[i,j])\n  return h\n")
      .is("x", "ij", "dh[i,j]*(1 + step(x[i,j]) - step(-x[i,j]))");
  Derived("layer s(x[N], w)\n  y[i] = x[i]*w\n  r = w - step(w)\n  return y, r\n").is("x", "i", "w*dy[i]");
}

TEST_CASE("nothing is written as a difference of what is large: it would lose its digits") {
  const auto reads = [](const Derived& d, const char* of, const char* name) {
    std::set<std::string> names;
    language::collect_names(d.derivation.find(of)->value, names);
    return names.contains(name);
  };
  CHECK_FALSE(
      reads(Derived("layer s(x, s[N,N], b[N,N])\n  y[i,k] = (b[i,i]^3)^2 + s[k,i]/exp(x)\n  return y\n"), "x", "y"));
  CHECK_FALSE(reads(Derived("layer s(w[N])\n  h = sum[i]((w[i] + exp(w[i]))^(1/3))\n  y[i] = w[i] - h\n  return y\n"),
                    "w", "y"));
  Derived("layer s(x, w[N])\n  v[i] = tanh(exp(1 - x))/sigmoid(1)*(w[i] + 1)\n  return v\n");
}

TEST_CASE("a sum over indices that stand in deltas only is printed as what it comes to") {
  Derived("layer s(x[N], w)\n  h[i,k] = x[k] - w + x[i]\n  y = sum[i](x[i])*sum[i,k](h[k,k] + h[i,k])\n  return y\n")
      .is("w", "", "-2*N^2*sum[i](x[i])");
}
