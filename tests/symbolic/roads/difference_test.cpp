// Central differences agree with the tape on layers of every kind, and keep clear of kinks.
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "engine/tape/derivatives.hpp"
#include "symbolic/roads/road.hpp"
#include "symbolic/roads/sample.hpp"
#include "tests/catch.hpp"
#include "tests/distance.hpp"
#include "tests/symbolic/lower/lowered.hpp"

namespace chalktape {
namespace {

using engine::DType;
using engine::Tensor;

roads::Problem difference_problem(const std::string& text, std::map<std::string, Tensor> data = {}) {
  roads::Request request;
  request.dtype = DType::f64;
  request.data = std::move(data);
  return roads::make_problem(tests::layer_of(text), request, roads::tracing_sizes);
}

/// The largest relative error between the two roads, over the entries that differences were taken of.
double disagreement(const roads::Problem& p) {
  const auto tape = roads::tape_road()->walk(p);
  const auto difference = roads::difference_road()->walk(p);
  tests::LargestError worst;
  for (const auto& [name, gradient] : tape.gradients) {
    const auto a = gradient.to_vector();
    const auto b = difference.gradients.at(name).to_vector();
    for (std::size_t k = 0; k < a.size(); ++k)
      if (!std::isnan(b[k])) worst.see(engine::disagreement(a[k], b[k]));
  }
  return worst.value();
}

}  // namespace

TEST_CASE("tape and differences agree on layers of every kind") {
  const std::vector<std::string> layers{
      "layer f(x[N,D])\n  y[i,j] = x[i,j]*sigmoid(1.702*x[i,j])\n  return y\n",
      "layer f(x[N,D])\n  y[i,j] = 0.5*x[i,j]*(1 + erf(x[i,j]/sqrt(2)))\n  return y\n",
      "layer f(x[N,D])\n  m[i] = max[j](x[i,j])\n  p[i,j] = exp(x[i,j] - m[i])/sum[k](exp(x[i,k] - m[i]))\n  return "
      "p\n",
      "layer f(x[N,D], t[N,D])\n  loss = mean[i,j]((x[i,j] - t[i,j])^2)\n  return loss\n",
      "layer f(x[N,D], W[D,M], b[M])\n  h[i,m] = sum[j](x[i,j]*W[j,m]) + b[m]\n  y[i,m] = relu(h[i,m])\n  return y, "
      "h\n",
      "layer f(v[D,M], g[M])\n  n[m] = sqrt(sum[d](v[d,m]^2))\n  w[d,m] = g[m]*v[d,m]/n[m]\n  return w\n",
      "layer f(x[N,D])\n  m[j] = mean[i](x[i,j])\n  y[i,j] = (x[i,j] - m[j])*stop(x[i,j])\n  return y\n",
      "layer f(s[N,N], u[N])\n  t = sum[i](s[i,i])\n  y[i,k] = s[i,k]*s[k,i]*t + delta[i,k]*u[i]\n  return y\n",
      "layer f(a[N], b[N])\n  y[i] = max(a[i], b[i])^3 + abs(a[i])*min(a[i], b[i]) + tanh(a[i])^b[i]\n  return y\n",
      "layer f(x[N,C,S])\n  m[n,c] = mean[s](x[n,c,s])\n  v[c] = mean[n,s]((x[n,c,s] - m[n,c])^2)\n"
      "  y[n,c,s] = x[n,c,s]/sqrt(v[c] + 1e-3)\n  return y\n",
      "layer f(q[N,D], k[M,D], v[M,D])\n  s[i,j] = sum[d](q[i,d]*k[j,d])/sqrt(D)\n"
      "  p[i,j] = exp(s[i,j])/sum[l](exp(s[i,l]))\n  y[i,d] = sum[j](p[i,j]*v[j,d])\n  return y\n",
      "layer f(x[N], c)\n  y[i] = c^2*sin(x[i]) + cos(c*x[i])*softplus(x[i])\n  z = sum[i](y[i])/N\n  return y, z\n",
  };
  for (const std::string& layer : layers) {
    INFO(layer);
    CHECK(disagreement(difference_problem(layer)) < 1e-8);
  }
}

TEST_CASE("a mean far from 0 does not spoil the step") {
  std::vector<double> values;
  for (int k = 0; k < 12; ++k) values.push_back(1e4 + std::sin(k));
  const Tensor x = Tensor::from({6, 2}, values, DType::f64);
  const std::string text =
      "layer f(x[N,D])\n  m[j] = mean[i](x[i,j])\n  v[j] = mean[i]((x[i,j] - m[j])^2)\n"
      "  y[i,j] = (x[i,j] - m[j])/sqrt(v[j] + 1e-5)\n  return y\n";
  CHECK(disagreement(difference_problem(text, {{"x", x}})) < 1e-6);
}

TEST_CASE("columns that lie far apart do not spoil it either") {
  std::vector<double> values;
  for (int k = 0; k < 24; ++k) values.push_back(k % 3 == 2 ? k / 9 : 1000 + std::sin(k));
  const Tensor x = Tensor::from({8, 3}, values, DType::f64);
  const std::string text =
      "layer f(x[N,D])\n  m[j] = mean[i](x[i,j])\n  v[j] = mean[i]((x[i,j] - m[j])^2)\n"
      "  y[i,j] = (x[i,j] - m[j])/sqrt(v[j] + 1e-5)\n  return y\n";
  CHECK(disagreement(difference_problem(text, {{"x", x}})) < 1e-7);
}

TEST_CASE("entries at a kink are left out, entries near one are not") {
  const Tensor x = Tensor::from({1, 4}, std::vector<double>{0, 1e-6, -1e-6, 2}, DType::f64);
  const auto p =
      difference_problem("layer f(x[N,D])\n  y[i,j] = relu(x[i,j])^2 + abs(x[i,j])\n  return y\n", {{"x", x}});
  const auto walk = roads::difference_road()->walk(p);
  const auto gradient = walk.gradients.at("x").to_vector();
  CHECK(std::isnan(gradient[0]));
  CHECK(walk.skipped.at("x") == std::vector<std::int64_t>{0});
  CHECK(walk.notes == std::vector<std::string>{"dx: 1 entries at a kink of the layer left out"});
  CHECK(disagreement(p) < 1e-8);
}

TEST_CASE("ties of a maximum are a kink too") {
  const Tensor x = Tensor::from({2, 2}, std::vector<double>{1, 1, 1, 3}, DType::f64);
  const auto p =
      difference_problem("layer f(x[N,D])\n  m[i] = max[j](x[i,j])\n  y[i,j] = x[i,j]*m[i]\n  return y\n", {{"x", x}});
  CHECK(roads::difference_road()->walk(p).skipped.at("x") == std::vector<std::int64_t>{0, 1});
  CHECK(disagreement(p) < 1e-8);
}

TEST_CASE("of a large tensor a subset is checked, and the rest is NaN") {
  roads::Request request;
  request.dtype = DType::f64;
  const auto p = roads::make_problem(tests::layer_of("layer f(x[N,D])\n  y[i,j] = exp(x[i,j])\n  return y\n"), request,
                                     roads::comparison_sizes);
  const auto walk = roads::difference_road()->walk(p);
  int finite = 0;
  for (const double value : walk.gradients.at("x").to_vector()) finite += std::isnan(value) ? 0 : 1;
  CHECK(finite == 200);
  CHECK(walk.skipped.at("x").size() == 128 * 64 - 200);
  CHECK(walk.notes == std::vector<std::string>{"dx: 200 of 8192 entries, drawn with the seed"});
}

}  // namespace chalktape
