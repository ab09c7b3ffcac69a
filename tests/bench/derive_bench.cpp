// How long derivations and their checks take: every built-in layer in both styles, and chains that grow.
// ./run bench derive runs it.
#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/core.h>

#include "symbolic/check/verify.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"

namespace {

using namespace chalktape;

constexpr int longest_chain = 8;
/// A search that the clock ends would be faster the slower the machine is.
constexpr double patience = 1e6;

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

/// What a derivation with its check may take, in milliseconds, either style. Chains have no limit but their growth.
double limit_of(const std::string& layer) {
  static const std::map<std::string, double> limits{{"batch_norm", 30}, {"affine_batch_norm_relu", 500}};
  const auto own = limits.find(layer);
  return own == limits.end() ? 300 : own->second;
}

/// The processor time of this process in milliseconds: other processes' work does not count. Derivations use one
/// thread.
double processor_milliseconds() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// The least of the iterations' times: whatever disturbs a measurement makes it longer.
void measure(benchmark::State& state, const std::string& source, derive::Style style, double limit, int blocks) {
  const auto layer = notation::load_layers(source, "benchmark").front();
  double deriving = std::numeric_limits<double>::infinity(), checking = deriving, steps = 0;
  for (auto _ : state) {
    const double start = processor_milliseconds();
    auto derivation = derive::derive(layer, {.style = style, .timeout_seconds = patience});
    const double derived = processor_milliseconds();
    check::verify(derivation);
    deriving = std::min(deriving, derived - start);
    checking = std::min(checking, processor_milliseconds() - derived);
    steps = 0;
    for (const auto& gradient : derivation.gradients) steps += static_cast<double>(gradient.steps.size());
  }
  state.counters["definitions"] = static_cast<double>(layer.definitions.size());
  state.counters["steps"] = steps;
  state.counters["derive_ms"] = deriving;
  state.counters["check_ms"] = checking;
  state.counters["total_ms"] = deriving + checking;
  if (limit > 0) state.counters["limit_ms"] = limit;
  if (blocks > 0) state.counters["blocks"] = blocks;
}

/// Without the number of iterations.
std::string name_of(const benchmark::BenchmarkReporter::Run& run) { return run.run_name.function_name; }

constexpr const char* quantities[] = {"derive", "check", "total"};

/// The slope of log time over log size by least squares: time grows as size to that power.
double exponent(const std::vector<std::pair<double, double>>& sizes_and_times) {
  const auto count = static_cast<double>(sizes_and_times.size());
  double x = 0, y = 0, xx = 0, xy = 0;
  for (const auto& [size, time] : sizes_and_times) {
    const double u = std::log(size), v = std::log(time);
    x += u, y += v, xx += u * u, xy += u * v;
  }
  return (count * xy - x * y) / (count * xx - x * x);
}

/// Reports what `Reporter` does and, once the chains have run, the powers with which their times grow in the number of
/// definitions, from two blocks on: with one, what does not grow would count.
template <class Reporter>
class WithGrowth : public Reporter {
 public:
  using Run = benchmark::BenchmarkReporter::Run;

  void ReportRuns(const std::vector<Run>& runs) override {
    Reporter::ReportRuns(runs);
    for (const Run& run : runs) {
      const auto blocks = run.counters.find("blocks");
      if (run.error_occurred || blocks == run.counters.end() || blocks->second.value < 2) continue;
      const std::string name = name_of(run);
      auto& chains = times_[name.substr(name.rfind(' ') + 1)];
      for (const char* quantity : quantities)
        chains[quantity].emplace_back(run.counters.at("definitions").value,
                                      run.counters.at(fmt::format("{}_ms", quantity)).value);
      if (blocks->second.value == longest_chain) report_growth(name.substr(name.rfind(' ') + 1));
    }
  }

 private:
  void report_growth(const std::string& style) {
    if (times_[style][quantities[0]].size() < 3) return;
    Run growth;
    growth.run_name.function_name = fmt::format("growth of chains, {}", style);
    growth.iterations = 1;
    for (const char* quantity : quantities)
      growth.counters[fmt::format("{}_exponent", quantity)] = exponent(times_[style][quantity]);
    Reporter::ReportRuns({growth});
  }

  std::map<std::string, std::map<std::string, std::vector<std::pair<double, double>>>> times_;  // by style, quantity
};

/// A table for people; the machine's copy is the JSON that --benchmark_out writes.
class MarkdownTable : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override {
    fmt::print("{} cores at {:.0f} MHz; processor time, the least of several iterations\n\n", context.cpu_info.num_cpus,
               context.cpu_info.cycles_per_second / 1e6);
    fmt::print("| layer, style | definitions | steps | derive (ms) | check (ms) | both (ms) | at most (ms) |\n");
    fmt::print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    return true;
  }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred) {
        fmt::print("| {} | {} | | | | | |\n", name_of(run), run.error_message);
        continue;
      }
      const auto counter = [&](const char* name) { return run.counters.at(name).value; };
      if (run.counters.contains("total_exponent")) {
        fmt::print("| {}: definitions to the power | | | {:.2f} | {:.2f} | {:.2f} | 2 |\n", name_of(run),
                   counter("derive_exponent"), counter("check_exponent"), counter("total_exponent"));
        continue;
      }
      std::string limit;
      if (run.counters.contains("limit_ms"))
        limit =
            fmt::format("{:.0f}{}", counter("limit_ms"), counter("total_ms") > counter("limit_ms") ? " (over)" : "");
      fmt::print("| {} | {:.0f} | {:.0f} | {:.1f} | {:.1f} | {:.1f} | {} |\n", name_of(run), counter("definitions"),
                 counter("steps"), counter("derive_ms"), counter("check_ms"), counter("total_ms"), limit);
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  const auto add = [](const std::string& name, const std::string& source, double limit, int blocks) {
    for (const auto& [style, style_name] :
         {std::pair(derive::Style::staged, "staged"), {derive::Style::direct, "direct"}}) {
      benchmark::RegisterBenchmark(fmt::format("{}, {}", name, style_name).c_str(), [source, style = style, limit,
                                                                                     blocks](benchmark::State& state) {
        measure(state, source, style, limit, blocks);
      })->Unit(benchmark::kMillisecond);
    }
  };
  for (const auto& layer : language::builtin_layers()) {
    const std::string name(layer.name);
    add(name, std::string(layer.source), limit_of(name), 0);
  }
  for (int blocks = 1; blocks <= longest_chain; ++blocks)
    add(fmt::format("chain of {} affine + norm", blocks), chain(blocks), 0, blocks);
  // Google Benchmark wants a file's reporter only where there is a file.
  const bool writes_file = std::any_of(argv, argv + argc, [](const char* argument) {
    return std::string_view(argument).starts_with("--benchmark_out=");
  });
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  WithGrowth<MarkdownTable> table;
  WithGrowth<benchmark::JSONReporter> json;
  benchmark::RunSpecifiedBenchmarks(&table, writes_file ? &json : nullptr);
  return 0;
}
