// Layers become the graphs that one would draw by hand, and their values are those of the formulas.
#include "symbolic/lower/lower.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "engine/ops/registry.hpp"
#include "engine/tape/derivatives.hpp"
#include "symbolic/language/functions.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/lower/lowered.hpp"

namespace chalktape {
namespace {

using tests::Lowered;
using tests::lowered;
using Names = std::vector<std::string>;

/// t[i,j] = …, by flat index.
double at(const Lowered& l, const std::string& name, std::vector<std::int64_t> index) {
  return l.value(name).at(index);
}

const std::string batch_norm = R"(layer batch_norm(x[N,D], gamma[D], beta[D]; eps = 1e-5)
  mu[j]     = mean[i](x[i,j])
  var[j]    = mean[i]((x[i,j] - mu[j])^2)
  xhat[i,j] = (x[i,j] - mu[j]) / sqrt(var[j] + eps)
  y[i,j]    = gamma[j]*xhat[i,j] + beta[j]
  return y
)";

}  // namespace

TEST_CASE("batch norm is the ten nodes of the graph drawn by hand") {
  const Lowered l = lowered(batch_norm, {{"N", 5}, {"D", 3}});
  CHECK(l.ops() ==
        Names{"mean", "subtract", "square", "mean", "add", "sqrt", "reciprocal", "multiply", "multiply", "add"});
  CHECK(l.tape.size() == 4 + 10);
  for (const char* name : {"mu", "var", "xhat", "y"}) CHECK(l.tape.graph()[l.node(name)].name == name);
  CHECK(l.environment.shapes.at(l.node("xhat")) == Names{"N", "D"});
  CHECK(l.environment.shapes.at(l.node("var")) == Names{"D"});
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("batch norm lowers alike in f32") {
  const Lowered l = lowered(batch_norm, {{"N", 5}, {"D", 3}}, engine::DType::f32);
  CHECK(l.ops().size() == 10);
  CHECK(l.value("y").dtype() == engine::DType::f32);
}

TEST_CASE("statistics of rows need reshapes only where broadcasting does not do") {
  const Lowered l = lowered(R"(layer layer_norm(x[N,D], gamma[D], beta[D]; eps = 1e-5)
  mu[i]     = mean[j](x[i,j])
  var[i]    = mean[j]((x[i,j] - mu[i])^2)
  xhat[i,j] = (x[i,j] - mu[i]) / sqrt(var[i] + eps)
  y[i,j]    = gamma[j]*xhat[i,j] + beta[j]
  return y
)",
                            {{"N", 4}, {"D", 3}});
  CHECK(l.count("reshape") == 2);
  CHECK(l.count("transpose") == 0);
  CHECK(l.ops().size() == 12);
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("a sum of products is one contraction") {
  const Lowered l = lowered(R"(layer affine(x[N,D], W[D,M], b[M])
  y[i,m] = sum[j](x[i,j]*W[j,m]) + b[m]
  return y
)",
                            {{"N", 4}, {"D", 3}, {"M", 2}});
  CHECK(l.ops() == Names{"contraction", "add"});
  double expected = at(l, "b", {1});
  for (std::int64_t j = 0; j < 3; ++j) expected += at(l, "x", {2, j}) * at(l, "W", {j, 1});
  CHECK(at(l, "y", {2, 1}) == Approx(expected).epsilon(1e-14));
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("factors without the bound index stay outside, and a mean of products is a contraction divided") {
  const Lowered l = lowered(R"(layer f(x[N,D], W[D,M], c[N])
  y[i,m] = mean[j](2*c[i]*x[i,j]*W[j,m]/3)
  return y
)",
                            {{"N", 4}, {"D", 3}, {"M", 2}});
  CHECK(l.count("contraction") == 1);
  CHECK(l.count("mean") == 0);
  CHECK(l.count("sum") == 0);
  CHECK(l.count("multiply") == 2);  // 2/(3 D) into c, c into the contraction
  double expected = 0;
  for (std::int64_t j = 0; j < 3; ++j) expected += at(l, "x", {2, j}) * at(l, "W", {j, 1});
  CHECK(at(l, "y", {2, 1}) == Approx(expected * 2 * at(l, "c", {2}) / 9).epsilon(1e-14));
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("several factors are contracted pair by pair") {
  const Lowered l = lowered(R"(layer f(a[N,D], b[D,M], c[M,K])
  y[i,k] = sum[j,m](a[i,j]*b[j,m]*c[m,k])
  return y
)",
                            {{"N", 4}, {"D", 3}, {"M", 2}, {"K", 5}});
  CHECK(l.ops() == Names{"contraction", "contraction"});
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("terms are summed apart where a product would outgrow its factors") {
  const Lowered l = lowered(R"(layer f(x[N,D], W[D,M])
  y[i,m] = sum[j](x[i,j]*W[j,m] - W[j,m])
  return y
)",
                            {{"N", 4}, {"D", 3}, {"M", 2}});
  CHECK(l.count("contraction") == 1);
  CHECK(l.count("sum") == 1);
  double expected = 0;
  for (std::int64_t j = 0; j < 3; ++j) expected += (at(l, "x", {2, j}) - 1) * at(l, "W", {j, 1});
  CHECK(at(l, "y", {2, 1}) == Approx(expected).epsilon(1e-13));
}

