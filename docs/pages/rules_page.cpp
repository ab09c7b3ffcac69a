#include <array>
#include <cctype>
#include <span>

#include <fmt/format.h>

#include "docs/pages/pages.hpp"
#include "symbolic/present/typesetting.hpp"
#include "symbolic/rules/rule.hpp"

namespace chalktape::docs {

using rules::Example;
using rules::Rule;
using rules::Weight;

namespace {

struct Family {
  std::string_view title;
  std::span<const Rule> (*rules)();
};

constexpr std::array<Family, 5> families{{
    {"Sums and deltas", rules::sum_rules},
    {"Names", rules::name_rules},
    {"Products and sums of terms", rules::algebra_rules},
    {"Derivatives", rules::derivative_rules},
    {"Exponentials in emitted code", rules::exponential_rules},
}};

/// `Σ_i f_i` as Σᵢ fᵢ: an underscore and the letters behind it are subscripts.
std::string typeset(std::string_view law) {
  std::string text;
  for (std::size_t i = 0; i < law.size();) {
    if (law[i] != '_') {
      text += law[i++];
      continue;
    }
    std::vector<language::Index> letters;
    for (++i; i < law.size() && std::islower(static_cast<unsigned char>(law[i])) != 0; ++i)
      letters.push_back({std::string(1, law[i]), {}, {}});
    text += present::unicode_subscripts(letters);
  }
  return text;
}

std::string code(std::string_view text) { return fmt::format("`{}`", text); }

std::string with_target(const Example& example) {
  if (example.target.empty()) return {};
  if (example.part.empty()) return fmt::format(", for the name {}", code(example.target));
  return fmt::format(", for the name {} solved for {}", code(example.target), code(example.part));
}

std::string section(const Rule& rule) {
  std::string text = fmt::format("### {}\n\n> {}\n\n", rule.name, typeset(rule.law));
  if (rule.side_conditions != "none") text += fmt::format("- requires: {}\n", typeset(rule.side_conditions));
  text += fmt::format("- terminates: {}\n", typeset(rule.terminates));
  text += fmt::format("- turns {} into {}{}\n", code(rule.example.before), code(rule.example.after),
                      with_target(rule.example));
  text += fmt::format("- leaves {} as it is{}\n", code(rule.refuses.before), with_target(rule.refuses));
  if (rule.weight == Weight::bookkeeping) text += "- bookkeeping: only `--detail full` gives it a line of its own\n";
  if (rule.weight == Weight::milestone) text += "- a milestone: begins a line even at `--detail brief`\n";
  if (rule.apply == nullptr) text += "- applied by the driver, which sees the whole layer\n";
  return text + "\n";
}

}  // namespace

std::string rules_page() {
  std::string text =
      "# The rules\n\n"
      "<!-- Written by `./run docs` from the rules' registry, symbolic/rules/registry.cpp: change it there. -->\n\n"
      "Each step of a derivation applies one of these rules, whatever the layer; the step names it. A rule's first\n"
      "example is what it does, its second what it refuses to do. Both are tests, and so is that the first keeps its\n"
      "value, modulo a prime and to 50 digits. *Terminates* says what gets smaller each time. δ is Kronecker's "
      "delta.\n\n"
      "The examples are written in the names of this layer:\n\n"
      "```\n" +
      std::string(rules::example_layer()) +
      "```\n\n"
      "`istd2` is the name that the derivation gives to the root in `u`.\n\n";
  for (const Family& family : families) {
    text += fmt::format("## {}\n\n", family.title);
    for (const Rule& rule : family.rules()) text += section(rule);
  }
  text.pop_back();
  return text;
}

}  // namespace chalktape::docs
