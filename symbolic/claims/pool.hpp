// What a claim's formula could have had in it: the names of its scope, and the terms of formulas that are related to
// it.
#pragma once

#include <string>
#include <vector>

#include "symbolic/claims/claims.hpp"

namespace chalktape::claims {

struct Name {
  std::string name;
  std::vector<std::string> ranges{};
  language::Role role = language::Role::unresolved;
  bool is_intermediate_gradient = false;
};

/// Tensors, definitions, the claim's own names, gradients of outputs and of everything else, constants and sizes.
[[nodiscard]] std::vector<Name> names_in_scope(const Scope& scope);

/// Names with indices, and what divides, stands under roots and powers or is a function's value in the formula, its
/// relatives and the layer's definitions: what may have to multiply or divide a term in which these indices stand.
[[nodiscard]] std::vector<language::Expr> factors_for(const Scope& scope, const language::Expr& formula,
                                                      const std::vector<language::Expr>& relatives,
                                                      const std::vector<language::Index>& indices);

/// Terms of the relatives, of the formula and of the layer's definitions, each once. Their letters are those of where
/// they stand.
[[nodiscard]] std::vector<language::Expr> terms_for(const Scope& scope, const language::Expr& formula,
                                                    const std::vector<language::Expr>& relatives);

/// The numbers that stand in the formula, its relatives and the layer's definitions, each once, and the constants.
[[nodiscard]] std::vector<language::Expr> numbers_for(const Scope& scope, const language::Expr& formula,
                                                      const std::vector<language::Expr>& relatives);

/// The functions of one argument that are most often forgotten, and those of the formula, its relatives and the layer's
/// definitions.
[[nodiscard]] std::vector<std::string> functions_for(const Scope& scope, const language::Expr& formula,
                                                     const std::vector<language::Expr>& relatives);

/// Everything of at most that many nodes that stands in the relatives, the formula and the layer's definitions, each
/// once: no numbers, no single names.
[[nodiscard]] std::vector<language::Expr> parts_for(const Scope& scope, const language::Expr& formula,
                                                    const std::vector<language::Expr>& relatives, int most_nodes);

/// Single names, in letters that fitted_terms replaces by whatever fits.
[[nodiscard]] std::vector<language::Expr> names_as_terms(const Scope& scope);

/// The term with its free letters replaced by these indices, in every way in which the ranges fit, up to a limit.
[[nodiscard]] std::vector<language::Expr> fitted_terms(const language::Expr& term,
                                                       const std::vector<language::Index>& indices);

}  // namespace chalktape::claims
