// Single mistakes, as people make them, put into a right formula.
#pragma once

#include <string>
#include <vector>

#include "symbolic/claims/claims.hpp"

namespace chalktape::tests {

struct Mutant {
  std::string kind;  ///< "sign", "factor 2", "size dropped", "index", "name", "power", "term dropped"
  language::Expr formula;
};

/// At most `each` of every kind, spread over the formula: written without the repair's own edits.
std::vector<Mutant> mutants_of(const claims::Scope& scope, const language::Expr& formula,
                               const std::vector<language::Index>& free, std::size_t each);

}  // namespace chalktape::tests
