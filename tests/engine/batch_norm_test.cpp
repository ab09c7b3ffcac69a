#include "engine/kernels/batch_norm.hpp"

#include "engine/derivatives.hpp"
#include "engine/io.hpp"
#include "engine/kernels/reference.hpp"
#include "engine/tensor_functions.hpp"
#include "tests/catch.hpp"
#include "tests/engine/samples.hpp"

namespace chalktape::engine::kernels {
namespace {

struct Layer {
  Tensor x, gamma, beta, dy;
  double eps = 1e-5;
};

Layer sample(std::int64_t n, std::int64_t d, Interval domain, DType dtype) {
  Samples random(static_cast<std::uint32_t>(100 * n + d));
  return {random.tensor({n, d}, domain, dtype), random.tensor({d}, {0.5, 2}, dtype), random.tensor({d}, {}, dtype),
          random.tensor({n, d}, {}, dtype)};
}

struct Result {
  Tensor y, dx, dgamma, dbeta;
};

template <class T>
Result run(const Layer& layer) {
  const std::int64_t n = layer.x.shape()[0];
  const std::int64_t d = layer.x.shape()[1];
  const DType dtype = dtype_of<T>;
  Result r{Tensor::zeros({n, d}, dtype), Tensor::zeros({n, d}, dtype), Tensor::zeros({d}, dtype),
           Tensor::zeros({d}, dtype)};
  const Rows<const T> x{layer.x.data<T>(), d};
  const Rows<const T> dy{layer.dy.data<T>(), d};
  const BatchNormSaved<T> saved =
      batch_norm_forward<T>(n, d, x, layer.gamma.data<T>(), layer.beta.data<T>(), layer.eps, {r.y.data<T>(), d});
  batch_norm_backward<T>(n, d, x, dy, layer.gamma.data<T>(), saved, {r.dx.data<T>(), d}, r.dgamma.data<T>(),
                         r.dbeta.data<T>());
  return r;
}

double worst(const Tensor& a, const Tensor& b) {
  double result = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) result = std::max(result, disagreement(a.item(i), b.item(i)));
  return result;
}

template <class T>
double worst_of(const Layer& layer) {
  const Result r = run<T>(layer);
  const BatchNormReference exact = batch_norm_reference(layer.x, layer.gamma, layer.beta, layer.eps, layer.dy);
  return std::max(
      {worst(r.y, exact.y), worst(r.dx, exact.dx), worst(r.dgamma, exact.dgamma), worst(r.dbeta, exact.dbeta)});
}

// dx carries the factor γ_j istd_j, and so does its rounding: it is large where rows lie close together.
double condition(const Layer& layer) {
  const Tensor x = layer.x.to(DType::f64);
  const Tensor centred = x - mean(x, {{0}, true});
  const Tensor variance = mean(centred * centred, {{0}, false});
  double result = 1;
  for (std::int64_t j = 0; j < variance.size(); ++j) {
    result = std::max(result, std::abs(layer.gamma.item(j)) / std::sqrt(variance.item(j) + layer.eps));
  }
  return result;
}

TEST_CASE("the fused kernel agrees with its reference") {
  for (const std::int64_t n : {1, 2, 3, 17, 300}) {
    for (const std::int64_t d : {1, 2, 7, 64}) {
      INFO("N " << n << " D " << d);
      const Layer narrow = sample(n, d, {-2, 2}, DType::f32);
      const Layer wide = sample(n, d, {-2, 2}, DType::f64);
      CHECK(worst_of<float>(narrow) < 5e-7 * condition(narrow));
      CHECK(worst_of<double>(wide) < 1e-14 * condition(wide));
    }
  }
}

TEST_CASE("a mean far larger than the spread costs no digits") {
  CHECK(worst_of<float>(sample(150, 4, {1000, 1003}, DType::f32)) < 1e-5);
  CHECK(worst_of<float>(sample(150, 4, {1e5, 1e5 + 10}, DType::f32)) < 1e-5);
  CHECK(worst_of<double>(sample(150, 4, {1e9, 1e9 + 10}, DType::f64)) < 1e-13);
}

TEST_CASE("iris moved by 1000, in f32") {
  const Tensor iris = read_csv("examples/data/iris.csv", {{1, 4}});
  REQUIRE(iris.shape() == Shape{150, 4});
  Tensor moved = iris.copy();
  for (std::int64_t i = 0; i < moved.size(); ++i) moved.set_item(i, iris.item(i) + 1000);
  Layer layer = sample(150, 4, {}, DType::f32);
  layer.x = moved.to(DType::f32);
  CHECK(worst_of<float>(layer) < 1e-5);
}

TEST_CASE("65536 rows, in f32") { CHECK(worst_of<float>(sample(65536, 5, {0.5, 1.5}, DType::f32)) < 1e-6); }

TEST_CASE("the reference agrees with central differences") {
  const Layer layer = sample(6, 2, {-2, 2}, DType::f64);
  const BatchNormReference exact = batch_norm_reference(layer.x, layer.gamma, layer.beta, layer.eps, layer.dy);
  const auto loss = [&](const Tensor& x, const Tensor& gamma) {
    const Tensor y = batch_norm_reference(x, gamma, layer.beta, layer.eps, layer.dy).y;
    double total = 0;
    for (std::int64_t i = 0; i < y.size(); ++i) total += y.item(i) * layer.dy.item(i);
    return total;
  };
  constexpr double h = 1e-5;
  const auto moved = [&](const Tensor& t, std::int64_t i, double by) {
    Tensor result = t.copy();
    result.set_item(i, t.item(i) + by);
    return result;
  };
  for (std::int64_t i = 0; i < layer.x.size(); ++i) {
    const double slope = (loss(moved(layer.x, i, h), layer.gamma) - loss(moved(layer.x, i, -h), layer.gamma)) / (2 * h);
    CHECK(disagreement(exact.dx.item(i), slope) < 1e-8);
  }
  for (std::int64_t j = 0; j < 2; ++j) {
    const double slope = (loss(layer.x, moved(layer.gamma, j, h)) - loss(layer.x, moved(layer.gamma, j, -h))) / (2 * h);
    CHECK(disagreement(exact.dgamma.item(j), slope) < 1e-8);
  }
}

TEST_CASE("rows may lie apart, and results may replace operands") {
  const Layer layer = sample(9, 3, {-2, 2}, DType::f32);
  const Result packed = run<float>(layer);
  constexpr std::int64_t stride = 5;
  const auto spread = [](const Tensor& t) {
    std::vector<float> rows(9 * stride, 77.0F);
    for (std::int64_t i = 0; i < t.size(); ++i) {
      rows[static_cast<std::size_t>(i / 3 * stride + i % 3)] = static_cast<float>(t.item(i));
    }
    return rows;
  };
  std::vector<float> x = spread(layer.x);
  std::vector<float> dy = spread(layer.dy);
  const std::vector<float> x_before = x;
  const float* gamma = layer.gamma.data<float>();
  std::vector<float> dgamma(3);
  std::vector<float> dbeta(3);
  std::vector<float> y = x;
  const auto saved = batch_norm_forward<float>(9, 3, {y.data(), stride}, gamma, layer.beta.data<float>(), layer.eps,
                                               {y.data(), stride});
  batch_norm_backward<float>(9, 3, {x.data(), stride}, {dy.data(), stride}, gamma, saved, {dy.data(), stride},
                             dgamma.data(), dbeta.data());
  CHECK(y == spread(packed.y));
  CHECK(dy == spread(packed.dx));  // and what lies between the rows is untouched
  CHECK(x == x_before);
  CHECK(Tensor::from({3}, std::vector<double>(dgamma.begin(), dgamma.end()), DType::f32).to_vector() ==
        packed.dgamma.to_vector());
  CHECK(std::vector<double>(dbeta.begin(), dbeta.end()) == packed.dbeta.to_vector());
}

TEST_CASE("the kernel refuses what does not fit") {
  std::vector<float> a(8);
  const Rows<const float> x{a.data(), 2};
  const Rows<float> y{a.data(), 2};
  CHECK_THROWS_WITH(batch_norm_forward<float>(0, 2, x, a.data(), a.data(), 1e-5, y),
                    "batch_norm: needs N ≥ 1 and D ≥ 1, not N = 0, D = 2");
  CHECK_THROWS_WITH(batch_norm_forward<float>(1, 3, x, a.data(), a.data(), 1e-5, y),
                    "batch_norm: rows of 3 entries overlap with a stride of 2");
  CHECK_THROWS_WITH(batch_norm_forward<float>(1, 2, x, a.data(), a.data(), -1, y), "batch_norm: needs eps ≥ 0, not -1");
  CHECK_THROWS_WITH(batch_norm_backward<float>(1, 2, x, x, a.data(), {}, y, a.data(), a.data()),
                    "batch_norm: saved for D = 0, not 2");
  const Tensor t = Tensor::zeros({2, 2}, DType::f64);
  CHECK_THROWS_WITH(batch_norm_reference(t, t, t, 1e-5, t),
                    "batch_norm reference: shapes x (2, 2), gamma (2, 2), beta (2, 2), dy (2, 2)");
}

}  // namespace
}  // namespace chalktape::engine::kernels
