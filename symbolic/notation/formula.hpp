// From the language to the algebra: a layer's definitions as formulas, its names as symbols with a known sign.
#pragma once

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "symbolic/language/diagnostics.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/notation/algebra.hpp"

namespace chalktape::notation {

/// A formula that cannot be taken over (an exponent beyond the limits, the square root of a negative number, …).
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
  /// `what()` begins with the place where there is one: a tree that was not read from a text has none.
  Error(language::Span place, const std::string& what_is_wrong);
  language::Span span{};
  std::string message{what()};  ///< without the place
};

/// `name[indices] = value`; the indices are free in the value.
struct Formula {
  std::string name;
  exvector indices;
  ex value;
};

/// The formula's value with `at` in place of its indices.
ex instantiate(const Formula& formula, const exvector& at);

/// What a name stands for.
struct Symbol {
  language::Role role = language::Role::unresolved;
  std::vector<std::string> ranges;
  Sign sign = Sign::unknown;
};

/// Names and what is known of them.
class SymbolTable {
 public:
  void add(const std::string& name, Symbol symbol) { symbols_[name] = std::move(symbol); }
  [[nodiscard]] const Symbol* find(const std::string& name) const;
  /// An access of a known name; std::out_of_range for an unknown one.
  [[nodiscard]] ex access(const std::string& name, exvector indices) const;

 private:
  std::map<std::string, Symbol> symbols_;
};

/// `left = right` for all values of the free indices, from `assume`.
struct Fact {
  ex left, right;
};

/// A layer as formulas. The definitions are in order, each using only what stands before it.
struct LayerFormulas {
  SymbolTable symbols;  ///< tensors, constants, sizes, definitions, and the gradient of each: `dx`, `dmu`, …
  std::vector<Formula> definitions;
  std::vector<Fact> facts;
};

/// What of the layer cannot be taken over, an error for each definition and fact at most, and the assumptions that its
/// constants' defaults break. The layer is otherwise sound.
void check_formulas(const language::Layer& layer, language::Diagnostics& diagnostics);

/// Source: the layer. Throws Error. Signs are proved as far as `sign_of` can, facts `x[i,j] > 0` included.
LayerFormulas formulas_of(const language::Layer& layer);

/// A tree's free indices in the algebra.
exvector to_indices(const std::vector<language::Index>& indices);

/// The algebra of a resolved tree. Means become sums divided by their count. Throws Error.
ex to_algebra(const language::Expr& e, const SymbolTable& symbols);

/// An exact number from its written form ("0.5", "1e-5", "-2"); throws Error where it is not one.
GiNaC::numeric exact_number(const std::string& written);

}  // namespace chalktape::notation
