// What the tests of rules stand on: a context as a derivation has it, and the comparison of values.
#pragma once

#include <map>

#include "symbolic/check/sample.hpp"
#include "symbolic/derive/roots.hpp"
#include "symbolic/rules/apply.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/formulas.hpp"

namespace chalktape::tests {

using notation::ex;
using rules::Example;

/// A context over a layer, as a derivation has it before the first gradient.
struct Setting {
  explicit Setting(const language::Layer& layer) : naming(layer), formulas(notation::formulas_of(layer)) {
    context.definitions = formulas.definitions;
    context.facts = formulas.facts;
    context.symbols = &formulas.symbols;
    context.naming = &naming;
    if (formulas.symbols.find("A") != nullptr) derive_mean();
    derive::name_roots(layer, formulas, context);
    for (const rules::Known& known : context.known) {
      if (known.kind != rules::Known::Kind::introduced) continue;
      std::vector<language::Index> indices;
      for (const ex& i : known.formula.indices)
        indices.push_back({notation::as_index(i).name(), notation::as_index(i).range(), {}});
      introduced.push_back({known.formula.name, indices, present::to_tree(known.formula.value, naming), {}});
    }
    algebra = tests::Algebra(layer, introduced);
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

  [[nodiscard]] rules::Target target(const Example& example) const {
    return {example.target.empty() ? nullptr : context.find(std::string(example.target)), std::string(example.part)};
  }
  [[nodiscard]] notation::FreeExpression parsed(std::string_view text) const {
    // Nothing but a definition says what a lone delta's indices run over.
    if (text.substr(0, 6) == "delta[") return algebra.parsed(std::string(text), {{"i", "N", {}}, {"k", "N", {}}});
    return algebra.parsed(std::string(text));
  }
  /// An example's two sides: the indices that are free on the left are on the right.
  [[nodiscard]] std::pair<notation::FreeExpression, notation::FreeExpression> sides(const Example& example) const {
    auto before = parsed(example.before);
    auto after = algebra.parsed(std::string(example.after), before.indices);
    return {std::move(before), std::move(after)};
  }
  [[nodiscard]] ex operator()(std::string_view text) const { return algebra.of(parsed(text).value); }

  /// ∂mu[l]/∂A[i,j], derived: what the example of known-derivative knows.
  void derive_mean() {
    const ex l = notation::index("l", "D"), i = notation::index("i", "N"), j = notation::index("j", "D");
    context.derivatives.push_back({"mu", "A", {}, {l, i, j}, notation::delta(j, l) / notation::size("N")});
  }

  tests::Algebra algebra{language::Layer{}};  // knows the introduced names, too
  std::vector<language::Definition> introduced;
  present::Naming naming;
  notation::LayerFormulas formulas;
  rules::Context context;
};

inline const Setting& example_setting() {
  static const Setting setting(tests::layer_of(std::string(rules::example_layer())));
  return setting;
}

/// Both expressions at the same random points.
template <class Field>
void check_same_values(const language::Layer& layer, Field field, check::Spread spread,
                       const notation::FreeExpression& before, const notation::FreeExpression& after) {
  std::map<std::string, std::int64_t> sizes;
  std::int64_t next = 3;
  for (const auto& size : layer.sizes) sizes[size] = next--;
  const auto data = check::draw(layer, sizes, field, {.spread = spread});
  check::Point<Field> point(layer, {}, field, sizes, data);
  const auto left = point.evaluate(before.indices, before.value), right = point.evaluate(before.indices, after.value);
  REQUIRE(left.entries.size() == right.entries.size());
  for (std::size_t i = 0; i < left.entries.size(); ++i) {
    if constexpr (std::is_same_v<Field, check::Digits>) {
      CHECK(check::error_of(left.entries[i].value, right.entries[i].value) < 1e-50);
    } else {
      CHECK(left.entries[i].value == right.entries[i].value);
    }
  }
}

}  // namespace chalktape::tests
