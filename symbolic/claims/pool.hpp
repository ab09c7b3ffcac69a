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
};

/// Tensors, definitions, the claim's own names, gradients of outputs and of everything else, constants and sizes.
[[nodiscard]] std::vector<Name> names_in_scope(const Scope& scope);

/// Names with indices, and what stands under roots and powers in the formula, that may multiply a term in which these
/// indices stand. A bound index that nothing in the formula's term needs is left out by the caller's test, not here.
[[nodiscard]] std::vector<language::Expr> factors_for(const Scope& scope, const language::Expr& formula,
                                                      const std::vector<language::Index>& indices);

/// Terms of the relatives, of the formula and of the layer's definitions, each once, then single names. Their letters
/// are those of where they stand.
[[nodiscard]] std::vector<language::Expr> terms_for(const Scope& scope, const language::Expr& formula,
                                                    const std::vector<language::Expr>& relatives);

/// The term with its free letters replaced by these indices, in every way in which the ranges fit, up to a limit.
[[nodiscard]] std::vector<language::Expr> fitted_terms(const language::Expr& term,
                                                       const std::vector<language::Index>& indices);

}  // namespace chalktape::claims
