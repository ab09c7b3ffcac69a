// Layers that nobody thought of: what is derived for them must hold.
#include <cstdint>
#include <cstdlib>
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
constexpr int seconds_a_layer = 100;
#else
constexpr int seconds_a_layer = 10;
#endif
constexpr std::uint64_t layers = CHALKTAPE_RANDOM_LAYERS;

/// Seeds 1 to CHALKTAPE_RANDOM_LAYERS are dealt out to CHALKTAPE_RANDOM_PARTS tests, which can run side by side.
std::uint64_t part() {
  const char* const given = std::getenv("CHALKTAPE_RANDOM_PART");
  return given == nullptr ? 0 : std::strtoull(given, nullptr, 10);
}

/// The smallest layer that shows the same defect, for the report.
std::string minimal(const language::Layer& layer, const Outcome& outcome, Styles styles) {
  const auto fails = [&](const language::Layer& candidate) {
    const Outcome again = examine_isolated(candidate, seconds_a_layer, styles);
    return again.kind == outcome.kind && again.reason == outcome.reason;
  };
  constexpr int most_tries = 100;
  const auto smallest = shrunk(layer, fails, most_tries);
  return examine_isolated(smallest, seconds_a_layer, styles).detail + "\n" + to_chalk(smallest);
}

}  // namespace

TEST_CASE("random layers: every step is right, and tape and derivation agree with 50 digits") {
  std::uint64_t examined = 0, refused = 0, slow = 0;
  std::string exceptions;
  for (std::uint64_t seed = 1 + part(); seed <= layers; seed += CHALKTAPE_RANDOM_PARTS) {
    const auto layer = random_layer(seed);
    const Outcome outcome = examine_isolated(layer, seconds_a_layer, styles_of(seed));
    ++examined;
    const bool takes_long = outcome.reason == "timeout";
    if (outcome.kind == Outcome::Kind::refused) ++refused;
    if (takes_long) ++slow;
    if (outcome.kind != Outcome::Kind::agreed)
      exceptions += "seed " + std::to_string(seed) + ": " + outcome.reason + "\n";
    if (outcome.kind != Outcome::Kind::finding || takes_long) continue;
    FAIL_CHECK("seed " << seed << ": " << outcome.reason << "\n" << minimal(layer, outcome, styles_of(seed)));
  }
  INFO(exceptions);
  REQUIRE(examined > 0);
  // What these would hide is a generator whose layers have no values, and derivations that become slower.
  // One of either is allowed where there are few: under sanitizers, where a part has seven layers.
  CHECK(refused * 50 <= examined + 49);
  CHECK(slow * 25 <= examined + 24);
}
