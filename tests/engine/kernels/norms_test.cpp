// The kernels written by hand against their slow references.
#include "tests/engine/norms.hpp"

#include "engine/io/io.hpp"
#include "engine/tensor/tensor_functions.hpp"
#include "tests/catch.hpp"

namespace chalktape::engine::kernels {
namespace {

// dx carries the factor γ istd, and so does its rounding: it is large where numbers lie close together.
double condition(Norm norm, const Layer& layer) {
  const int axis = norm == Norm::batch ? 0 : 1;
  const Tensor x = layer.x.to(DType::f64);
  const Tensor centred = x - mean(x, {{axis}, true});
  const Tensor variance = mean(centred * centred, {{axis}, false});
  double gamma = 0;
  for (const double g : layer.gamma.to_vector()) gamma = std::max(gamma, std::abs(g));
  double result = 1;
  for (const double v : variance.to_vector()) result = std::max(result, gamma / std::sqrt(v + layer.eps));
  return result;
}

TEST_CASE("the kernels agree with their references") {
  for (const Norm norm : {Norm::batch, Norm::layer}) {
    for (const std::int64_t n : {1, 2, 3, 17, 33, 300}) {
      for (const std::int64_t d : {1, 2, 7, 64, 100, 129}) {
        INFO((norm == Norm::batch ? "batch" : "layer") << " norm, N " << n << " D " << d);
        const Layer narrow = sample(n, d, {-2, 2}, DType::f32);
        const Layer wide = sample(n, d, {-2, 2}, DType::f64);
        CHECK(worst_of(norm, narrow) < 5e-7 * condition(norm, narrow));
        CHECK(worst_of(norm, wide) < 1e-14 * condition(norm, wide));
      }
    }
  }
}

TEST_CASE("rows wider than a strip, and enough numbers for several segments") {
  for (const Norm norm : {Norm::batch, Norm::layer}) {
    for (const auto& [n, d] : {std::pair<std::int64_t, std::int64_t>{70, 5003}, {5000, 30}, {3, 70001}}) {
      INFO((norm == Norm::batch ? "batch" : "layer") << " norm, N " << n << " D " << d);
      const Layer narrow = sample(n, d, {-2, 2}, DType::f32);
      const Layer wide = sample(n, d, {-2, 2}, DType::f64);
      CHECK(worst_of(norm, narrow) < 5e-7 * condition(norm, narrow));
      CHECK(worst_of(norm, wide) < 1e-14 * condition(norm, wide));
    }
  }
}

TEST_CASE("a mean far larger than the spread costs no digits") {
  for (const Norm norm : {Norm::batch, Norm::layer}) {
    CHECK(worst_of(norm, sample(150, 40, {1000, 1003}, DType::f32)) < 1e-6);
    CHECK(worst_of(norm, sample(150, 40, {1e5, 1e5 + 10}, DType::f32)) < 1e-6);
    CHECK(worst_of(norm, sample(150, 40, {1e9, 1e9 + 10}, DType::f64)) < 1e-14);
  }
}

TEST_CASE("neither an outlier among the first rows nor a drift costs digits") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    // In double, the mean's last digits are those of the outlier, which is √N standard deviations away.
    const double tolerance = dtype == DType::f32 ? 1e-6 : 3e-14;
    Layer outlier = sample(20000, 3, {-1, 1}, dtype);
    for (std::int64_t j = 0; j < 3; ++j) outlier.x.set_item(j, 1e4);
    CHECK(worst_of(Norm::batch, outlier) < tolerance);
    Layer drift = sample(20000, 3, {-1, 1}, dtype);
    for (std::int64_t i = 0; i < drift.x.size(); ++i) drift.x.set_item(i, drift.x.item(i) + static_cast<double>(i));
    CHECK(worst_of(Norm::batch, drift) < tolerance);
  }
}

TEST_CASE("squares may leave the range of float") {
  for (const Norm norm : {Norm::batch, Norm::layer}) {
    Layer large = sample(40, 40, {-1e25, 1e25}, DType::f32);
    CHECK(worst_of(norm, large) < 1e-6);
    Layer small = sample(40, 40, {-1e-25, 1e-25}, DType::f32);
    small.eps = 0;
    small.gamma = Tensor::full({40}, 1e-15, DType::f32);  // keeps dx within the range
    const Result r = run(norm, small);
    const NormReference exact = reference(norm, small);
    CHECK(worst_of_largest(r.dx, exact.dx) < 1e-6);
    CHECK(worst_of_largest(r.dgamma, exact.dgamma) < 1e-6);
  }
}

