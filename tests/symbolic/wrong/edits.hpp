// Single mistakes at random places of a right formula, and changes that leave its value as it is.
#pragma once

#include <string>
#include <vector>

#include "engine/tensor/random.hpp"
#include "symbolic/claims/claims.hpp"

namespace chalktape::wrong_claims {

struct Edited {
  std::string kind;  ///< "index", "sign", …; "condition: …" inside the argument of step, abs, relu, max or min
  language::Expr formula{};
};

/// One mistake: its kind is drawn first, then its place. `claimed` is no name that it may bring in.
[[nodiscard]] Edited random_mistake(const claims::Scope& scope, const language::Expr& formula,
                                    const std::vector<language::Index>& free, const std::string& claimed,
                                    engine::Random& random);

/// The same value, written otherwise; now and then the formula as it is.
[[nodiscard]] Edited random_rewriting(const language::Expr& formula, const std::vector<language::Index>& free,
                                      engine::Random& random);

}  // namespace chalktape::wrong_claims
