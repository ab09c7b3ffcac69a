// Where roads break down, or the data leave nothing to judge by, nothing agrees.
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "symbolic/roads/compare.hpp"
#include "symbolic/roads/report.hpp"
#include "symbolic/roads/sample.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/lower/lowered.hpp"

namespace chalktape {
namespace {

using Catch::Matchers::Contains;
using engine::DType;
using engine::Tensor;

const std::string silu = "layer silu(x[N,D])\n  y[i,j] = x[i,j]/(1 + exp(-x[i,j]))\n  return y\n";

/// The tape, and somebody's own dx.
roads::Comparison judged(const std::string& layer, std::map<std::string, Tensor> data, const Tensor& dx) {
  roads::Request request;
  request.dtype = dx.dtype();
  request.data = std::move(data);
  std::vector<std::unique_ptr<roads::Road>> walked;
  walked.push_back(roads::tape_road());
  walked.push_back(roads::candidate_road({{"x", dx}}));
  return roads::compare(roads::make_problem(tests::layer_of(layer), request, roads::tracing_sizes), walked);
}

roads::Comparison judged(const std::string& layer, const Tensor& x, const Tensor& dx) {
  return judged(layer, std::map<std::string, Tensor>{{"x", x}}, dx);
}

const roads::Accuracy& accuracy(const roads::Comparison& comparison, std::size_t road) {
  return comparison.roads.at(road).accuracy.at("x");
}

}  // namespace

TEST_CASE("a road that has no number where the reference has one does not agree") {
  const Tensor x = Tensor::from({1, 3}, std::array{0.5, -800.0, 1.0}, DType::f64);
  const Tensor nonsense = Tensor::full({1, 3}, 12345, DType::f64);
  const auto comparison = judged(silu, x, nonsense);
  CHECK_FALSE(comparison.agree);
  CHECK(accuracy(comparison, 0).disagrees());
  CHECK(accuracy(comparison, 1).disagrees());
  CHECK(accuracy(comparison, 1).tolerance < 1e-13);
  CHECK(comparison.unknown.at("x") == std::vector<std::int64_t>{1});
  const std::string text = roads::to_text(comparison);
  CHECK_THAT(text, Contains("\ntape: dx[1,2] is nan, but should be 0\n"));
  CHECK_THAT(text, Contains("\ncandidate: dx is off by 1.0e+00, the tolerance is "));
  CHECK_THAT(text, Contains("\ndx[1,2]: the tape's own numbers are not finite there in f64 either"));
  CHECK_THAT(text, Contains("\nthe roads do not agree\n"));
  const auto json = nlohmann::json::parse(roads::to_json(comparison));
  CHECK(json["agree"] == false);
  CHECK(json["gradients"][0]["error"]["tape"].is_null());
  CHECK(json["gradients"][0]["tolerance"]["tape"].is_number());
}

TEST_CASE("a candidate that is right is not blamed for the tape") {
  const Tensor x = Tensor::from({1, 2}, std::array{0.0, -800.0}, DType::f64);
  const auto first = judged(silu, x, Tensor::full({1, 2}, 0, DType::f64));
  const double dy = first.problem.upstream.at("y").item(0);
  const auto comparison = judged(silu, x, Tensor::from({1, 2}, std::array{dy / 2, 0.0}, DType::f64));
  CHECK(accuracy(comparison, 1).agrees());
  CHECK_FALSE(comparison.agree);
}

TEST_CASE("where the condition is known of no entry, nothing is judged") {
  // The only entry of dx is a sum, and one of its terms is NaN.
  const std::string gate = "layer gate(x, v[N])\n  y[i] = x*v[i]/(1 + exp(-x*v[i]))\n  return y\n";
  const Tensor v = Tensor::from({3}, std::array{0.5, -800.0, 1.0}, DType::f64);
  const auto comparison = judged(gate, std::map<std::string, Tensor>{{"x", Tensor::full({}, 1, DType::f64)}, {"v", v}},
                                 Tensor::full({}, 12345, DType::f64));
  CHECK_FALSE(comparison.agree);
  CHECK(accuracy(comparison, 0).disagrees());
  CHECK_FALSE(accuracy(comparison, 1).agrees());
  CHECK_FALSE(accuracy(comparison, 1).disagrees());
  const std::string text = roads::to_text(comparison);
  CHECK_THAT(text, Contains("tape: dx is nan, but should be "));
  CHECK_THAT(text, Contains("? 1.0e+00"));
  CHECK_THAT(text, Contains("dx cannot be judged: the tape's own numbers are not finite in f64 either"));
  const auto json = nlohmann::json::parse(roads::to_json(comparison));
  CHECK(json["agree"] == false);
  CHECK(json["gradients"][0]["tolerance"]["candidate"].is_null());
  CHECK(json["not_judged"].contains("x"));
}

TEST_CASE("where the data leave no digit, nothing is judged") {
  const std::string cancelling = "layer cancelling(x[N,D])\n  y[i,j] = (x[i,j] + 10^9 - 10^9)^2\n  return y\n";
  const Tensor x = Tensor::from({1, 3}, std::array{0.5, -0.25, 1.0}, DType::f32);
  const auto comparison = judged(cancelling, x, Tensor::full({1, 3}, 12345, DType::f32));
  CHECK_FALSE(comparison.agree);
  CHECK_FALSE(accuracy(comparison, 1).is_decided());
  const std::string text = roads::to_text(comparison);
  CHECK_THAT(text, Contains("dx cannot be judged: at these numbers rounding may carry the tape's by "));
  CHECK_THAT(text, Contains("\nno verdict: "));
}

TEST_CASE("a gradient beyond the dtype is refused") {
  const std::string square = "layer square(x[N,D])\n  y[i,j] = exp(x[i,j])^2\n  return y\n";
  const Tensor x = Tensor::from({1, 2}, std::array{0.5, 60.0}, DType::f32);
  CHECK_THROWS_WITH(
      judged(square, x, Tensor::full({1, 2}, std::numeric_limits<double>::infinity(), DType::f32)),
      Contains("dx[1,2] cannot be compared at these numbers: it is beyond 3.4e+38") && Contains("--dtype f64"));
}

TEST_CASE("numbers whose sum overflows are compared") {
  const std::string loss = "layer scaled(x[N,D])\n  y = sum[i,j](x[i,j]*10^308)\n  return y\n";
  const Tensor x = Tensor::from({1, 1}, std::array{1e-3}, DType::f64);
  CHECK(accuracy(judged(loss, x, Tensor::full({1, 1}, 1e308, DType::f64)), 1).error < 1e-15);
  CHECK(accuracy(judged(loss, x, Tensor::full({1, 1}, 1.5e308, DType::f64)), 1).error == Approx(0.2));
  CHECK(accuracy(judged(loss, x, Tensor::full({1, 1}, -1.5e308, DType::f64)), 1).disagrees());
}

TEST_CASE("what is not a number lies on no side of a kink") {
  const std::string kinked =
      "layer kinked(x[N,D])\n  s[i,j] = x[i,j]/(1 + exp(-x[i,j]))\n  y[i,j] = relu(s[i,j])\n  return y\n";
  const Tensor x = Tensor::from({1, 2}, std::array{0.5, -800.0}, DType::f64);
  CHECK_FALSE(judged(kinked, x, Tensor::full({1, 2}, 12345, DType::f64)).agree);
}

}  // namespace chalktape
