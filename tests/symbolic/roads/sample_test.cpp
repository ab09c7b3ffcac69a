// Samples: the same everywhere, as the layer assumes; data that do not fit are refused in words.
#include "symbolic/roads/sample.hpp"

#include <cmath>
#include <map>
#include <string>

#include "engine/tensor/tensor.hpp"
#include "symbolic/roads/sizes.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/lower/lowered.hpp"

namespace chalktape {
namespace {

using engine::DType;
using engine::Tensor;
using roads::Request;

roads::Problem problem(const std::string& text, const Request& request) {
  return roads::make_problem(tests::layer_of(text), request, roads::comparison_sizes);
}

/// The message with which it fails.
std::string failure(const std::string& text, const Request& request) {
  try {
    return "no failure, but " + problem(text, request).layer.name;
  } catch (const roads::Error& error) {
    return error.what();
  }
}

Request sizes(std::map<std::string, std::int64_t> given) {
  Request request;
  request.sizes = std::move(given);
  return request;
}

Request data(std::map<std::string, Tensor> given) {
  Request request;
  request.data = std::move(given);
  return request;
}

const std::string linear = "layer f(x[N,D], w[D], c; k = 2)\n  y[i,j] = k*c*x[i,j]*w[j]\n  return y\n";

}  // namespace

TEST_CASE("a problem has every number, rounded to its dtype, and depends on the seed alone") {
  Request request;
  const auto a = problem(linear, request);
  CHECK(a.sizes == std::map<std::string, std::int64_t>{{"N", 128}, {"D", 64}});
  CHECK(a.tensors.at("x").shape() == engine::Shape{128, 64});
  CHECK(a.tensors.at("c").shape().empty());
  CHECK(a.tensors.at("x").dtype() == DType::f32);
  CHECK(a.upstream.at("y").shape() == engine::Shape{128, 64});
  CHECK(a.constants.at("k") == 2);
  CHECK(problem(linear, request).tensors.at("x").to_vector() == a.tensors.at("x").to_vector());
  request.seed = 2;
  CHECK(problem(linear, request).tensors.at("x").to_vector() != a.tensors.at("x").to_vector());
  request.constants = {{"k", 0.1}};
  CHECK(problem(linear, request).constants.at("k") == static_cast<double>(0.1F));
}

TEST_CASE("a loss has the upstream gradient 1") {
  const auto p = problem("layer f(x[N])\n  loss = sum[i](x[i])\n  return loss\n", {});
  CHECK(p.upstream.at("loss").item() == 1);
}

TEST_CASE("samples obey what the layer assumes") {
  const auto p = problem(R"(layer f(t[N,D], v[D], u[D], w[N])
  y[i,j] = t[i,j]*log(v[j])*u[j]*w[i]
  assume sum[j](t[i,j]) = 1
  assume v[j] > 0
  assume u[j] >= 2
  assume u[j] <= 3
  assume w[i]^2 > 0.01
  return y
)",
                         sizes({{"N", 7}, {"D", 5}}));
  const auto t = p.tensors.at("t").to_vector();
  for (std::size_t i = 0; i < 7; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < 5; ++j) {
      CHECK(t[i * 5 + j] > 0);
      sum += t[i * 5 + j];
    }
    CHECK(sum == Approx(1).margin(1e-6));
  }
  for (const double v : p.tensors.at("v").to_vector()) CHECK(v > 0);
  for (const double u : p.tensors.at("u").to_vector()) CHECK((u >= 2 && u <= 3));
  for (const double w : p.tensors.at("w").to_vector()) CHECK(w * w > 0.01);
}

TEST_CASE("where logarithms and roots want it, samples are positive") {
  const auto p = problem("layer f(x[N])\n  y[i] = log(x[i]) + sqrt(x[i])\n  return y\n", {});
  for (const double x : p.tensors.at("x").to_vector()) CHECK(x > 0);
}

TEST_CASE("what no sample can obey is given up, in words") {
  CHECK(failure("layer f(x[N])\n  y[i] = log(0*x[i] - 1)\n  return y\n", {}) ==
        "none of 400 samples suits the layer; of the last, 'y' is not finite everywhere (the logarithm or root of a "
        "negative number, a division by 0, an overflow)");
  CHECK_THAT(failure("layer f(x[N])\n  y[i] = x[i]\n  assume x[i]^2 < 0\n  return y\n", {}),
             Catch::Matchers::StartsWith("none of 400 samples suits the layer; of the last, `assume x[i]^2 < 0` does "
                                         "not hold: at i = 1 the left side is "));
}