TEST_CASE("iris moved by 1000, in f32") {
  const Tensor iris = read_csv("examples/data/iris.csv", {{1, 4}});
  REQUIRE(iris.shape() == Shape{150, 4});
  Tensor moved = iris.copy();
  for (std::int64_t i = 0; i < moved.size(); ++i) moved.set_item(i, iris.item(i) + 1000);
  Layer layer = sample(150, 4, {}, DType::f32);
  layer.x = moved.to(DType::f32);
  CHECK(worst_of(Norm::batch, layer) < 1e-6);
}

TEST_CASE("65536 rows, in f32") {
  CHECK(worst_of(Norm::batch, sample(65536, 5, {0.5, 1.5}, DType::f32)) < 1e-6);
  CHECK(worst_of(Norm::layer, sample(65536, 5, {-2, 2}, DType::f32)) <
        5e-7 * condition(Norm::layer, sample(65536, 5, {-2, 2}, DType::f32)));
}

// x − mean would otherwise be rounded by the same amount in all rows.
TEST_CASE("65536 rows whose upstream gradients have a mean, in f32") {
  Layer layer = sample(65536, 64, {-1, 1}, DType::f32);
  layer.dy = layer.dy + Tensor::full({}, 1, DType::f32);
  CHECK(worst_of_largest(run(Norm::batch, layer).dgamma, reference(Norm::batch, layer).dgamma) < 5e-7);
}

TEST_CASE("the references agree with central differences") {
  for (const Norm norm : {Norm::batch, Norm::layer}) {
    const Layer layer = sample(6, 3, {-2, 2}, DType::f64);
    const NormReference exact = reference(norm, layer);
    const auto loss = [&](const Tensor& x, const Tensor& gamma) {
      const Tensor y = reference(norm, {x, gamma, layer.beta, layer.dy, layer.eps}).y;
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
      const double slope =
          (loss(moved(layer.x, i, h), layer.gamma) - loss(moved(layer.x, i, -h), layer.gamma)) / (2 * h);
      CHECK(disagreement(exact.dx.item(i), slope) < 1e-8);
    }
    for (std::int64_t j = 0; j < 3; ++j) {
      const double slope =
          (loss(layer.x, moved(layer.gamma, j, h)) - loss(layer.x, moved(layer.gamma, j, -h))) / (2 * h);
      CHECK(disagreement(exact.dgamma.item(j), slope) < 1e-8);
    }
  }
}

template <class T>
void check_inference(double tolerance) {
  const Layer layer = sample(50, 33, {-2, 2}, dtype_of<T>);
  std::vector<T> y(50 * 33);
  std::vector<T> mean(33);
  std::vector<T> variance(33);
  for (std::int64_t j = 0; j < 33; ++j) {
    mean[static_cast<std::size_t>(j)] = static_cast<T>(0.1 * static_cast<double>(j));
    variance[static_cast<std::size_t>(j)] = static_cast<T>(0.5 + static_cast<double>(j));
  }
  batch_norm_inference<T>(50, 33, {layer.x.data<T>(), 33}, layer.gamma.data<T>(), layer.beta.data<T>(), mean.data(),
                          variance.data(), layer.eps, {y.data(), 33});
  for (std::int64_t k = 0; k < 50 * 33; ++k) {
    const auto j = static_cast<std::size_t>(k % 33);
    const double expected = layer.gamma.item(k % 33) * (layer.x.item(k) - static_cast<double>(mean[j])) /
                                std::sqrt(static_cast<double>(variance[j]) + layer.eps) +
                            layer.beta.item(k % 33);
    CHECK(disagreement(static_cast<double>(y[static_cast<std::size_t>(k)]), expected) < tolerance);
  }
}

TEST_CASE("inference takes the mean and the variance that it is given") {
  check_inference<float>(5e-7);
  check_inference<double>(1e-15);
}

TEST_CASE("layer norm saves nothing in inference") {
  const Layer layer = sample(9, 33, {-2, 2}, DType::f32);
  std::vector<float> y(9 * 33);
  layer_norm_forward<float>(9, 33, {layer.x.data<float>(), 33}, layer.gamma.data<float>(), layer.beta.data<float>(),
                            layer.eps, {y.data(), 33}, nullptr);
  const Tensor trained = run(Norm::layer, layer).y;
  CHECK(std::vector<double>(y.begin(), y.end()) == trained.to_vector());
}

}  // namespace
}  // namespace chalktape::engine::kernels
