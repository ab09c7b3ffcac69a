// A rule of one's own: one function and its entry, applied to a formula and checked like the rules of the house.
#include <iostream>
#include <optional>
#include <string>

#include "symbolic/check/checker.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/rules/apply.hpp"

using namespace chalktape;

namespace {

/// abs-square: |a|^2 → a^2.
std::optional<rules::Rewrite> abs_square(const rules::ex& node, const rules::Context& context,
                                         const rules::Target& /*none*/) {
  if (!notation::is<GiNaC::power>(node) || !node.op(1).is_equal(2) || !notation::is_call(node.op(0), "abs"))
    return std::nullopt;
  const rules::ex a = GiNaC::ex_to<notation::Call>(node.op(0)).arguments().front();
  return rules::Rewrite{GiNaC::pow(a, 2),
                        present::Sentence("a square does not see the sign of {}", {context.bare_tree(a)})};
}

constexpr rules::Rule rule{
    "abs-square",
    "|a|^2 = a^2",
    "none",
    "one abs fewer",
    {"abs(v[i])^2", "v[i]^2", "", ""},
    {"abs(v[i])^3", "abs(v[i])^3", "", ""},
    abs_square,
    rules::Weight::idea,
    /*holds_in_every_field=*/false,  // in F_p the sign is a random number
};

}  // namespace

int main() {
  const language::Layer layer = notation::load_layers(
                                    "layer energy(x[N,D])\n"
                                    "  E[i] = sum[j](abs(x[i,j])^2)\n"
                                    "  return E\n",
                                    "energy.chalk")
                                    .front();
  const notation::LayerFormulas formulas = notation::formulas_of(layer);
  const present::Naming naming(layer);
  rules::Context context;
  context.symbols = &formulas.symbols;
  context.naming = &naming;
  context.definitions = formulas.definitions;

  const notation::Formula& energy = formulas.definitions.front();
  const auto rewrite = rules::apply_everywhere(rule, energy.value, context);
  if (!rewrite) {
    std::cout << "the rule does not apply\n";
    return 1;
  }
  std::cout << "before: " << context.text(energy.value) << '\n'
            << "after:  " << context.text(rewrite->after) << '\n'
            << "why:    " << present::to_text(rewrite->why) << '\n';

  const check::Checker checker(layer, {}, check::Checker::Laws::of_functions);
  const language::Definition& written = layer.definitions.front();
  const auto is_right = [&](const rules::ex& e) {
    const auto left = language::access(written.name, written.indices, language::Role::definition);
    return checker.check(left, written.indices, present::to_tree(e, naming, {"i"})).holds;
  };
  std::cout << "the step " << (is_right(rewrite->after) ? "holds" : "does not hold") << ", "
            << "and with a factor of 2 it " << (is_right(2 * rewrite->after) ? "holds as well" : "does not") << '\n';
}
