#include <fmt/format.h>

#include "docs/pages/pages.hpp"
#include "docs/pages/published.hpp"
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

std::string numbers(const ProgramCost& cost) { return fmt::format("{} | {} | {}", cost.sums, cost.sweeps, cost.flops); }

struct Tally {
  int gradients = 0, cheaper = 0, cheaper_published = 0, fewer_sums_published = 0;
};

/// The derived gradients' costs beside those of the cheapest published forms.
std::string comparison(const Derivation& derivation, const std::vector<PublishedBackward>& claims, Tally& tally) {
  for (const PublishedBackward& claim : claims) require_right(claim, derivation.layer);
  const auto derived = costs_of(derivation);
  const auto published = best_of(claims, derivation.layer);
  std::string text =
      "| with names | sums | sweeps | flops | published | sums | sweeps | flops | source |\n"
      "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- |\n";
  for (const Gradient& gradient : derivation.gradients) {
    if (!gradient.of_tensor) continue;
    const ProgramCost& own = derived.at(gradient.of);
    const BestPublished& best = published.at(gradient.of);
    const bool dearer = best.cost < own;
    text += fmt::format("| `{}` | {} | {}`{}` | {} | {} |\n", gradient.name, numbers(own), dearer ? "**cheaper** " : "",
                        present::to_text(best.line), numbers(best.cost), best.source);
    ++tally.gradients;
    tally.cheaper += own < best.cost ? 1 : 0;
    tally.cheaper_published += dearer ? 1 : 0;
    tally.fewer_sums_published += best.cost.sums < own.sums ? 1 : 0;
  }
  return text + "\n";
}

std::string section(const language::BuiltinLayer& builtin, const std::vector<PublishedBackward>& claims, Tally& tally) {
  const auto layers = notation::load_layers(std::string(builtin.source), std::string(builtin.name));
  const Derivation derivation = check::verified_derivation(layers.front());
  std::string text =
      fmt::format("## {}\n\n{}\n\n```\n{}```\n\n", builtin.name, builtin.description, source_of(builtin));
  text += "| name | formula | sums | sweeps | flops |\n| --- | --- | ---: | ---: | ---: |\n";
  for (const auto& definition : derivation.program())
    text += row(definition, find_by_name(derivation, definition.name));
  return text + "\n" + comparison(derivation, claims, tally);
}

constexpr std::string_view layers_introduction =
    R"(# The built-in layers

<!-- Written by `./run docs` from examples/layers/*.chalk and examples/published/backwards.chalk: change them there. -->

Each layer's file, and the gradients that `chalktape derive` finds for it, in an order in which they can be
computed. Names without a cost are parts of the others: roots that got a name, and gradients of intermediates.
*sums* counts the distinct sums that a gradient needs beyond forward values and the other tensors' gradients,
*sweeps* its passes over arrays (sums that do not wait for each other share one), *flops* the operations of the
formula as it stands, for each entry. Every line has been checked against reverse mode over the definitions.

The second table of each layer sets what a gradient costs beside the cheapest form that people derived by hand and
published: [backwards.chalk](../examples/published/backwards.chalk) has all of them, with the parts that they name.
Both are counted by the same code, and here with the names that they need included, each once, so that it does not
matter who gave a name to what; forward values, roots that the derivation names and the tensors' gradients are there
already. Fewer sums are cheaper, then fewer flops, then fewer sweeps. Every published form has been checked like the
derived ones.
)";

}  // namespace

std::string layers_page() {
  const auto claims = read_published(CHALKTAPE_PUBLISHED);
  Tally tally;
  std::string sections;
  for (const auto& builtin : language::builtin_layers())
    sections += section(builtin, claims.at(std::string(builtin.name)), tally);
  sections.pop_back();
  return fmt::format(
      "{}\nOf {} gradients {} are cheaper as derived, {} cost the same, and {} are cheaper as published, marked so "
      "below; "
      "of\nthese {} need fewer sums.\n\n{}",
      layers_introduction, tally.gradients, tally.cheaper, tally.gradients - tally.cheaper - tally.cheaper_published,
      tally.cheaper_published, tally.fewer_sums_published, sections);
}

}  // namespace chalktape::docs