TEST_CASE("data say what the sizes are") {
  const auto p =
      problem(linear, data({{"x", Tensor::zeros({5, 3}, DType::f64)}, {"w", Tensor::zeros({3, 1}, DType::f64)}}));
  CHECK(p.sizes == std::map<std::string, std::int64_t>{{"N", 5}, {"D", 3}});
  CHECK(p.tensors.at("w").shape() == engine::Shape{3});
}

TEST_CASE("data that do not fit are refused") {
  const Tensor table = Tensor::zeros({5, 3}, DType::f64);
  CHECK(failure(linear, data({{"w", table}})) == "w[D] has 1 axis, but its data have shape (5, 3)");
  CHECK_THAT(failure(linear, data({{"X", table}})),
             Catch::Matchers::StartsWith("f has no tensor 'X' (it has x, w, c, dy)"));
  auto request = data({{"x", table}});
  request.sizes = {{"D", 4}};
  CHECK(failure(linear, request) == "x[N,D] has shape (5, 3), which gives D = 3, but D = 4 by --size");
  CHECK(failure(linear, data({{"x", table}, {"dy", Tensor::zeros({4, 3}, DType::f64)}})) ==
        "x[N,D] has shape (5, 3), which gives N = 5, but N = 4 by the data of dy");
  CHECK(failure(linear, data({{"c", Tensor::full({1, 1}, NAN, DType::f64)}})) ==
        "the data of c hold a number that is not finite");
  CHECK(failure("layer f(t[N])\n  y[i] = t[i]\n  assume t[i] > 0\n  return y\n",
                data({{"t", Tensor::full({2, 1}, -0.5, DType::f64)}})) ==
        "these data do not suit the layer: `assume t[i] > 0` does not hold: at i = 1 the left side is -0.5 and the "
        "right side 0");
  CHECK_THAT(
      failure("layer f(t[N])\n  y[i] = log(t[i])\n  return y\n", data({{"t", Tensor::full({2, 1}, -0.5, DType::f64)}})),
      Catch::Matchers::StartsWith("these data do not suit the layer: 'y' is not finite everywhere"));
}

TEST_CASE("constants that break an assumption are refused, and rounding breaks none") {
  const std::string layer =
      "layer f(x[N]; slope = 2, eps = 1e-5)\n  assume 1 < slope\n  assume eps >= 1e-5\n  y[i] = max(x[i], slope*x[i]) "
      "+ "
      "eps\n  return y\n";
  const auto with = [](const std::map<std::string, double>& constants) {
    Request request;
    request.dtype = DType::f32;
    request.constants = constants;
    return request;
  };
  CHECK(problem(layer, with({})).constants.at("slope") == 2);
  CHECK(failure(layer, with({{"slope", 1}})) ==
        "these data do not suit the layer: `assume 1 < slope` does not hold: the left side is 1 and the right side 1");
  CHECK(failure(layer, with({{"eps", 0.999e-5}})) ==
        "these data do not suit the layer: `assume eps >= 1e-5` does not hold: the left side is 9.99e-06 and the right "
        "side 1e-05");
}

TEST_CASE("sizes that do not exist or are too large are refused") {
  CHECK_THAT(failure(linear, sizes({{"M", 2}})), Catch::Matchers::StartsWith("f has no size 'M' (it has N, D)"));
  CHECK(failure(linear, sizes({{"N", 0}})) == "the size N must be at least 1, not 0");
  CHECK(failure(linear, sizes({{"N", 1000000000000}})) ==
        "with N = 1000000000000, D = 64 a forward pass of f takes about 2.6e+14 scalar operations; the limit is 1e+09");
  CHECK_THAT(failure(linear, sizes({{"N", 9000000000000000000}, {"D", 9000000000000000000}})),
             Catch::Matchers::EndsWith("takes about 3.2e+38 scalar operations; the limit is 1e+09"));
  Request request;
  request.constants = {{"eps", 1}};
  CHECK_THAT(failure(linear, request), Catch::Matchers::StartsWith("f has no constant 'eps' (it has k)"));
}

}  // namespace chalktape
