#include "lesson/lesson.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/error.hpp"
#include "lesson/failures.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/roads/cost.hpp"
#include "symbolic/roads/sizes.hpp"

namespace chalktape::lesson {
namespace {

/// Scalar operations of the tape's backward sweep, and of the derived program.
std::map<std::string, std::int64_t> operations_of(const roads::Problem& problem, const derive::Derivation& derivation) {
  std::map<std::string, std::int64_t> operations;
  {
    engine::Tape tape;
    const roads::Forward forward = roads::record_forward(tape, problem, problem.dtype);
    std::vector<std::pair<engine::NodeId, engine::NodeId>> upstream;
    for (const auto& [output, gradient] : forward.upstream) upstream.emplace_back(output, tape.input("", gradient));
    const engine::NodeId first = tape.size();
    (void)tape.record_backward(upstream, forward.tensors, engine::NoPath::zero);
    operations["tape"] = roads::scalar_operations(tape.graph(), first);
  }
  engine::Tape tape;
  roads::Forward forward = roads::record_forward(tape, problem, problem.dtype);
  for (const std::string& output : problem.layer.outputs)
    lower::add_input(tape, "d" + output, problem.layer.ranges_of(output).value(), problem.upstream.at(output),
                     forward.environment);
  const engine::NodeId first = tape.size();
  for (const auto& formula : derivation.program()) lower::lower_formula(tape, formula, forward.environment);
  operations["derived"] = roads::scalar_operations(tape.graph(), first);
  return operations;
}

/// Of a forward pass whose gradients are taken to 50 digits six times: a second or two.
constexpr double operation_limit = 3e5;

/// The sizes that `compare` takes, halved until a forward pass is small enough.
std::map<std::string, std::int64_t> sizes_to_compare(const language::Layer& layer, roads::Request request) {
  auto sizes = roads::choose_sizes(layer, request, roads::comparison_sizes);
  const auto can_shrink = [](const auto& entry) { return entry.second > 2; };
  while (roads::scalar_operations(layer, sizes) > operation_limit &&
         std::any_of(sizes.begin(), sizes.end(), can_shrink)) {
    for (auto& [name, size] : sizes) size = std::max<std::int64_t>(2, size / 2);
  }
  return sizes;
}

/// All roads, the derived one by the derivation that is shown.
std::vector<std::unique_ptr<roads::Road>> roads_with(const derive::Derivation& derivation) {
  std::vector<std::unique_ptr<roads::Road>> list = roads::all_roads();
  for (auto& road : list)
    if (road->name() == "derived") road = roads::derived_road(derivation);
  return list;
}

}  // namespace

LayerLesson make_lesson(const language::Layer& layer, std::string source, const Options& options) {
  const auto report = [&](double fraction) {
    if (options.progress) options.progress(fraction);
  };
  LayerLesson lesson;
  lesson.layer = layer;
  lesson.source = std::move(source);
  std::copy_if(options.timings.begin(), options.timings.end(), std::back_inserter(lesson.timings),
               [&](const Timing& timing) { return timing.layer == layer.name; });
  roads::Request sizes;
  sizes.sizes = options.at;
  lesson.at = roads::choose_sizes(layer, sizes, roads::writing_sizes);

  lesson.derivations.push_back(
      check::verified_derivation(layer, {.style = derive::Style::staged, .timeout_seconds = options.timeout_seconds}));
  report(0.2);
  try {
    lesson.derivations.push_back(check::verified_derivation(
        layer, {.style = derive::Style::direct, .timeout_seconds = options.timeout_seconds}));
  } catch (const derive::Error& error) {
    lesson.left_out.push_back(std::string("the direct derivation: ") + error.what());
  }
  report(0.4);

  lesson.worked = roads::make_problem(layer, options.worked, roads::tracing_sizes);
  lesson.sweeps = std::make_unique<roads::Sweeps>(roads::sweep(lesson.worked));
  lesson.matching = std::make_unique<Matching>(lesson.worked, *lesson.sweeps, lesson.staged());

  const auto part = [&](const char* what, const auto& work) {
    if (const auto reason = failure_of(work)) lesson.left_out.push_back(std::string(what) + ": " + *reason);
  };
  part("the roads at the worked example",
       [&] { lesson.exact = roads::compare(lesson.worked, roads_with(lesson.staged())); });
  report(0.5);
  part("cost and accuracy", [&] {
    roads::Request request;
    request.dtype = engine::DType::f32;
    request.seed = lesson.worked.seed;
    request.constants = lesson.worked.constants;
    request.sizes = sizes_to_compare(layer, request);
    request.operation_limit = roads::reference_operation_limit;
    const roads::Problem problem = roads::make_problem(layer, request, roads::comparison_sizes);
    lesson.comparison = roads::compare(problem, roads_with(lesson.staged()));
    lesson.operations = operations_of(problem, lesson.staged());
    report(0.7);
    lesson.accuracy = measure_accuracy(problem, lesson.staged());
  });
  report(1);
  return lesson;
}

}  // namespace chalktape::lesson
