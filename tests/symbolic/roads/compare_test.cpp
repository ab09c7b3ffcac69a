// All roads on the same data: right ones agree, wrong ones do not, and the figures are what is promised.
#include "symbolic/roads/compare.hpp"

#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/io/io.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/roads/report.hpp"
#include "symbolic/roads/sample.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/lower/lowered.hpp"

namespace chalktape {
namespace {

using Catch::Matchers::Contains;
using engine::DType;
using engine::Tensor;

using tests::builtin;

Tensor iris(double offset) {
  const Tensor table = engine::read_csv("examples/data/iris.csv", {{1, 4}});
  std::vector<double> values = table.to_vector();
  for (double& value : values) value += offset;
  return Tensor::from(table.shape(), values, DType::f64);
}

roads::Request request(DType dtype, std::map<std::string, Tensor> data = {},
                       std::map<std::string, double> constants = {}) {
  roads::Request result;
  result.dtype = dtype;
  result.data = std::move(data);
  result.constants = std::move(constants);
  return result;
}

const roads::RoadResult& road(const roads::Comparison& comparison, const std::string& name) {
  for (const auto& result : comparison.roads)
    if (result.name == name) return result;
  throw std::out_of_range(name);
}

/// Somebody's formula for dx, as one more road.
class FormulaRoad final : public roads::Road {
 public:
  FormulaRoad(std::string name, std::string formula) : name_(std::move(name)), formula_(std::move(formula)) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& /*layer*/) override {
    return std::nullopt;
  }
  [[nodiscard]] roads::Walk walk(const roads::Problem& problem) override {
    roads::Walk walk = roads::tape_road()->walk(problem);
    engine::Tape tape;
    roads::Forward forward = roads::record_forward(tape, problem, problem.dtype);
    lower::add_input(tape, "dy", {"N", "D"}, problem.upstream.at("y"), forward.environment);
    const language::Index i{"i", "N"};
    const language::Index j{"j", "D"};
    const auto parsed =
        notation::parse_expression(formula_, problem.layer, {.source_name = "formula", .indices = {i, j}});
    walk.gradients["x"] = tape.value(lower::lower_formula(tape, {"dx", {i, j}, parsed.value, {}}, forward.environment));
    return walk;
  }

 private:
  std::string name_, formula_;
};

}  // namespace

TEST_CASE("on the iris data all roads of batch norm agree, within the promised errors") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const auto problem =
        roads::make_problem(builtin("batch_norm"), request(dtype, {{"x", iris(0)}}), roads::comparison_sizes);
    const auto comparison = roads::compare(problem, roads::all_roads());
    CHECK(comparison.agree);
    CHECK(comparison.absent.empty());
    REQUIRE(comparison.roads.size() == 5);
    for (const auto& result : comparison.roads) {
      for (const auto& [name, accuracy] : result.accuracy) {
        INFO(result.name << " d" << name);
        const bool is_difference = result.name == "difference";
        CHECK(accuracy.error <= (is_difference ? 1e-6 : (dtype == DType::f64 ? 1e-12 : 1e-5)));
      }
    }
  }
}

TEST_CASE("with 1000 added to the data, the kernel keeps its digits and the tape keeps some") {
  const auto problem =
      roads::make_problem(builtin("batch_norm"), request(DType::f32, {{"x", iris(1000)}}), roads::comparison_sizes);
  const auto comparison = roads::compare(problem, roads::all_roads());
  CHECK(comparison.agree);
  for (const char* tensor : {"x", "gamma", "beta"}) {
    CHECK(road(comparison, "fused").accuracy.at(tensor).error <= 1e-5);
    CHECK(road(comparison, "tape").accuracy.at(tensor).error <= 5e-3);
    CHECK(road(comparison, "derived").accuracy.at(tensor).error <= 5e-3);
  }
}

