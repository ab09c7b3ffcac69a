// libFuzzer target: any bytes are read as a file. A small layer in it is derived, within a moment's search, every step
// is checked, and what is printed reads back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "symbolic/notation/resolve.hpp"
#include "tests/symbolic/random/examine.hpp"
#include "tests/symbolic/random/layer_text.hpp"

namespace {

using namespace chalktape;

/// Larger layers are what ./run soak is for: here, thousands are to be tried.
constexpr int largest = 40;

void examine(const language::Layer& layer) {
  if (random_layers::size_of(layer) > largest) return;
  const random_layers::Outcome outcome = random_layers::examine(
      layer, {.styles = random_layers::Styles::staged, .search_seconds = 0.02, .compare_roads = false});
  if (outcome.kind != random_layers::Outcome::Kind::finding) return;
  fmt::print(stderr, "{}: {}\n{}", outcome.reason, outcome.detail, random_layers::to_chalk(layer));
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const notation::File file =
      notation::read_file(std::string(reinterpret_cast<const char*>(data), size), "fuzzed.chalk");
  if (file.diagnostics.empty() && !file.layers.empty()) examine(file.layers.front());
  return 0;
}
