// Emitted sources against files that a person has read. `./run golden` writes them anew.
#include <fstream>
#include <sstream>
#include <string>

#include "symbolic/emit/cpp.hpp"
#include "symbolic/emit/numpy.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/emit/cases.hpp"
#include "tests/symbolic/layers.hpp"

namespace chalktape {
namespace {

std::string golden(const std::string& name) { return tests::text_of("tests/golden/" + name); }

}  // namespace

TEST_CASE("emitted sources are as the golden files have them") {
  for (const std::string name : {"batch_norm", "softmax", "softmax_cross_entropy"}) {
    INFO(name << " (./run golden writes its files anew)");
    const auto c = tests::case_of(tests::builtin(name));
    CHECK(emit::to_cpp(c.program) == golden(name + ".emit.h"));
    CHECK(emit::to_numpy(c.program) == golden(name + ".emit.py"));
  }
}

}  // namespace chalktape
