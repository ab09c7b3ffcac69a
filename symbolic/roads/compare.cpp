#include "symbolic/roads/compare.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <system_error>

#include <fmt/format.h>

#include "engine/io/io.hpp"
#include "symbolic/check/reference.hpp"
#include "symbolic/roads/numbers.hpp"
#include "symbolic/roads/sizes.hpp"

namespace chalktape::roads {
namespace {

/// Below this, the reference is what its 70 digits leave of a gradient that is 0.
constexpr double vanishing = 1e-40;

check::Reference reference_of(const Problem& problem) {
  check::Inputs inputs;
  inputs.sizes = problem.sizes;
  inputs.constants = problem.constants;
  for (const auto& [name, tensor] : problem.tensors) inputs.tensors.emplace(name, tensor.to_vector());
  for (const auto& [name, tensor] : problem.upstream) inputs.upstream.emplace(name, tensor.to_vector());
  try {
    return check::reference(problem.layer, inputs);
  } catch (const check::DomainError& error) {
    throw Error(fmt::format("{} has no gradient at these numbers: {}", problem.layer.name, error.what()));
  }
}

/// The distance from a number of the dtype to the next larger one.
double unit_in_last_place(double magnitude, engine::DType dtype) {
  if (magnitude < vanishing) magnitude = 1;
  if (dtype == engine::DType::f64)
    return std::nextafter(magnitude, std::numeric_limits<double>::infinity()) - magnitude;
  const auto rounded = static_cast<float>(magnitude);
  return static_cast<double>(std::nextafter(rounded, std::numeric_limits<float>::infinity())) -
         static_cast<double>(rounded);
}

/// Where the right answer is no number of the dtype, no road can have it.
void require_representable(const Problem& problem, const check::Reference& reference) {
  const bool is_single = problem.dtype == engine::DType::f32;
  const double most =
      is_single ? static_cast<double>(std::numeric_limits<float>::max()) : std::numeric_limits<double>::max();
  for (const auto& tensor : problem.layer.tensors) {
    const auto& gradient = reference.gradients.at(tensor.name);
    const auto beyond =
        std::ranges::find_if(gradient, [&](const auto& entry) { return !(std::abs(entry.high) <= most); });
    if (beyond == gradient.end()) continue;
    throw Error(fmt::format("d{}{} cannot be compared at these numbers: it is beyond {:.1e}, the largest {} number{}",
                            tensor.name, entry_text(shape_of(problem, tensor.name), beyond - gradient.begin()), most,
                            engine::name_of(problem.dtype), is_single ? "; --dtype f64 reaches farther" : ""));
  }
}

Accuracy accuracy_of(const engine::Tensor& gradient, const std::vector<check::Precise>& reference,
                     const std::vector<std::int64_t>& skipped, engine::DType dtype) {
  Accuracy accuracy;
  double largest = 0;
  double farthest = 0;
  const std::vector<double> values = gradient.to_vector();
  auto skip = skipped.begin();
  for (std::size_t k = 0; k < values.size(); ++k) {
    largest = std::max(largest, std::abs(reference[k].high));
    if (skip != skipped.end() && *skip == static_cast<std::int64_t>(k)) {
      ++skip;
      continue;
    }
    const double value = values[k];
    const double distance = std::isfinite(value) ? std::abs((value - reference[k].high) - reference[k].low)
                                                 : std::numeric_limits<double>::infinity();
    farthest = std::max(farthest, distance);
    // Halves, so that the sum does not overflow.
    const double scale = std::max(0.5, std::abs(value) / 2 + std::abs(reference[k].high) / 2);
    const double error = std::isfinite(distance) ? distance / 2 / scale : distance;
    if (error <= accuracy.error) continue;
    accuracy.error = error;
    accuracy.worst = static_cast<std::int64_t>(k);
    accuracy.value = value;
    accuracy.reference = reference[k].high;
  }
  accuracy.ulp = farthest / unit_in_last_place(largest, dtype);
  return accuracy;
}

std::vector<double> rounded(const std::vector<check::Precise>& precise) {
  std::vector<double> values;
  values.reserve(precise.size());
  for (const check::Precise& x : precise) values.push_back(x.high);
  return values;
}

/// With everything that the forward pass knows at hand.
Diagnosis diagnosis_of(const Problem& problem, const std::string& name, const engine::Tensor& gradient,
                       const check::Reference& reference) {
  KnownArrays known;
  for (const auto& tensor : problem.layer.tensors)
    known.emplace(tensor.name, KnownArray{tensor.sizes, problem.tensors.at(tensor.name).to_vector()});
  for (const auto& [definition, values] : reference.values)
    known.emplace(definition, KnownArray{problem.layer.ranges_of(definition).value(), rounded(values)});
  if (!problem.layer.returns_loss()) {
    for (const auto& [output, values] : problem.upstream)
      known.emplace("d" + output, KnownArray{problem.layer.ranges_of(output).value(), values.to_vector()});
  }
  return diagnose(problem, name, gradient.to_vector(), rounded(reference.gradients.at(name)), known);
}

}  // namespace

Comparison compare(const Problem& problem, const std::vector<std::unique_ptr<Road>>& roads,
                   const ProgressCallback& progress) {
  const auto report = [&](double fraction) {
    if (progress) progress(fraction);
  };
  const double operations = scalar_operations(problem.layer, problem.sizes);
  if (operations > reference_operation_limit)
    throw Error(
        fmt::format("a forward pass of {} at these sizes takes {:.2g} scalar operations; the 50-digit reference is "
                    "limited to {:.0e}: give smaller sizes",
                    problem.layer.name, operations, reference_operation_limit));
  report(0);
  Comparison comparison;
  comparison.problem = problem;
  const check::Reference reference = reference_of(problem);
  require_representable(problem, reference);
  report(0.5);
  const auto [response, unknown, undecided] = conditioning(problem);
  if (undecided)
    throw Error(
        fmt::format("d{} cannot be compared at these numbers: within rounding they lie on a kink of {}, and on "
                    "its other side the gradient is another; give other numbers, or another seed",
                    undecided->tensor, undecided->kink));
  for (const auto& [name, entries] : unknown)
    if (!entries.empty()) comparison.unknown.emplace(name, entries);
  report(0.6);
  for (std::size_t r = 0; r < roads.size(); ++r) {
    Road& road = *roads[r];
    if (const auto reason = road.unavailable(problem.layer)) {
      comparison.absent.push_back({std::string(road.name()), *reason});
      continue;
    }
    RoadResult result{std::string(road.name()), road.is_difference(), road.is_candidate(), road.walk(problem), {}};
    for (const auto& tensor : problem.layer.tensors) {
      const std::string& name = tensor.name;
      if (road.is_candidate() && !result.walk.gradients.contains(name)) continue;
      Accuracy accuracy = accuracy_of(result.walk.gradients.at(name), reference.gradients.at(name),
                                      result.walk.skipped[name], problem.dtype);
      accuracy.tolerance = road.is_difference() ? difference_tolerance(response.at(name), problem.dtype)
                                                : tolerance(response.at(name), problem.dtype);
      comparison.agree = comparison.agree && accuracy.agrees();
      if (road.is_candidate() && accuracy.disagrees())
        result.diagnoses.emplace(name, diagnosis_of(problem, name, result.walk.gradients.at(name), reference));
      result.accuracy.emplace(name, accuracy);
    }
    comparison.roads.push_back(std::move(result));
    report(0.6 + 0.4 * static_cast<double>(r + 1) / static_cast<double>(roads.size()));
  }
  return comparison;
}

void dump(const Comparison& comparison, const std::string& folder) {
  const std::filesystem::path directory(folder);
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) throw Error(fmt::format("cannot create the folder '{}': {}", folder, error.message()));
  for (const auto& [name, tensor] : comparison.problem.tensors) engine::write_npy(directory / (name + ".npy"), tensor);
  for (const auto& [name, tensor] : comparison.problem.upstream)
    engine::write_npy(directory / ("d" + name + ".npy"), tensor);
  for (const RoadResult& road : comparison.roads)
    for (const auto& [name, gradient] : road.walk.gradients)
      engine::write_npy(directory / fmt::format("{}_d{}.npy", road.name, name), gradient);
}

}  // namespace chalktape::roads
