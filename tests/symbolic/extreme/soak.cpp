// Examines many random layers at extreme numbers: soak_extreme [COUNT [FIRST-SEED]]. `soak_extreme --show SEED` prints
// one, `soak_extreme FILE.chalk` examines a file's first layer.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/symbolic/extreme/examine.hpp"
#include "tests/symbolic/extreme/generator.hpp"
#include "tests/text_of.hpp"

namespace {

using namespace chalktape;

/// Compiled together: a compiler's start takes longer than a layer.
constexpr std::uint64_t batch = 20;
constexpr std::size_t shown = 3;  // failures of a layer

std::uint64_t number(const char* text) {
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text, &end, 10);
  if (end == text || *end != '\0') throw std::invalid_argument(fmt::format("'{}' is not a number", text));
  return value;
}

struct Tally {
  extreme::Report all;
  std::map<std::string, std::set<std::string>> classes;  ///< layers by what is wrong

  void add(const std::vector<std::string>& layers) {
    const extreme::Report report = extreme::examine(layers, CHALKTAPE_PYTHON, CHALKTAPE_EXTREME_RUNNER);
    all.layers += report.layers;
    all.samples += report.samples;
    all.entries += report.entries;
    all.undecided += report.undecided;
    all.beyond += report.beyond;
    std::map<std::string, std::vector<std::string>> by_layer;
    for (const auto& failure : report.failures) {
      classes[fmt::format("{}: {}", failure.road, failure.what)].insert(failure.layer);
      by_layer[failure.layer].push_back(fmt::format("  {}: {}: {}", failure.road, failure.what, failure.detail));
    }
    for (const std::string& layer : layers) {
      for (const auto& [name, lines] : by_layer) {
        if (!layer.starts_with("layer " + name + "(")) continue;
        fmt::print("{}", layer);
        for (std::size_t k = 0; k < std::min(lines.size(), shown); ++k) fmt::print("{}\n", lines[k]);
        if (lines.size() > shown) fmt::print("  and {} more\n", lines.size() - shown);
      }
    }
    if (const auto found = by_layer.find("all"); found != by_layer.end()) fmt::print("{}\n", found->second.front());
    std::fflush(stdout);
  }

  [[nodiscard]] int finish() const {
    std::set<std::string> failing;
    for (const auto& [what, layers] : classes) failing.insert(layers.begin(), layers.end());
    fmt::print("{} layers at {} samples: {} entries compared, {} arrays left undecided, {} entries beyond the dtype\n",
               all.layers, all.samples, all.entries, all.undecided, all.beyond);
    for (const auto& [what, layers] : classes) fmt::print("  {} layers {}\n", layers.size(), what);
    fmt::print("  {} layers fail somewhere\n", failing.size());
    return failing.empty() ? 0 : 1;
  }
};

int soak(std::uint64_t count, std::uint64_t first) {
  Tally tally;
  for (std::uint64_t begin = 0; begin < count; begin += batch) {
    std::vector<std::string> layers;
    for (std::uint64_t k = begin; k < std::min(count, begin + batch); ++k)
      layers.push_back(extreme::random_layer(first + k));
    tally.add(layers);
    if (begin % (10 * batch) == 0) fmt::print(stderr, "{} of {} layers\n", begin + layers.size(), count);
  }
  return tally.finish();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::string(argv[1]) == "--show") {
      fmt::print("{}", extreme::random_layer(number(argv[2])));
      return 0;
    }
    if (argc == 2 && std::string(argv[1]).ends_with(".chalk")) {
      Tally tally;
      const std::string text = tests::text_of(argv[1]);
      std::vector<std::string> layers;
      for (std::size_t begin = text.find("layer "); begin != std::string::npos;) {
        const std::size_t end = text.find("\nlayer ", begin);
        layers.push_back(text.substr(begin, end == std::string::npos ? end : end + 1 - begin));
        begin = end == std::string::npos ? end : end + 1;
      }
      tally.add(layers);
      return tally.finish();
    }
    if (argc > 3) throw std::invalid_argument("too many arguments");
    return soak(argc > 1 ? number(argv[1]) : 2000, argc > 2 ? number(argv[2]) : 1);
  } catch (const std::exception& error) {
    fmt::print(stderr, "soak_extreme: error: {}\nusage: soak_extreme [COUNT [FIRST-SEED]] | soak_extreme --show SEED\n",
               error.what());
    return 2;
  }
}
