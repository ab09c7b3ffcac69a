// Derived formulas and what is emitted of them are finite and right where the truth is a number.
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/symbolic/extreme/examine.hpp"
#include "tests/text_of.hpp"

namespace chalktape {
namespace {

std::vector<std::string> layers_in(const std::string& text) {
  std::vector<std::string> layers;
  for (std::size_t begin = text.find("layer "); begin != std::string::npos;) {
    const std::size_t end = text.find("\nlayer ", begin);
    layers.push_back(text.substr(begin, end == std::string::npos ? end : end + 1 - begin));
    begin = end == std::string::npos ? end : end + 1;
  }
  return layers;
}

extreme::Report check_all(const std::vector<std::string>& layers) {
  extreme::Report report = extreme::examine(layers, CHALKTAPE_PYTHON, CHALKTAPE_EXTREME_RUNNER);
  for (const extreme::Failure& failure : report.failures) {
    INFO(failure.layer << ", " << failure.road << ": " << failure.detail);
    CHECK(failure.what == "");
  }
  return report;
}

TEST_CASE("layers whose gradients once were no numbers at extreme inputs") {
  const auto layers = layers_in(tests::text_of("tests/symbolic/extreme/examples.chalk"));
  const extreme::Report report = check_all(layers);
  CHECK(report.layers > 15);
  CHECK(report.entries > 7000);
}

}  // namespace
}  // namespace chalktape
