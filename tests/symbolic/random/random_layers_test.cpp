// Layers that nobody thought of: what is derived for them must hold.
#include <map>
#include <string>

#include "tests/catch.hpp"
#include "tests/symbolic/random/examine.hpp"
#include "tests/symbolic/random/generator.hpp"
#include "tests/symbolic/random/layer_text.hpp"
#include "tests/symbolic/random/shrink.hpp"

using namespace chalktape;
using namespace chalktape::random_layers;

namespace {

#ifdef CHALKTAPE_SANITIZED
constexpr int layers = 30, seconds_a_layer = 100;
#else
constexpr int layers = 300, seconds_a_layer = 10;
#endif

}  // namespace

TEST_CASE("random layers: every step is right, and tape and derivation agree with 50 digits") {
  std::map<std::string, int> refusals;
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= layers; ++seed) {
    const auto layer = random_layer(seed);
    const Outcome outcome = examine_isolated(layer, seconds_a_layer);
    if (outcome.kind == Outcome::Kind::agreed) continue;
    if (outcome.kind == Outcome::Kind::refused) {
      ++refused;
      ++refusals[outcome.reason];
      continue;
    }
    const auto fails = [&](const language::Layer& candidate) {
      const Outcome again = examine_isolated(candidate, seconds_a_layer);
      return again.kind == outcome.kind && again.reason == outcome.reason;
    };
    constexpr int most_tries = 100;
    const auto minimal = shrunk(layer, fails, most_tries);
    INFO("seed " << seed << ": " << outcome.reason << "\n"
                 << examine_isolated(minimal, seconds_a_layer).detail << "\n"
                 << to_chalk(minimal));
    CHECK(outcome.kind == Outcome::Kind::agreed);
  }
  for (const auto& [reason, count] : refusals) INFO(count << " refused: " << reason);
  CHECK(refused * 50 <= layers);
}
