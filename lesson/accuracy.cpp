#include "lesson/accuracy.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "lesson/failures.hpp"
#include "symbolic/roads/compare.hpp"
#include "symbolic/roads/sample.hpp"

namespace chalktape::lesson {
namespace {

constexpr std::array<double, 5> ratios{1, 10, 100, 1000, 10000};

/// The same numbers, moved by so much.
engine::Tensor moved(const engine::Tensor& tensor, double by) {
  std::vector<double> values = tensor.to_vector();
  for (double& value : values) value += by;
  return engine::Tensor::from(tensor.shape(), values, tensor.dtype());
}

}  // namespace

Accuracy measure_accuracy(const roads::Problem& problem, const derive::Derivation& derivation) {
  Accuracy accuracy;
  const auto& tensors = problem.layer.tensors;
  if (tensors.empty()) return accuracy;
  const auto largest = std::max_element(tensors.begin(), tensors.end(),
                                        [](const auto& a, const auto& b) { return a.sizes.size() < b.sizes.size(); });
  accuracy.tensor = largest->name;
  for (const double ratio : ratios) {
    roads::Request request;
    request.dtype = engine::DType::f32;
    request.seed = problem.seed;
    request.sizes = problem.sizes;
    request.constants = problem.constants;
    for (const auto& [name, values] : problem.tensors) request.data.emplace(name, values);
    for (const auto& [name, values] : problem.upstream)
      if (!problem.layer.returns_loss()) request.data.emplace("d" + name, values);
    request.data[largest->name] = moved(problem.tensors.at(largest->name), ratio);
    std::vector<std::unique_ptr<roads::Road>> walked;
    walked.push_back(roads::tape_road());
    walked.push_back(roads::derived_road(derivation));
    walked.push_back(roads::fused_road());
    const auto reason = failure_of([&] {
      const roads::Problem moved_problem = roads::make_problem(problem.layer, request, roads::comparison_sizes);
      const roads::Comparison comparison = roads::compare(moved_problem, walked);
      accuracy.ratios.push_back(ratio);
      for (const roads::RoadResult& road : comparison.roads) {
        auto curve = std::find_if(accuracy.curves.begin(), accuracy.curves.end(),
                                  [&](const Curve& c) { return c.road == road.name; });
        if (curve == accuracy.curves.end()) curve = accuracy.curves.insert(accuracy.curves.end(), {road.name, {}});
        curve->ulp.push_back(road.accuracy.at(largest->name).ulp);
      }
    });
    if (reason) accuracy.left_out.push_back(fmt::format("mean/spread = {:g}: {}", ratio, *reason));
  }
  return accuracy;
}

}  // namespace chalktape::lesson
