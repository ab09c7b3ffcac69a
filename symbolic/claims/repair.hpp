// The one small change that makes a wrong formula right.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "symbolic/claims/judge.hpp"

namespace chalktape::claims {

struct Repair {
  std::string advice;  ///< "x[k,j] should be xhat[k,j]"
  language::Expr formula{};
  std::string text{};  ///< the formula repaired, as the text would write it
};

/// Tries single changes of `wrong`, which is not `truth`: see edits.hpp. Each is tested at one point first, entry by
/// entry; what passes is judged like a claim. Nothing where no change is found within the work that is allowed, which
/// is counted in operations: the same on every machine. `relatives`: formulas whose terms may be missing.
[[nodiscard]] std::optional<Repair> find_repair(Judge& judge, const std::vector<language::Index>& indices,
                                                const language::Expr& truth, const language::Expr& wrong,
                                                const std::vector<language::Expr>& relatives);

}  // namespace chalktape::claims
