// The parts of the property test: the generator, the shrinker, and work in a process of its own.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>

#include "tests/catch.hpp"
#include "tests/symbolic/random/generator.hpp"
#include "tests/symbolic/random/isolated.hpp"
#include "tests/symbolic/random/layer_text.hpp"
#include "tests/symbolic/random/shrink.hpp"

using namespace chalktape;
using namespace chalktape::random_layers;

TEST_CASE("a seed stands for the same layer everywhere") {
  CHECK(to_chalk(random_layer(4)) == to_chalk(random_layer(4)));
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  std::map<std::string, int> seen;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const std::string text = to_chalk(random_layer(seed));
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    for (const char* part :
         {"exp(",   "log(", "sqrt(",  "abs(",      "sin(",  "cos(",  "tanh(", "sigmoid(", "relu(",   "step(", "erf(",
          "max(",   "min(", "stop(",  "softplus(", "sum[",  "mean[", "max[",  "min[",     "delta",   "pi",    "eps",
          "assume", "; ",   "^(1/2)", "^(2/3)",    "^(-1)", "^0.5",  "[i,i]", "[N,D,S]",  "return z"})
      if (text.find(part) != std::string::npos) ++seen[part];
  }
  CHECK(hash == 0xb1b034f3aa221290U);
  CHECK(seen.size() == 31);
  for (const auto& [part, count] : seen) {
    INFO(part);
    CHECK(count >= 5);
  }
}

TEST_CASE("a layer shrinks to what a defect needs") {
  const auto mentions = [](const language::Layer& layer) { return to_chalk(layer).find("tanh(") != std::string::npos; };
  int shrunk_layers = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto layer = random_layer(seed);
    if (!mentions(layer)) continue;
    ++shrunk_layers;
    const auto smallest = shrunk(layer, mentions, 10000);
    INFO(to_chalk(layer) << to_chalk(smallest));
    CHECK(mentions(smallest));
    CHECK(smallest.definitions.size() == 1);
    CHECK(size_of(smallest) <= 22);
  }
  CHECK(shrunk_layers > 5);
}

TEST_CASE("work that crashes, or has no end, ends alone") {
  const Ended well = isolated([] { return std::string(100000, 'x'); }, 10);
  CHECK(well.output.size() == 100000);
  CHECK(well.signal == 0);
  CHECK_FALSE(well.timed_out);
  const Ended endless = isolated(
      [] {
        volatile std::uint64_t count = 0;
        for (;;) count = count + 1;
        return std::string();
      },
      1);
  CHECK(endless.timed_out);
  CHECK(endless.output.empty());
  CHECK(endless.seconds > 0.5);
  const Ended crashed = isolated([]() -> std::string { std::abort(); }, 10);
  CHECK(crashed.signal != 0);
  CHECK_FALSE(crashed.timed_out);
  CHECK(isolated([]() -> std::string { throw std::runtime_error("no"); }, 10).signal != 0);
}
