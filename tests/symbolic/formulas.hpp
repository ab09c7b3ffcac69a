// From text to the algebra, for tests of everything that stands on it.
#pragma once

#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/notation/resolve.hpp"
#include "tests/symbolic/layers.hpp"

namespace chalktape::tests {

/// Expressions in the names of a layer, and of what a derivation introduced.
class Algebra {
 public:
  explicit Algebra(language::Layer layer, const std::vector<language::Definition>& introduced = {})
      : layer_(std::move(layer)) {
    layer_.definitions.insert(layer_.definitions.end(), introduced.begin(), introduced.end());
    formulas_ = notation::formulas_of(layer_);
    const auto add_total = [this](const std::string& name) {
      const notation::Symbol symbol = *formulas_.symbols.find("d" + name);
      formulas_.symbols.add("d" + name + "_total", symbol);
    };
    for (const auto& tensor : layer_.tensors) add_total(tensor.name);
    for (const auto& definition : layer_.definitions) add_total(definition.name);
  }
  explicit Algebra(const derive::Derivation& derivation) : Algebra(derivation.layer, derivation.introduced) {}

  [[nodiscard]] const language::Layer& layer() const { return layer_; }
  [[nodiscard]] const notation::LayerFormulas& formulas() const { return formulas_; }
  [[nodiscard]] notation::FreeExpression parsed(const std::string& text,
                                                const std::vector<language::Index>& indices = {}) const {
    return notation::parse_expression(text, layer_, {"test", indices});
  }
  [[nodiscard]] notation::ex of(const language::Expr& e) const { return notation::to_algebra(e, formulas_.symbols); }
  [[nodiscard]] notation::ex operator()(const std::string& text,
                                        const std::vector<language::Index>& indices = {}) const {
    return of(parsed(text, indices).value);
  }

 private:
  language::Layer layer_;
  notation::LayerFormulas formulas_;
};

}  // namespace chalktape::tests