TEST_CASE("a gradient's sum over rows is a contraction that keeps its columns") {
  const Lowered l = lowered(R"(layer f(dz[N,D], xhat[N,D])
  g[j] = sum[i](dz[i,j]*xhat[i,j])
  return g
)",
                            {{"N", 4}, {"D", 3}});
  CHECK(l.ops() == Names{"contraction"});
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("a delta under a sum vanishes; elsewhere it is an identity matrix") {
  const Lowered l = lowered(R"(layer f(x[N,D], w[D])
  a[i,k] = sum[j](x[i,j]*delta[j,k])
  b[j,k] = delta[j,k]*w[k]
  c[k]   = sum[i,j](delta[j,k]*delta[i,j]*w[i])
  d[i,k] = mean[j](x[i,j]*delta[j,k])
  y[i,k] = a[i,k] + sum[j](x[i,j]*b[j,k]) + c[k] + d[i,k]
  return y
)",
                            {{"N", 4}, {"D", 3}});
  CHECK(l.node("a") == l.node("x"));
  CHECK(l.node("c") == l.node("w"));
  CHECK(at(l, "b", {1, 1}) == at(l, "w", {1}));
  CHECK(at(l, "b", {1, 2}) == 0);
  CHECK(at(l, "d", {2, 1}) == Approx(at(l, "x", {2, 1}) / 3));
  CHECK(at(l, "y", {2, 1}) ==
        Approx(at(l, "x", {2, 1}) * (1 + at(l, "w", {1}) + 1. / 3) + at(l, "w", {1})).epsilon(1e-13));
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("a repeated index takes the diagonal") {
  const Lowered l = lowered(R"(layer f(s[D,D], r[D,N,D])
  t      = sum[i](s[i,i])
  y[n,i] = s[i,i]*r[i,n,i] + t
  return y
)",
                            {{"N", 4}, {"D", 3}});
  CHECK(l.count("diagonal") == 2);
  const double trace = at(l, "s", {0, 0}) + at(l, "s", {1, 1}) + at(l, "s", {2, 2});
  CHECK(at(l, "t", {}) == Approx(trace).epsilon(1e-14));
  CHECK(at(l, "y", {3, 1}) == Approx(at(l, "s", {1, 1}) * at(l, "r", {1, 3, 1}) + trace).epsilon(1e-14));
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("three indices, statistics over two of them") {
  const Lowered l = lowered(R"(layer group_norm(x[N,G,C,S], gamma[G,C], beta[G,C]; eps = 1e-5)
  mu[n,g]       = mean[c,s](x[n,g,c,s])
  var[n,g]      = mean[c,s]((x[n,g,c,s] - mu[n,g])^2)
  xhat[n,g,c,s] = (x[n,g,c,s] - mu[n,g])/sqrt(var[n,g] + eps)
  y[n,g,c,s]    = gamma[g,c]*xhat[n,g,c,s] + beta[g,c]
  return y
)",
                            {{"N", 2}, {"G", 2}, {"C", 3}, {"S", 4}});
  CHECK(l.environment.shapes.at(l.node("y")) == Names{"N", "G", "C", "S"});
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("attention: two contractions around a softmax") {
  const Lowered l = lowered(R"(layer attention(q[H,N,D], k[H,M,D], v[H,M,E])
  s[h,i,j] = sum[d](q[h,i,d]*k[h,j,d])/sqrt(D)
  m[h,i]   = max[j](s[h,i,j])
  e[h,i,j] = exp(s[h,i,j] - stop(m[h,i]))
  p[h,i,j] = e[h,i,j]/sum[l](e[h,i,l])
  y[h,i,c] = sum[j](p[h,i,j]*v[h,j,c])
  return y
)",
                            {{"H", 2}, {"N", 3}, {"D", 4}, {"M", 5}, {"E", 2}});
  CHECK(l.count("contraction") == 2);
  CHECK(l.count("divide") == 1);  // by sqrt(D)
  CHECK(l.count("reciprocal") == 1);
  CHECK(l.count("transpose") == 0);
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("operands are transposed where their axes stand in another order") {
  const Lowered l = lowered(R"(layer f(x[N,D], w[D,N])
  y[j,i] = x[i,j] - w[j,i]
  return y
)",
                            {{"N", 4}, {"D", 3}});
  CHECK(at(l, "y", {2, 1}) == at(l, "x", {1, 2}) - at(l, "w", {2, 1}));
  CHECK(l.tape.shape(l.node("y")) == engine::Shape{3, 4});
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("an index that the body lacks: a sum multiplies by the size, the others do nothing") {
  const Lowered l = lowered(R"(layer f(x[N,D], u[N], c)
  a[i] = sum[j](u[i] + 0*x[i,j])
  b    = sum[i,j](c*delta[i,i] + 0*u[i]*x[i,j])
  return a, b
)",
                            {{"N", 4}, {"D", 3}});
  CHECK(at(l, "a", {2}) == Approx(3 * at(l, "u", {2})));
  CHECK(at(l, "b", {}) == Approx(12 * at(l, "c", {})));
}

