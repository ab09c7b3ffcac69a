// How long derivations and their checks take: every built-in layer, and chains that grow. ./run bench derive runs it.
#include <iostream>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include "symbolic/check/verify.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"

namespace {

using namespace chalktape;

/// Blocks of an affine layer and a batch norm, one after the other: five definitions each.
std::string chain(int blocks) {
  std::string signature = "x[N,D]", body, input = "x";
  for (int b = 1; b <= blocks; ++b) {
    signature += fmt::format(", W{0}[D,D], c{0}[D], gamma{0}[D], beta{0}[D]", b);
    body += fmt::format(
        "  h{0}[i,j] = sum[k]({1}[i,k]*W{0}[k,j]) + c{0}[j]\n"
        "  mu{0}[j] = mean[i](h{0}[i,j])\n"
        "  var{0}[j] = mean[i]((h{0}[i,j] - mu{0}[j])^2)\n"
        "  hhat{0}[i,j] = (h{0}[i,j] - mu{0}[j])/sqrt(var{0}[j] + eps)\n"
        "  y{0}[i,j] = gamma{0}[j]*hhat{0}[i,j] + beta{0}[j]\n",
        b, input);
    input = fmt::format("y{}", b);
  }
  return fmt::format("layer chain({}; eps = 1e-5)\n{}  return {}\n", signature, body, input);
}

void measure(benchmark::State& state, const std::string& source) {
  const auto layer = notation::load_layers(source, "benchmark").front();
  double deriving = 0, checking = 0, steps = 0;
  for (auto _ : state) {
    const auto derivation = check::verified_derivation(layer);
    deriving += derivation.derive_milliseconds;
    checking += derivation.check_milliseconds;
    steps = 0;
    for (const auto& gradient : derivation.gradients) steps += static_cast<double>(gradient.steps.size());
  }
  const auto average = benchmark::Counter::kAvgIterations;
  state.counters["definitions"] = static_cast<double>(layer.definitions.size());
  state.counters["steps"] = steps;
  state.counters["derive_ms"] = benchmark::Counter(deriving, average);
  state.counters["check_ms"] = benchmark::Counter(checking, average);
}

/// A table for people; the machine's copy is the JSON that --benchmark_out writes.
class MarkdownTable : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override {
    fmt::print("{} cores at {:.0f} MHz\n\n", context.cpu_info.num_cpus, context.cpu_info.cycles_per_second / 1e6);
    fmt::print("| layer | definitions | steps | derive (ms) | check (ms) |\n| --- | ---: | ---: | ---: | ---: |\n");
    return true;
  }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred) {
        fmt::print("| {} | {} | | | |\n", run.benchmark_name(), run.error_message);
        continue;
      }
      const auto counter = [&](const char* name) { return run.counters.at(name).value; };
      fmt::print("| {} | {:.0f} | {:.0f} | {:.1f} | {:.1f} |\n", run.benchmark_name(), counter("definitions"),
                 counter("steps"), counter("derive_ms"), counter("check_ms"));
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  const auto add = [](const std::string& name, const std::string& source) {
    benchmark::RegisterBenchmark(name.c_str(), [source](benchmark::State& state) {
      measure(state, source);
    })->Unit(benchmark::kMillisecond);
  };
  for (const auto& layer : language::builtin_layers()) add(std::string(layer.name), std::string(layer.source));
  for (int blocks = 1; blocks <= 8; ++blocks) add(fmt::format("chain of {} affine + norm", blocks), chain(blocks));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  MarkdownTable table;
  benchmark::RunSpecifiedBenchmarks(&table);
  return 0;
}
