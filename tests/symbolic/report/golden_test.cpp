// The printed derivations of all built-in layers, against files that a person has read.
#include <fstream>
#include <sstream>
#include <string>

#include "symbolic/check/verify.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/report/derivation_json.hpp"
#include "symbolic/report/derivation_latex.hpp"
#include "symbolic/report/derivation_text.hpp"
#include "tests/catch.hpp"
#include "tests/text_of.hpp"

namespace {

using namespace chalktape;

std::string golden(const std::string& name) { return tests::text_of(std::string(CHALKTAPE_GOLDEN) + "/" + name); }

}  // namespace

// Made by `./run golden`: `git diff tests/golden` shows what a change does to what is printed. All layers are derived
// in one process here and each in one of its own there, so that a derivation cannot depend on the ones before it.
TEST_CASE("derivations of the built-in layers are printed as the golden files have them") {
  for (const auto& builtin : language::builtin_layers()) {
    const std::string name(builtin.name);
    INFO(name << " (./run golden writes its files anew)");
    const auto layers = notation::load_layers(std::string(builtin.source), name);
    const auto derivation = check::verified_derivation(layers.front());
    CHECK(report::to_text(derivation, {}, {.unicode = false}) == golden(name + ".txt"));
    CHECK(report::to_text(derivation, {}, {.unicode = true}) == golden(name + ".utf8.txt"));
    CHECK(report::to_latex(derivation, {}) == golden(name + ".tex"));
    CHECK(report::to_json(derivation, {}, report::Detail::full, false) == golden(name + ".json"));
  }
}