TEST_CASE("epsilon outside the root: the derived formula agrees, the one in print does not, corrected it does") {
  const std::string head =
      "(dy[i,j] - mean[k](dy[k,j]) - (x[i,j] - mu[j])/(sqrt(var[j])*(sqrt(var[j]) + eps))*"
      "mean[k](dy[k,j]*(x[k,j] - mu[j])))*gamma[j]/";
  const std::string printed = head + "sqrt(sqrt(var[j]) + eps)";
  const std::string corrected = head + "(sqrt(var[j]) + eps)";
  const auto problem =
      roads::make_problem(builtin("batch_norm_eps_outside"), request(DType::f64, {{"x", iris(0)}}, {{"eps", 0.1}}),
                          roads::comparison_sizes);
  std::vector<std::unique_ptr<roads::Road>> walked = roads::all_roads();
  walked.push_back(std::make_unique<FormulaRoad>("corrected", corrected));
  const auto right = roads::compare(problem, walked);
  CHECK(right.agree);
  CHECK(road(right, "derived").accuracy.at("x").error < 1e-13);
  CHECK(road(right, "corrected").accuracy.at("x").error < 1e-13);

  walked.push_back(std::make_unique<FormulaRoad>("printed", printed));
  const auto wrong = roads::compare(problem, walked);
  CHECK_FALSE(wrong.agree);
  const auto& accuracy = road(wrong, "printed").accuracy.at("x");
  CHECK(accuracy.error > 1e-2);
  CHECK(accuracy.error > 1e6 * accuracy.tolerance);
  CHECK_THAT(roads::to_text(wrong), Contains("printed: dx is off by "));
  CHECK_THAT(roads::to_text(wrong), Contains("the roads do not agree\n"));

  // |printed/right − 1| = |√(std+ε) − 1| over the columns: the factor that was forgotten.
  const auto a = road(wrong, "printed").walk.gradients.at("x").to_vector();
  const auto b = road(wrong, "derived").walk.gradients.at("x").to_vector();
  double worst = 0;
  for (std::size_t k = 0; k < a.size(); ++k) worst = std::max(worst, std::abs(a[k] - b[k]) / std::abs(b[k]));
  CHECK(worst > 0.1);
}

TEST_CASE("a factor of N forgotten in one term is found in f32 too") {
  const std::string forgotten =
      "gamma[j]/sqrt(var[j] + eps)/N*(N*dy[i,j] - sum[k](dy[k,j]) - xhat[i,j]*mean[k](dy[k,j]*xhat[k,j]))";
  const auto problem = roads::make_problem(builtin("batch_norm"), request(DType::f32), roads::comparison_sizes);
  std::vector<std::unique_ptr<roads::Road>> walked;
  walked.push_back(std::make_unique<FormulaRoad>("forgotten", forgotten));
  CHECK_FALSE(roads::compare(problem, walked).agree);
}

TEST_CASE("a bias before batch norm has gradient 0, and the ulp measure stands it") {
  const auto problem =
      roads::make_problem(builtin("affine_batch_norm_relu"), request(DType::f32), roads::comparison_sizes);
  const auto comparison = roads::compare(problem, roads::all_roads());
  CHECK(comparison.agree);
  CHECK(road(comparison, "derived").accuracy.at("b").error < 1e-30);
  CHECK(road(comparison, "tape").accuracy.at("b").ulp < 100);
  REQUIRE(comparison.absent.size() == 1);
  CHECK(comparison.absent.front().name == "fused");
}

TEST_CASE("numbers on a kink within rounding are refused, those that are equal for a reason are not") {
  const auto compared = [](const std::string& text, std::map<std::string, Tensor> data, DType dtype) {
    return roads::compare(
        roads::make_problem(tests::layer_of(text), request(dtype, std::move(data)), roads::tracing_sizes),
        roads::all_roads());
  };
  for (const DType dtype : {DType::f32, DType::f64}) {
    INFO(engine::name_of(dtype));
    // Each row's sum is 1, up to rounding: which of them is the largest is chance.
    CHECK_THROWS_WITH(compared("layer sums(x[N,D])\n  m = max[i](sum[j](x[i,j]))\n  assume x[i,j] > 0\n"
                               "  assume sum[j](x[i,j]) = 1\n  return m\n",
                               {}, dtype),
                      Contains("dx cannot be compared") && Contains("kink of max in m"));
    CHECK_THROWS_WITH(compared("layer ramp(x[N,D])\n  y[i] = relu(sum[j](x[i,j]) - 1)\n  assume x[i,j] > 0\n"
                               "  assume sum[j](x[i,j]) = 1\n  return y\n",
                               {}, dtype),
                      Contains("kink of relu in y"));
    // The same numbers by the same ops, and zeros, are equal on every road.
    const Tensor ties = Tensor::from({2, 3}, std::array{0.3, 0.3, -1.0, 0.0, -0.7, 0.0}, dtype);
    CHECK(compared("layer largest(x[N,D])\n  y[i] = max[j](relu(exp(x[i,j])/3 - 1/3)*x[i,j])\n  return y\n",
                   {{"x", ties}}, dtype)
              .agree);
  }
}

TEST_CASE("costs: eleven passes atom by atom, two in closed form") {
  const auto problem = roads::make_problem(builtin("batch_norm"), request(DType::f32), roads::tracing_sizes);
  const auto comparison = roads::compare(problem, roads::all_roads());
  CHECK(road(comparison, "tape").walk.cost.sweeps == 11);
  CHECK(road(comparison, "tape").walk.cost.saved == 2);  // x − μ and x̂
  CHECK(road(comparison, "derived").walk.cost.sweeps == 2);
  CHECK(road(comparison, "derived").walk.cost.saved == 1);  // x̂
  CHECK(road(comparison, "fused").walk.cost.sweeps == 2);
  CHECK(road(comparison, "difference").walk.cost.saved == 0);
}

