// libFuzzer target: any bytes are read as a file, and what is good in them is printed and parsed again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "symbolic/notation/resolve.hpp"
#include "symbolic/present/latex.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/present/unicode.hpp"

namespace {

using namespace chalktape;

// A definition's value in its layer's names, printed and parsed again, is the same tree.
void round_trip(const language::Layer& layer, const language::Definition& definition) {
  const std::string text = present::to_text(definition.value);
  const notation::FreeExpression again = notation::parse_expression(text, layer, {.indices = definition.indices});
  if (!language::equal(again.value, definition.value)) std::abort();
  const std::string latex = present::to_latex(definition, layer);
  const std::string unicode = present::to_unicode(definition, {layer, present::GradientNotation::leibniz});
  if (latex.empty() || unicode.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const notation::File file =
      notation::read_file(std::string(reinterpret_cast<const char*>(data), size), "fuzzed.chalk");
  if (file.errors().empty() != file.diagnostics.empty()) std::abort();
  for (const language::Layer& layer : file.layers) {
    for (const language::Definition& definition : layer.definitions) round_trip(layer, definition);
    // The same bytes once more, as an expression in the layer's names.
    try {
      (void)notation::parse_expression(std::string(file.source.text().substr(0, 200)), layer);
    } catch (const language::Error&) {
      // Nearly always: what matters is that it is this error.
    }
  }
  return 0;
}
