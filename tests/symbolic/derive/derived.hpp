// A layer's verified derivation, to ask whether a gradient is a formula.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "symbolic/check/verify.hpp"
#include "symbolic/present/text.hpp"
#include "tests/catch.hpp"
#include "tests/symbolic/formulas.hpp"

namespace chalktape::tests {

struct Derived {
  explicit Derived(const language::Layer& layer, derive::Style style = derive::Style::staged)
      : derivation(check::verified_derivation(layer, {.style = style})), algebra(derivation) {}
  explicit Derived(const std::string& text, derive::Style style = derive::Style::staged)
      : Derived(layer_of(text), style) {}

  [[nodiscard]] const derive::Gradient& of(const std::string& name) const {
    const derive::Gradient* gradient = derivation.find(name);
    REQUIRE(gradient != nullptr);
    return *gradient;
  }
  [[nodiscard]] int sums(const std::string& name) const { return of(name).cost.sums; }

  /// The gradient, with the indices written here, is this formula when both are multiplied out.
  void is(const std::string& name, const std::string& letters, const std::string& formula) const {
    const derive::Gradient& gradient = of(name);
    INFO("d" << name << " = " << present::to_text(gradient.value) << ", expected " << formula);
    std::vector<language::Index> indices = gradient.indices;
    REQUIRE(indices.size() == letters.size());
    std::vector<std::pair<notation::ex, notation::ex>> renamed;
    for (size_t i = 0; i < letters.size(); ++i) {
      const notation::ex from = notation::index(indices[i].name, indices[i].range);
      indices[i].name = letters[i];
      renamed.emplace_back(from, notation::index(indices[i].name, indices[i].range));
    }
    const auto found = notation::replace_indices(algebra.of(gradient.value), renamed);
    const auto difference = (found - algebra(formula, indices)).expand();
    CHECK((difference.is_zero() || difference.normal().is_zero()));
  }

  derive::Derivation derivation;
  Algebra algebra;
};

}  // namespace chalktape::tests
