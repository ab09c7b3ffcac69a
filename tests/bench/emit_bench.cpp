// Emitted C++ beside the tape's plans, for every built-in layer. ./run bench emit runs it.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/roads/sample.hpp"
#include "tests/bench/interleaved.hpp"
#include "tests/bench/layer_roads.hpp"

namespace {

using namespace chalktape;
using engine::DType;
using engine::Tensor;

/// Sizes by how many symbols a layer has: a million entries, beyond the second-level cache, where arrays have all of
/// the axes.
std::span<const std::int64_t> measured_sizes(std::size_t count) {
  static constexpr std::array<std::array<std::int64_t, 6>, 6> sizes{
      {{1 << 20}, {1024, 1024}, {64, 128, 128}, {32, 32, 32, 32}, {8, 64, 64, 64, 64}, {8, 16, 16, 16, 16, 16}}};
  const auto& row = sizes.at(std::clamp<std::size_t>(count, 1, sizes.size()) - 1);
  return {row.data(), std::min(count, row.size())};
}

void require_close(const std::string& what, const std::map<std::string, Tensor>& found,
                   const std::map<std::string, Tensor>& expected, double tolerance) {
  for (const auto& [name, tensor] : expected) {
    const std::vector<double> a = found.at(name).to_vector();
    const std::vector<double> b = tensor.to_vector();
    double largest = 1;
    for (const double value : b) largest = std::max(largest, std::abs(value));
    for (std::size_t k = 0; k < b.size(); ++k) {
      if (std::abs(a[k] - b[k]) <= tolerance * largest) continue;
      fmt::print(stderr, "emit_bench: {}: {} and {} for entry {} of {}\n", what, a[k], b[k], k, name);
      std::exit(1);
    }
  }
}

std::string cell(const bench::Times& times, const std::string& name) {
  return fmt::format("| {:.1f} ± {:.0f} % ", times.microseconds(name), 50 * times.spread(name));
}

void compare(const language::Layer& layer, const bench::EmittedProgram& emitted, DType dtype, int threads,
             nlohmann::json& json) {
  roads::Request request;
  request.dtype = dtype;
  const roads::Problem problem = roads::make_problem(layer, request, measured_sizes);
  const bench::LayerRoad ours = emitted.on(problem, threads);
  const bench::LayerRoad plan = bench::planned(problem, emitted.program(), threads);
  for (const auto* road : {&ours, &plan}) {
    road->forward();
    road->backward();
  }
  const double tolerance = dtype == DType::f32 ? 1e-3 : 1e-9;
  require_close(layer.name, ours.outputs(), plan.outputs(), tolerance);
  require_close(layer.name, ours.gradients(), plan.gradients(), tolerance);

  const bench::Times times = bench::measure({{"emitted forward", ours.forward},
                                             {"emitted backward", ours.backward},
                                             {"plan forward", plan.forward},
                                             {"plan backward", plan.backward}});
  nlohmann::json entry{{"what", layer.name},
                       {"sizes", problem.sizes},
                       {"sizes_text", roads::sizes_text(problem)},
                       {"dtype", engine::name_of(dtype)},
                       {"threads", threads}};
  std::string row =
      fmt::format("| {} | {} | {} | {} ", layer.name, roads::sizes_text(problem), engine::name_of(dtype), threads);
  for (const char* pass : {"forward", "backward"}) {
    const std::string emitted_name = fmt::format("emitted {}", pass), plan_name = fmt::format("plan {}", pass);
    for (const std::string& name : {emitted_name, plan_name}) {
      entry["microseconds"][name] = times.microseconds(name);
      entry["spread"][name] = times.spread(name);
      row += cell(times, name);
    }
    const double ratio = times.microseconds(emitted_name) / times.microseconds(plan_name);
    entry["ratios"][fmt::format("emitted/plan {}", pass)] = ratio;
    row += fmt::format("| {:.2f} ", ratio);
  }
  fmt::print("{}|\n", row);
  std::fflush(stdout);
  json.push_back(std::move(entry));
}

}  // namespace

int main(int argc, char** argv) {
  auto flags = bench::initialise(
      argc, argv,
      {"--benchmark_repetitions=9", "--benchmark_min_time=0.01", "--benchmark_enable_random_interleaving=true"},
      {"--json=", "--layer=", "--dtype=", "--threads="});
  const auto wanted = [&](const char* flag, const std::string& value) {
    return flags[flag].empty() || flags[flag] == value;
  };
  fmt::print(
      "Medians of interleaved repetitions in microseconds, ± half the interquartile range. Emitted C++ is compiled\n"
      "with {}. The plan's backward is handed the same saved values. Absolute times are this machine's.\n\n",
      fmt::join(bench::emitted_flags(), " "));
  fmt::print(
      "| layer | sizes | dtype | threads | emitted forward | plan forward | ratio | emitted backward | plan backward "
      "| ratio |\n| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  nlohmann::json json = nlohmann::json::array();
  for (const language::BuiltinLayer& builtin : language::builtin_layers()) {
    if (!wanted("--layer=", std::string(builtin.name))) continue;
    const auto layers = notation::load_layers(std::string(builtin.source), std::string(builtin.name) + ".chalk");
    const bench::EmittedProgram emitted(layers.front());
    for (const int threads : {1, 2}) {
      if (!wanted("--threads=", std::to_string(threads))) continue;
      for (const DType dtype : {DType::f32, DType::f64})
        if (wanted("--dtype=", std::string(engine::name_of(dtype))))
          compare(layers.front(), emitted, dtype, threads, json);
    }
  }
  bench::write_measured(flags["--json="], json);
}
