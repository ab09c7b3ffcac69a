// Expressions become nodes: the walk over the tree.
#pragma once

#include <set>
#include <string>

#include "symbolic/language/expression.hpp"
#include "symbolic/lower/builder.hpp"
#include "symbolic/lower/product.hpp"

namespace chalktape::lower {

/// The names of the free indices.
[[nodiscard]] std::set<std::string> free_indices(const language::Expr& e);

class FormulaLowering {
 public:
  explicit FormulaLowering(Builder& builder) : builder_(builder) {}

  /// Throws Error. Depth of recursion: the tree's.
  [[nodiscard]] Value value_of(const language::Expr& e);

 private:
  [[nodiscard]] Value access(const language::Expression& e);
  [[nodiscard]] Value sum_of_two(const language::Expression& e);
  [[nodiscard]] Value power(const language::Expression& e);
  [[nodiscard]] Value call(const language::Expression& e);
  [[nodiscard]] Value reduce(const language::Expression& e);
  /// Multiplies e (or divides by it) into the product, its factors one by one.
  void flatten(const language::Expr& e, bool inverse, Product& product);

  Builder& builder_;
};

}  // namespace chalktape::lower