TEST_CASE("every function, power and scalar has its value") {
  const Lowered l = lowered(R"(layer f(x[N], c; k = 3)
  a[i] = exp(x[i]) + log(x[i]) + sqrt(x[i]) + abs(x[i] - 1) + sin(x[i]) + cos(x[i]) + tanh(x[i])
  b[i] = sigmoid(x[i]) + relu(x[i] - 1) + step(x[i] - 1) + erf(x[i]) + softplus(x[i])
  e[i] = max(x[i], 1) - min(x[i], c) + x[i]^3 - x[i]^(-1/2) + 2^x[i] + x[i]^c + x[i]^k - x[i]^0 + (x[i] + 1)^(-2)
  y[i] = a[i] + b[i] + e[i]*pi/N - 2^3^0.5/sqrt(N) - 1/c + stop(x[i])*(-c) - (-x[i])
  return y
)",
                            {{"N", 6}});
  const double c = at(l, "c", {});
  for (std::int64_t i = 0; i < 6; ++i) {
    const double x = at(l, "x", {i});
    const double a =
        std::exp(x) + std::log(x) + std::sqrt(x) + std::abs(x - 1) + std::sin(x) + std::cos(x) + std::tanh(x);
    const double b =
        1 / (1 + std::exp(-x)) + std::max(x - 1, 0.0) + (x > 1 ? 1 : 0) + std::erf(x) + std::log1p(std::exp(x));
    const double e = std::max(x, 1.0) - std::min(x, c) + x * x * x - 1 / std::sqrt(x) + std::pow(2, x) +
                     std::pow(x, c) + x * x * x - 1 + 1 / ((x + 1) * (x + 1));
    const double y =
        a + b + e * 3.14159265358979323846 / 6 - std::pow(2, std::sqrt(3)) / std::sqrt(6) - 1 / c - x * c + x;
    CHECK(at(l, "y", {i}) == Approx(y).epsilon(1e-13));
  }
  CHECK(l.worst_gradient() < 1e-6);
}

TEST_CASE("quotients: a reciprocal where it saves divisions, a division where it does not") {
  const Lowered l = lowered(R"(layer f(x[N,D], w[D], z[N,D])
  a[i,j] = x[i,j]/w[j]
  b[i,j] = x[i,j]/z[i,j]
  c[i,j] = 1/z[i,j]
  d[i,j] = x[i,j]/3
  e[i]   = sum[j](x[i,j]/w[j])
  g[i]   = mean[j](x[i,j]/z[i,j])
  y[i,j] = a[i,j] + b[i,j] + c[i,j] + d[i,j] + e[i] + g[i]
  return y
)",
                            {{"N", 4}, {"D", 3}});
  CHECK(l.count("reciprocal") == 2);
  CHECK(l.count("divide") == 2);
  CHECK(l.count("contraction") == 1);
  CHECK(l.count("mean") == 1);
  CHECK(at(l, "a", {1, 2}) == Approx(at(l, "x", {1, 2}) / at(l, "w", {2})));
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("scalar tensors, and outputs that are constants") {
  const Lowered l = lowered(R"(layer f(x[N,D], c)
  two     = 2
  y[i,j]  = c*x[i,j] + two
  loss    = sum[i,j](y[i,j]^2)/N
  return loss
)",
                            {{"N", 4}, {"D", 3}});
  CHECK(l.tape.shape(l.node("two")).empty());
  CHECK(l.worst_gradient() < 1e-7);
}

