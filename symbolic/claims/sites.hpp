// The places in a formula at which it can be changed.
#pragma once

#include <cstddef>
#include <vector>

#include "symbolic/language/expression.hpp"

namespace chalktape::claims {

/// A node of a formula.
struct Site {
  language::Expr node;
  std::vector<std::size_t> path;         ///< operand numbers from the root
  std::vector<language::Index> indices;  ///< that may stand there: the formula's free ones, then bound ones
  language::Expr parent{};               ///< null at the root
  [[nodiscard]] std::size_t operand() const { return path.empty() ? 0 : path.back(); }
  /// An operand of a sum or difference, a body, an argument, or the formula itself; not a factor of a product.
  [[nodiscard]] bool is_term() const;
};

/// All nodes that may be changed, the root first, in the order in which they are read. What `diff` differentiates and
/// an exponent are left as they are.
[[nodiscard]] std::vector<Site> sites_of(const language::Expr& e, const std::vector<language::Index>& free);

/// The formula with another node at that place.
[[nodiscard]] language::Expr replaced(const language::Expr& e, const std::vector<std::size_t>& path,
                                      const language::Expr& node);

/// Free letters replaced; bound ones are renamed where they would capture them.
[[nodiscard]] language::Expr with_letters(const language::Expr& e, const std::vector<language::Index>& from,
                                          const std::vector<language::Index>& to);

/// Bound letters renamed so that none is bound inside its own scope, nor is one of `free`: what the language demands.
[[nodiscard]] language::Expr without_shadows(const language::Expr& e, const std::vector<language::Index>& free);

/// The same value without indices that are summed over and stand nowhere: Σ_k a is N a. The language wants each to be
/// used.
[[nodiscard]] language::Expr without_idle_indices(const language::Expr& e);

/// The letters that are free in e, in order of first appearance; literals are none.
[[nodiscard]] std::vector<language::Index> free_letters(const language::Expr& e);

}  // namespace chalktape::claims
