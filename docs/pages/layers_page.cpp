#include <fmt/format.h>

#include "docs/pages/pages.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::docs {

using derive::Derivation;
using derive::Gradient;

namespace {

/// The file without its first line, which is the description.
std::string_view source_of(const language::BuiltinLayer& layer) {
  return layer.source.substr(layer.source.find('\n') + 1);
}

/// The gradient of that name, or null for a name that the derivation introduced.
const Gradient* find_by_name(const Derivation& derivation, const std::string& name) {
  for (const Gradient& gradient : derivation.gradients) {
    if (gradient.name == name) return &gradient;
  }
  return nullptr;
}

std::string row(const language::Definition& definition, const Gradient* gradient) {
  std::string costs = " | | ";
  if (gradient != nullptr && gradient->of_tensor) {
    const derive::Cost& cost = gradient->cost;
    costs = fmt::format("{} | {} | {}", cost.sums, cost.sweeps, cost.flops);
  }
  return fmt::format("| `{}{}` | `{}` | {} |\n", definition.name, present::index_list(definition.indices),
                     present::to_text(definition.value), costs);
}

std::string section(const language::BuiltinLayer& builtin) {
  const auto layers = notation::load_layers(std::string(builtin.source), std::string(builtin.name));
  const Derivation derivation = check::verified_derivation(layers.front());
  std::string text =
      fmt::format("## {}\n\n{}\n\n```\n{}```\n\n", builtin.name, builtin.description, source_of(builtin));
  text += "| name | formula | sums | sweeps | flops |\n| --- | --- | ---: | ---: | ---: |\n";
  for (const auto& definition : derivation.program())
    text += row(definition, find_by_name(derivation, definition.name));
  return text + "\n";
}

}  // namespace

std::string layers_page() {
  std::string text =
      "# The built-in layers\n\n"
      "<!-- Written by `./run docs` from examples/layers/*.chalk: change them there. -->\n\n"
      "Each layer's file, and the gradients that `chalktape derive` finds for it, in an order in which they can be\n"
      "computed. Names without a cost are parts of the others: roots that got a name, and gradients of intermediates.\n"
      "*sums* counts the distinct sums that a gradient needs beyond forward values and the other tensors' gradients,\n"
      "*sweeps* its passes over arrays (sums that do not wait for each other share one), *flops* the operations of "
      "the\n"
      "formula as it stands, for each entry. Every line has been checked against reverse mode over the "
      "definitions.\n\n";
  for (const auto& builtin : language::builtin_layers()) text += section(builtin);
  text.pop_back();
  return text;
}

}  // namespace chalktape::docs
