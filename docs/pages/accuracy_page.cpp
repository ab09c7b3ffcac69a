#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <hwy/targets.h>

#include "docs/pages/accuracy.hpp"
#include "docs/pages/measurements.hpp"
#include "docs/pages/naive_norm.hpp"
#include "docs/pages/pages.hpp"
#include "engine/tensor/random.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/roads/compare.hpp"
#include "symbolic/roads/sample.hpp"

namespace chalktape::docs {

namespace {

using engine::DType;
using engine::Tensor;

constexpr std::array<Condition, 9> conditions{{
    {"batch_norm", DType::f32, 256, 32, 0},
    {"batch_norm", DType::f32, 256, 32, 1e2},
    {"batch_norm", DType::f32, 256, 32, 1e4},
    {"batch_norm", DType::f32, 65536, 1, 0},
    {"batch_norm", DType::f64, 256, 32, 1e4},
    {"layer_norm", DType::f32, 32, 256, 0},
    {"layer_norm", DType::f32, 32, 256, 1e2},
    {"layer_norm", DType::f32, 32, 256, 1e4},
    {"layer_norm", DType::f64, 32, 256, 1e4},
}};

/// Two digits; more where they stand before the point.
std::string ulps(double value) {
  if (!std::isfinite(value)) return "not finite";
  return value < 9.95 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

std::string row(const Condition& of, std::string_view road, double dx, double dgamma, double dbeta) {
  return fmt::format("| {} | {}, {} | {:g} | {} | {} | {} | {} |\n", engine::name_of(of.dtype), of.n, of.d, of.mean,
                     road, ulps(dx), ulps(dgamma), ulps(dbeta));
}

/// Of the libraries that `./run bench accuracy` has measured.
std::string measured_rows(const Condition& of, const nlohmann::json& measured) {
  std::string text;
  for (const nlohmann::json& entry : measured) {
    if (entry.at("layer") != of.layer || entry.at("dtype") != engine::name_of(of.dtype) || entry.at("n") != of.n ||
        entry.at("d") != of.d || entry.at("mean") != of.mean)
      continue;
    const auto figure = [&](const char* name) {  // null is how JSON writes what is not finite
      const nlohmann::json& value = entry.at(name);
      return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    };
    text += row(of, entry.at("road").get<std::string>(), figure("dx"), figure("dgamma"), figure("dbeta"));
  }
  return text;
}

std::string rows_of(const Condition& of) {
  std::vector<std::unique_ptr<roads::Road>> walked;
  walked.push_back(roads::fused_road());
  walked.push_back(roads::derived_road());
  walked.push_back(roads::tape_road());
  walked.push_back(naive_norm_road());
  std::string text;
  for (const roads::RoadResult& road : roads::compare(problem_of(of), walked).roads) {
    const auto ulp = [&](const char* name) { return road.accuracy.at(name).ulp; };
    text += row(of, road.name, ulp("x"), ulp("gamma"), ulp("beta"));
  }
  return text;
}

/// The kernels' vector unit while the page is made: one that every machine of its kind has, whose products are rounded
/// before they are added, so that the figures are the same everywhere. Highway's own baseline is not: it is scalar for
/// GCC and a vector's emulation for Clang.
class PlainVectors {
 public:
  PlainVectors() { hwy::SetSupportedTargetsForTest((HWY_TARGETS & HWY_SSE4) != 0 ? HWY_SSE4 : HWY_STATIC_TARGET); }
  PlainVectors(const PlainVectors&) = delete;
  PlainVectors& operator=(const PlainVectors&) = delete;
  ~PlainVectors() { hwy::SetSupportedTargetsForTest(0); }
};

}  // namespace

std::span<const Condition> accuracy_conditions() { return conditions; }

roads::Problem problem_of(const Condition& of) {
  engine::Random random(1);
  std::vector<double> x(static_cast<std::size_t>(of.n * of.d));
  for (double& v : x) v = of.mean + random.normal();
  roads::Request request;
  request.dtype = of.dtype;
  request.data = {{"x", Tensor::from({of.n, of.d}, x, DType::f64).to(of.dtype)}};
  const language::BuiltinLayer* const layer = language::find_builtin_layer(of.layer);
  const auto layers = notation::load_layers(std::string(layer->source), std::string(layer->name) + ".chalk");
  return roads::make_problem(layers.front(), request, roads::comparison_sizes);
}

std::string accuracy_page() {
  const PlainVectors plain;
  std::string text =
      "# How many digits the roads keep\n\n"
      "<!-- Written by `./run docs` from docs/pages/accuracy_page.cpp: change it there. -->\n\n"
      "Each road's gradients of batch norm and layer norm against the 50-digit reference on the same numbers, by how\n"
      "far the mean of `x` is from 0 in its standard deviations. Figures are the largest distance of an entry, in "
      "units\n"
      "in the last place (ulp) of the gradient's largest entry; 2⁻²³ of it is 1 to 2 ulp in f32.\n\n"
      "- *fused*: the kernel written by hand. It keeps the mean as an unevaluated sum of two numbers, sums about a\n"
      "  mean that is at hand, and adds the sums of 16 to 64 rows in double.\n"
      "- *derived*: the derivation's closed form, op by op. *tape*: reverse mode over the atomic ops.\n"
      "- *naive*: the variance as E[x²] − E[x]², plain sums in the dtype. Where the difference comes out negative its\n"
      "  root is NaN.\n\n"
      "The kernels ran on vectors that every machine has; with others the figures differ in the last digit shown, and\n"
      "the tests hold them to 4 ulp in dx on each vector unit that the machine has.\n\n"
      "- *PyTorch*, *oneDNN*: their own kernels (Debian 12's versions). These figures were measured once, by\n"
      "  `./run bench accuracy` on the machine of [benchmarks.md](benchmarks.md): they depend on both.\n";
  const nlohmann::json measured = read_measurements(CHALKTAPE_MEASURED).value("accuracy", nlohmann::json::array());
  std::string_view layer;
  for (const Condition& condition : conditions) {
    if (condition.layer != layer) {
      layer = condition.layer;
      text += fmt::format(
          "\n## {}\n\n| dtype | N, D | mean/std | road | dx | dgamma | dbeta |\n"
          "| --- | --- | ---: | --- | ---: | ---: | ---: |\n",
          layer);
    }
    text += rows_of(condition);
    text += measured_rows(condition, measured);
  }
  return text;
}

}  // namespace chalktape::docs
