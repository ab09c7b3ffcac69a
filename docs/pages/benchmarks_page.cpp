#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "docs/pages/measurements.hpp"
#include "docs/pages/pages.hpp"
#include "engine/error.hpp"
#include "examples/line_chart.hpp"

namespace chalktape::docs {

namespace {

using nlohmann::json;

/// Who was measured beside the kernels, as the benchmark names them, and as the page does.
struct Contender {
  const char* key;
  const char* name;
};
constexpr std::array<Contender, 5> contenders{
    {{"emitted", "emitted"}, {"plan", "plan"}, {"tape", "graph"}, {"PyTorch", "PyTorch"}, {"oneDNN", "oneDNN"}}};

std::string time_text(double microseconds) {
  return microseconds < 99.5 ? fmt::format("{:.1f}", microseconds) : fmt::format("{:.0f}", microseconds);
}

std::optional<double> ratio(const json& entry, const std::string& name) {
  if (!entry.contains("ratios") || !entry.at("ratios").contains(name)) return std::nullopt;
  return entry.at("ratios").at(name).get<double>();
}

std::string ratio_text(const std::optional<double>& value) { return value ? fmt::format("{:.2f}", *value) : "–"; }

const json& list(const json& measured, const char* name) {
  static const json none = json::array();
  return measured.contains(name) ? measured.at(name) : none;
}

std::string size_text(const json& entry) {
  return fmt::format("{}, {}", entry.at("n").get<long>(), entry.at("d").get<long>());
}

/// "1.2 to 3.4"
std::string range_text(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return fmt::format("{:.1f} to {:.1f}", *low, *high);
}

std::string machine_text(const json& measured) {
  std::string text = "| | |\n| --- | --- |\n";
  for (const auto& [name, value] : measured.at("machine").items())
    text += fmt::format("| {} | {} |\n", name, value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

std::string kernels_text(const json& measured, const std::string& what) {
  std::string rows;
  for (const json& entry : list(measured, "kernels")) {
    if (entry.at("what") != what) continue;
    rows += fmt::format("| {} | {} | {} | {} | {} ", size_text(entry), entry.at("dtype").get<std::string>(),
                        entry.at("threads").get<int>(), time_text(entry.at("microseconds").at("ours").get<double>()),
                        ratio_text(ratio(entry, "ours/bound")));
    for (const Contender& contender : contenders)
      rows += fmt::format("| {} ", ratio_text(ratio(entry, fmt::format("{}/ours", contender.key))));
    rows += "|\n";
  }
  if (rows.empty()) return {};
  return fmt::format("\n### {}{}\n\n| N, D | dtype | threads | fused, µs | fused/bound ",
                     std::string(1, static_cast<char>(what.front() - 'a' + 'A')), what.substr(1)) +
         [] {
           std::string head;
           for (const Contender& contender : contenders) head += fmt::format("| {}/fused ", contender.name);
           return head;
         }() +
         "|\n| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n" + rows;
}

std::string emitted_text(const json& measured) {
  std::string text =
      "| layer | sizes | dtype | threads | backward: emitted, µs | plan, µs | emitted/plan | forward: emitted, µs "
      "| plan, µs | emitted/plan |\n| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  for (const json& entry : list(measured, "emit")) {
    text += fmt::format("| {} | {} | {} | {} ", entry.at("what").get<std::string>(),
                        entry.at("sizes_text").get<std::string>(), entry.at("dtype").get<std::string>(),
                        entry.at("threads").get<int>());
    for (const char* const pass : {"backward", "forward"}) {
      const json& times = entry.at("microseconds");
      text += fmt::format("| {} | {} | {} ", time_text(times.at(fmt::format("emitted {}", pass)).get<double>()),
                          time_text(times.at(fmt::format("plan {}", pass)).get<double>()),
                          ratio_text(ratio(entry, fmt::format("emitted/plan {}", pass))));
    }
    text += "|\n";
  }
  return text;
}

// "2 to 4 times faster than the graph."
std::string claim_text(const json& measured) {
  std::string rows;
  std::vector<double> by_formula, by_kernel, by_plan;
  for (const json& entry : list(measured, "numpy")) {
    const auto a = ratio(entry, "graph/formula A"), c = ratio(entry, "graph/formula C");
    std::optional<double> kernel, plan;
    for (const json& other : list(measured, "kernels")) {
      if (other.at("what") != entry.at("what") || other.at("n") != entry.at("n") || other.at("d") != entry.at("d") ||
          other.at("dtype") != entry.at("dtype") || other.at("threads") != 1)
        continue;
      kernel = ratio(other, "tape/ours");
      plan = ratio(other, "plan/ours");
    }
    if (c) by_formula.push_back(*c);
    if (kernel) by_kernel.push_back(*kernel);
    if (plan) by_plan.push_back(*plan);
    rows +=
        fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", size_text(entry), entry.at("dtype").get<std::string>(),
                    time_text(entry.at("microseconds").at("graph").get<double>()), ratio_text(a), ratio_text(c),
                    ratio_text(kernel), ratio_text(plan));
  }
  if (by_formula.empty()) return {};
  std::string text = fmt::format(
      "\n## Is the formula faster than the graph?\n\n"
      "A published text ([C](errata.md)) says that the closed form of batch norm's backward pass is 2 to 4 times "
      "faster\n"
      "than walking back through the graph. In NumPy, with what the forward pass has kept at hand, it is {} times\n"
      "faster: there each op is a pass over memory in either, and the formula has fewer of them.",
      range_text(by_formula));
  if (!by_kernel.empty() && !by_plan.empty())
    text += fmt::format(
        "\nHere the kernel, which makes two passes of the formula, is {} times faster than the tape op by op, and {}\n"
        "times faster than the same tape compiled to a plan, which fuses what the graph says.",
        range_text(by_kernel), range_text(by_plan));
  return text +
         "\n\n| N, D | dtype | NumPy: graph, µs | graph/formula A | graph/formula C | ours: graph/fused | plan/fused "
         "|\n"
         "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n" +
         rows;
}

}  // namespace

std::string benchmarks_text(const json& measured) {
  std::string text =
      "# What it costs\n\n"
      "<!-- Written by `./run bench page` from docs/benchmarks.json: measure anew, do not edit. -->\n\n"
      "Absolute times are those of one machine, and yours are others; what may carry over is who is ahead of "
      "whom.\n\n" +
      machine_text(measured) +
      "\nEach row is one run of one process: all contenders take turns in random order, and a figure is the median of\n"
      "its repetitions, on memory that is warm. `./run bench kernels`, `emit` and `numpy` measure, and `./run bench "
      "page`\n"
      "writes this page from what they found.\n\n"
      "- *bound*: plain passes over memory of the least traffic: backward reads x and dy, reads them again and writes\n"
      "  dx; forward reads x twice and writes y. Layer norm's rows stay in the cache: it reads once.\n"
      "- *fused*: the kernel written by hand. *emitted*: what `chalktape emit --lang c++` prints, compiled on the "
      "spot.\n"
      "- *plan*: the tape compiled, backward handed the saved values that emitted code has. *graph*: the tape op by "
      "op.\n"
      "- *PyTorch*, *oneDNN*: their own kernels, the fastest layout of each; – where there is none, or none was "
      "there.\n"
      "- *NumPy*, in the plot: the formula of text C below, measured in a run of its own.\n";
  for (const char* const layer : {"batch norm", "layer norm"}) {
    const std::string passes = kernels_text(measured, fmt::format("{} backward", layer)) +
                               kernels_text(measured, fmt::format("{} forward", layer));
    if (passes.empty()) continue;
    text += fmt::format("\n## {}{}\n\n![Time against size of {}'s backward pass](benchmarks_{}.svg)\n{}",
                        layer == std::string("batch norm") ? "Batch" : "Layer", " norm", layer,
                        layer == std::string("batch norm") ? "batch_norm" : "layer_norm", passes);
  }
  text += claim_text(measured);
  if (!list(measured, "emit").empty())
    text +=
        "\n## Emitted code of every built-in layer\n\n"
        "Beside the tape's plans of the same passes on the same numbers. Matrix products in emitted code are plain\n"
        "loops, and a plan's are a library's: layers that have them are not expected to be ahead.\n\n" +
        emitted_text(measured);
  return text;
}

std::string benchmark_plot(const json& measured, const std::string& layer) {
  const std::string what = layer + " backward";
  std::vector<std::string> places;
  std::vector<Line> lines{{"bound", {}}, {"fused", {}}};
  for (const Contender& contender : contenders) lines.push_back({contender.name, {}});
  lines.push_back({"NumPy", {}});
  for (const json& entry : list(measured, "kernels")) {
    if (entry.at("what") != what || entry.at("dtype") != "f32" || entry.at("threads") != 1) continue;
    places.push_back(fmt::format("{}×{}", entry.at("n").get<long>(), entry.at("d").get<long>()));
    const double ours = entry.at("microseconds").at("ours").get<double>();
    lines[0].values.push_back(entry.at("bound").get<double>());
    lines[1].values.push_back(ours);
    for (std::size_t k = 0; k < contenders.size(); ++k)
      lines[2 + k].values.push_back(ratio(entry, fmt::format("{}/ours", contenders.at(k).key)).value_or(0) * ours);
    double numpy = 0;
    for (const json& other : list(measured, "numpy"))
      if (other.at("what") == what && other.at("n") == entry.at("n") && other.at("d") == entry.at("d") &&
          other.at("dtype") == "f32")
        numpy = other.at("microseconds").at("formula C").get<double>();
    lines.back().values.push_back(numpy);
  }
  if (places.size() < 2) throw engine::Error(fmt::format("{} was measured at fewer than two sizes", what));
  return line_chart(fmt::format("{}, f32, one thread", what), "N×D", "microseconds", places, lines);
}

std::string benchmarks_page() { return benchmarks_text(read_measurements(CHALKTAPE_MEASURED)); }
std::string batch_norm_plot() { return benchmark_plot(read_measurements(CHALKTAPE_MEASURED), "batch norm"); }
std::string layer_norm_plot() { return benchmark_plot(read_measurements(CHALKTAPE_MEASURED), "layer norm"); }

}  // namespace chalktape::docs