TEST_CASE("a graph beyond the memory limit is refused, not attempted") {
  const auto refusal = [](std::int64_t n) {
    const std::string text = "layer f(u[N])\n  y[i,j] = u[i]*u[j]\n  return y\n";
    lower::Inputs inputs{engine::DType::f64, {{"N", n}}, {{"u", engine::Tensor::zeros({n}, engine::DType::f64)}}, {}};
    engine::Tape tape;
    const auto environment = lower::lower(tape, tests::layer_of(text), inputs);
    return environment.elements;
  };
  CHECK(refusal(10) == 110);
  CHECK_THROWS_WITH(refusal(1000000),
                    "a tensor of shape N x N would bring the graph beyond its limit of 1073741824 numbers");
}

TEST_CASE("tensors of the wrong shape or dtype, and missing values, are named") {
  const auto layer = tests::layer_of("layer f(x[N,D]; k)\n  y[i,j] = k*x[i,j]\n  return y\n");
  const auto message = [&](const lower::Inputs& inputs) {
    engine::Tape tape;
    const auto environment = lower::lower(tape, layer, inputs);
    return std::to_string(environment.nodes.size());
  };
  using engine::DType;
  using engine::Tensor;
  const std::map<std::string, std::int64_t> sizes{{"N", 2}, {"D", 3}};
  const Tensor good = Tensor::zeros({2, 3}, DType::f64);
  CHECK(message({DType::f64, sizes, {{"x", good}}, {{"k", 2}}}) == "3");
  CHECK_THROWS_WITH(message({DType::f64, sizes, {{"x", good}}, {}}),
                    "the constant k has no default and was given no value");
  CHECK_THROWS_WITH(message({DType::f64, sizes, {}, {{"k", 2}}}), "the tensor x was given no value");
  CHECK_THROWS_WITH(message({DType::f64, {{"N", 2}}, {{"x", good}}, {{"k", 2}}}), "the size D has no value");
  CHECK_THROWS_WITH(message({DType::f32, sizes, {{"x", good}}, {{"k", 2}}}), "x is f64, not f32");
  CHECK_THROWS_WITH(message({DType::f64, sizes, {{"x", Tensor::zeros({3, 2}, DType::f64)}}, {{"k", 2}}}),
                    "x has shape (3, 2), but x[N,D] needs (2, 3)");
}

TEST_CASE("numbers are read exactly, whatever the locale") {
  CHECK(lower::number_value("1e-5") == 1e-5);
  CHECK(lower::number_value("-0.5") == -0.5);
  CHECK(lower::number_value("1e-400") == 0);
  CHECK_THROWS_WITH(lower::number_value("1e400"), "the number 1e400 is too large for f64");
  CHECK_THROWS_WITH(lower::number_value("1,5"), "'1,5' is not a number");
}

TEST_CASE("a formula over gradients shares the forward pass's nodes") {
  Lowered l = lowered(batch_norm, {{"N", 5}, {"D", 3}});
  const auto layer = tests::layer_of(R"(layer f(xhat[N,D], z[N,D], var[D]; eps = 1e-5)
  istd[j]   = (var[j] + eps)^(-1/2)
  gdot[j] = sum[i](z[i,j]*xhat[i,j])
  return gdot, istd
)");
  const std::size_t before = l.tape.size();
  l.environment.nodes["z"] = l.node("y");
  lower::lower_formula(l.tape, layer.definitions[0], l.environment);
  CHECK(l.tape.size() == before);  // the reciprocal of the root is there already
  lower::lower_formula(l.tape, layer.definitions[1], l.environment);
  CHECK(l.tape.size() == before + 1);
  CHECK(l.tape.shape(l.node("gdot")) == engine::Shape{3});
}

TEST_CASE("the language's functions and the engine's are the same") {
  for (const language::Function& function : language::functions()) {
    INFO(function.name);
    CHECK(engine::find_function(function.name, function.arity) != nullptr);
  }
  for (const engine::Op& op : engine::all_ops()) {
    if (op.function.empty()) continue;
    INFO(op.function);
    const language::Function* const function = language::find_function(op.function);
    REQUIRE(function != nullptr);
    CHECK(function->arity == op.arity);
  }
}

}  // namespace chalktape
