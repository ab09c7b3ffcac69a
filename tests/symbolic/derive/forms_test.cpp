// Forms as people write them, where a shorter or equal one would lose digits, or the value altogether.
#include "tests/symbolic/derive/derived.hpp"

using namespace chalktape;
using tests::Derived;

namespace {

/// The gradient's formula as it is printed, in both styles.
void reads(const std::string& layer, const std::string& name, const std::string& formula) {
  for (const auto style : {derive::Style::staged, derive::Style::direct}) {
    INFO(layer);
    CHECK(present::to_text(Derived(layer, style).of(name).value) == formula);
  }
}

}  // namespace

TEST_CASE("differences of values stay whole") {
  // x y − μ y has the rounding of x y, however close x and μ are.
  const std::string layer_norm =
      "layer n(x[N,D], gamma[D]; eps = 1e-5)\n  mu[i] = mean[j](x[i,j])\n  var[i] = mean[j]((x[i,j] - mu[i])^2)\n"
      "  y[i,j] = gamma[j]*(x[i,j] - mu[i])/sqrt(var[i] + eps)\n  return y\n";
  reads(layer_norm, "x",
        "istd[i]/D*(D*gamma[j]*dy[i,j] - istd[i]^2*(x[i,j] - mu[i])*sum[k](gamma[k]*dy[i,k]*(x[i,k] - mu[i])) - "
        "sum[k](gamma[k]*dy[i,k]))");
  const std::string batch_norm =
      "layer n(x[N,D]; eps = 1e-5)\n  mu[j] = mean[i](x[i,j])\n  var[j] = mean[i]((x[i,j] - mu[j])^2)\n"
      "  y[i,j] = (x[i,j] - mu[j])/sqrt(var[j] + eps)\n  return y\n";
  CHECK(Derived(batch_norm).of("x").cost.flops == Derived(batch_norm, derive::Style::direct).of("x").cost.flops);
  reads("layer k(x[N], w[N])\n  s[i] = sum[j](w[j]*(x[i] - x[j])^2)\n  return s\n", "w",
        "sum[i](ds[i]*(x[i] - x[j])^2)");
  reads("layer g(mu[N,K], s[N,K], t[N])\n  c[n,k] = -s[n,k] - 0.5*((t[n] - mu[n,k])/exp(s[n,k]))^2\n  return c\n", "s",
        "-dc[n,k]*(1 - (mu[n,k] - t[n])^2/exp(s[n,k])^2)");
}

TEST_CASE("nothing is divided by what may vanish") {
  // Never 0, and yet a small enough number to make 0/0.
  const std::string gate = "layer g(a[N], c[N])\n  o[n] = sigmoid(a[n])\n  h[n] = o[n]*tanh(c[n])\n  return h\n";
  reads(gate, "c", "o[n]*dh[n]*(1 - tanh(c[n])^2)");
  reads("layer f(p[N]; gamma = 2)\n  y[i] = (1 - p[i])^gamma*log(p[i])\n  return y\n", "p",
        "dy[i]*((1 - p[i])^gamma/p[i] - gamma*log(p[i])*(1 - p[i])^(gamma - 1))");
}

TEST_CASE("names are used below the line, sums are joined, and a rectifier's sign is its name's") {
  reads("layer s(a[N,D], b[M,D], g[N])\n  s[n,m] = sum[d](a[n,d]*b[m,d])/g[n]\n  return s\n", "g",
        "-1/g[n]*sum[m](s[n,m]*ds[n,m])");
  reads("layer g(f[C,S])\n  g[c,k] = sum[s](f[c,s]*f[k,s])\n  return g\n", "f", "sum[k](f[k,s]*(dg[c,k] + dg[k,c]))");
  // Of both branches' sums.
  reads("layer p(e[N,Q], tau[Q])\n  L = mean[n,q](max(tau[q]*e[n,q], (tau[q] - 1)*e[n,q]))\n  return L\n", "tau",
        "1/(N*Q)*sum[n](e[n,q])");
  // A contraction stays one: dy[n,m]*(b[m,f] - c[n,f]) would be computed at every n, m and f.
  const Derived products(
      "layer m(a[N,F], b[M,F], c[N,F])\n  y[n,m] = sum[f](a[n,f]*b[m,f]) - sum[f](a[n,f]*c[n,f])\n  return y\n");
  CHECK(present::to_text(products.of("a").value) == "sum[m](b[m,f]*dy[n,m]) - c[n,f]*sum[m](dy[n,m])");
  reads("layer r(x[N,D], W[D,M], b[M])\n  u[n,m] = relu(sum[d](x[n,d]*W[d,m]) + b[m])\n  return u\n", "b",
        "sum[n](du[n,m]*step(u[n,m]))");
}

TEST_CASE("numbers are printed as the layer has them") {
  reads("layer e(x[N,D])\n  assume x[i,j] > 0\n  s[i] = sum[j](x[i,j])\n  y[i,j] = x[i,j]/(s[i] + 1e-6)\n  return y\n",
        "x", "(dy[i,j] - sum[k](y[i,k]*dy[i,k]))/(s[i] + 1e-6)");
  reads("layer e(x[N])\n  y[i] = 1/(0.1*x[i] + 1e-3)\n  return y\n", "x", "-0.1*y[i]^2*dy[i]");
  reads("layer e(x[N], w[N])\n  y[i] = w[i]*x[i]/(0.1*w[i] + 1e-3)^2\n  return y\n", "x",
        "w[i]*dy[i]/(0.1*w[i] + 1e-3)^2");
}

TEST_CASE("a definition that reads no tensor and no other definition has no gradient") {
  const Derived numbers("layer t(x[N]; eps = 0.5)\n  two = 2\n  half = eps/N\n  y[i] = two*half*x[i]\n  return y\n");
  CHECK(numbers.derivation.find("two") == nullptr);
  CHECK(numbers.derivation.find("half") == nullptr);
  CHECK(present::to_text(numbers.of("x").value) == "2*half*dy[i]");
}
