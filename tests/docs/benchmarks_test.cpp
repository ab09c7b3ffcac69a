// docs/benchmarks.md and its plots are made from what was measured.
#include <filesystem>
#include <fstream>

#include "docs/pages/measurements.hpp"
#include "engine/error.hpp"
#include "examples/line_chart.hpp"
#include "symbolic/roads/child_process.hpp"
#include "tests/catch.hpp"

namespace chalktape {
namespace {

using nlohmann::json;

json kernels(std::int64_t n, double ours) {
  return {{"what", "batch norm backward"},
          {"n", n},
          {"d", 100},
          {"dtype", "f32"},
          {"threads", 1},
          {"bound", 2.0},
          {"microseconds", {{"ours", ours}}},
          {"spread", {{"ours", 0.1}}},
          {"ratios", {{"ours/bound", ours / 2}, {"plan/ours", 2.5}, {"tape/ours", 7.25}}}};
}

json numpy(std::int64_t n) {
  return {{"what", "batch norm backward"},
          {"n", n},
          {"d", 100},
          {"dtype", "f32"},
          {"threads", 1},
          {"microseconds", {{"graph", 60.0}, {"formula C", 20.0}}},
          {"ratios", {{"graph/formula A", 2.0}, {"graph/formula C", 3.0}}}};
}

json emitted() {
  return {{"what", "softmax"},
          {"sizes_text", "N = 4, D = 5"},
          {"dtype", "f64"},
          {"threads", 2},
          {"microseconds",
           {{"emitted backward", 10.0}, {"plan backward", 40.0}, {"emitted forward", 30.0}, {"plan forward", 20.0}}},
          {"ratios", {{"emitted/plan backward", 0.25}, {"emitted/plan forward", 1.5}}}};
}

json everything() {
  return {{"machine", {{"processor", "a slow one"}, {"cores", 2}}},
          {"kernels", {kernels(128, 3.0), kernels(256, 123456.789)}},
          {"emit", {emitted()}},
          {"numpy", {numpy(128), numpy(256)}}};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("the benchmarks' page shows what was measured, and on what machine") {
  const std::string page = docs::benchmarks_text(everything());
  CHECK(contains(page, "| cores | 2 |\n| processor | a slow one |\n"));
  // fused, fused/bound, then emitted, plan, graph, PyTorch, oneDNN over fused
  CHECK(contains(page, "| 128, 100 | f32 | 1 | 3.0 | 1.50 | – | 2.50 | 7.25 | – | – |\n"));
  CHECK(contains(page, "| softmax | N = 4, D = 5 | f64 | 2 | 10.0 | 40.0 | 0.25 | 30.0 | 20.0 | 1.50 |\n"));
  CHECK(contains(page, "| 128, 100 | f32 | 60.0 | 2.00 | 3.00 | 7.25 | 2.50 |\n"));
  CHECK(contains(page, "it is 3.0 to 3.0 times"));
  CHECK_FALSE(contains(page, "Layer norm backward"));
}

TEST_CASE("the benchmarks' page leaves out what was not measured") {
  const std::string page = docs::benchmarks_text({{"machine", {{"cores", 1}}}});
  CHECK(contains(page, "| cores | 1 |"));
  CHECK_FALSE(contains(page, "## "));
}

TEST_CASE("a plot has a line for everybody who was measured") {
  const std::string plot = docs::benchmark_plot(everything(), "batch norm");
  for (const char* const name : {"bound", "fused", "plan", "graph", "NumPy", "128×100", "256×100"})
    CHECK(contains(plot, std::string(">") + name + "</text>"));
  for (const char* const name : {"emitted", "oneDNN", "nan", "inf"}) CHECK_FALSE(contains(plot, name));
  CHECK_THROWS_AS(docs::benchmark_plot(everything(), "layer norm"), engine::Error);
}

TEST_CASE("measurements are kept with four digits, a line each, and read back") {
  const roads::PrivateFolder folder;
  CHECK_THROWS_AS(docs::kept_measurements(folder.path()), engine::Error);  // nothing was measured
  write(folder.path() / "machine.json", R"({"cores": 2})");
  write(folder.path() / "kernels.json", json::array({kernels(256, 123456.789)}).dump());
  const std::string kept = docs::kept_measurements(folder.path());
  CHECK(contains(kept, "\"ours\":123500.0"));
  CHECK_FALSE(contains(kept, "spread"));
  write(folder.path() / "kept.json", kept);
  CHECK(docs::read_measurements(folder.path() / "kept.json").at("kernels").size() == 1);

  write(folder.path() / "emit.json", "{}");
  CHECK_THROWS_AS(docs::kept_measurements(folder.path()), engine::Error);
  write(folder.path() / "emit.json", "[1,");
  CHECK_THROWS_AS(docs::kept_measurements(folder.path()), engine::Error);
  write(folder.path() / "kept.json", "[]");
  CHECK_THROWS_AS(docs::read_measurements(folder.path() / "kept.json"), engine::Error);
}

TEST_CASE("a line chart leaves gaps where there is no value, and escapes names") {
  const std::string chart = line_chart("t", "across", "up", {"a", "", "c"}, {{"x<y", {1, 0, 100}}, {"none", {}}});
  CHECK(contains(chart, "x&lt;y"));
  CHECK(contains(chart, "M70.0 350.0L620.0 50.0"));  // from corner to corner, past the gap
  CHECK_FALSE(contains(chart, ">none<"));
  CHECK_THROWS_AS(line_chart("t", "across", "up", {"a"}, {{"x", {1}}}), std::invalid_argument);
  CHECK_THROWS_AS(line_chart("t", "across", "up", {"a", "b"}, {}), std::invalid_argument);
  CHECK(numbered_places(3) == std::vector<std::string>{"1", "2", "3"});
}

}  // namespace chalktape