// All but "emitted", which compiles for a second: tests/symbolic/emit compares it for every built-in layer, in both
// dtypes.
TEST_CASE("every built-in layer: all roads agree in both dtypes") {
  for (const auto& layer : language::builtin_layers()) {
    for (const DType dtype : {DType::f32, DType::f64}) {
      INFO(layer.name << " " << engine::name_of(dtype));
      const auto problem = roads::make_problem(builtin(std::string(layer.name)), request(dtype), roads::tracing_sizes);
      auto walked = roads::all_roads();
      std::erase_if(walked, [](const auto& road) { return road->name() == "emitted"; });
      const auto comparison = roads::compare(problem, walked);
      INFO(roads::to_text(comparison));
      CHECK(comparison.agree);
      CHECK(comparison.roads.size() + comparison.absent.size() == 4);
    }
  }
}

TEST_CASE("maxima of what is computed: which entry attains them is not for rounding to say") {
  for (const char* formula :
       {"max[k](0.1*x[i,k] + w[k] + 1/3)", "min[k](x[i,k]*w[k]/3)", "max[k](sum[l](x[i,l]*s[k,l])/3)",
        // Those that do not attain it take no part, not one that cancels but for rounding.
        "max[k,l](1 + (x[i,k]^2 - x[i,l])^2)"}) {
    const auto layer =
        tests::layer_of(fmt::format("layer m(x[N,D], w[D], s[D,D])\n  m[i] = {}\n  return m\n", formula));
    for (const DType dtype : {DType::f32, DType::f64}) {
      INFO(formula << " " << engine::name_of(dtype));
      auto small = request(dtype);
      small.sizes = {{"N", 9}, {"D", 7}};
      const auto comparison =
          roads::compare(roads::make_problem(layer, small, roads::comparison_sizes), roads::all_roads());
      INFO(roads::to_text(comparison));
      CHECK(comparison.agree);
    }
  }
}

TEST_CASE("what the reference would take too long for is refused") {
  auto large = request(DType::f32);
  large.sizes = {{"N", 2000}, {"D", 2000}};
  const auto problem = roads::make_problem(builtin("batch_norm"), large, roads::comparison_sizes);
  CHECK_THROWS_WITH(roads::compare(problem, roads::all_roads()), Contains("give smaller sizes"));
}

TEST_CASE("the report for programs has what is promised, and is the same each time") {
  const auto problem = roads::make_problem(builtin("batch_norm"), request(DType::f32), roads::tracing_sizes);
  const auto comparison = roads::compare(problem, roads::all_roads());
  const std::string text = roads::to_json(comparison);
  CHECK(text == roads::to_json(roads::compare(problem, roads::all_roads())));
  const auto json = nlohmann::json::parse(text);
  CHECK(json["layer"] == "batch_norm");
  CHECK(json["dtype"] == "f32");
  CHECK(json["sizes"] == nlohmann::json{{"N", 3}, {"D", 2}});
  CHECK(json["agree"] == true);
  CHECK(json["roads"] == nlohmann::json{"tape", "derived", "emitted", "fused", "difference"});
  REQUIRE(json["gradients"].size() == 3);
  CHECK(json["gradients"][0]["of"] == "x");
  CHECK(json["gradients"][0]["error"]["tape"].is_number());
  CHECK(json["gradients"][0]["ulp"]["fused"].is_number());
  CHECK(json["cost"]["derived"] == nlohmann::json{{"sweeps", 2}, {"saved", 1}});
}

TEST_CASE("a dump holds inputs, upstream gradients and every road's gradients") {
  const auto problem = roads::make_problem(builtin("batch_norm"), request(DType::f32), roads::comparison_sizes);
  const auto comparison = roads::compare(problem, roads::all_roads());
  const auto folder = std::filesystem::temp_directory_path() / "chalktape_roads_dump_test";
  std::filesystem::remove_all(folder);
  roads::dump(comparison, folder.string());
  CHECK(engine::read_npy(folder / "x.npy").to_vector() == problem.tensors.at("x").to_vector());
  CHECK(engine::read_npy(folder / "dy.npy").shape() == engine::Shape{128, 64});
  for (const char* name : {"tape", "derived", "fused"}) {
    const Tensor dx = engine::read_npy(folder / (std::string(name) + "_dx.npy"));
    CHECK(dx.dtype() == DType::f32);
    CHECK(dx.shape() == engine::Shape{128, 64});
  }
  int computed = 0;
  for (const double value : engine::read_npy(folder / "difference_dx.npy").to_vector())
    computed += std::isnan(value) ? 0 : 1;
  CHECK(computed == 200);
  std::filesystem::remove_all(folder);
}

}  // namespace chalktape
