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
  std::string text{};     ///< the formula repaired, as the text would write it
  derive::Proof proof{};  ///< that it is right; where it is not proved, it was judged by numbers
};

/// The single change of `wrong`, which is not `truth`, that makes it right: see edits.hpp. Of those that are found the
/// one that changes the fewest nodes, and of these the shortest formula. Each is looked at in doubles at several points
/// first (screen.hpp); what passes is judged like a claim, `further` comparisons being still to come. None uses what is
/// claimed or what is computed from it. Nothing where no change is found within the work that is allowed, which is
/// counted in operations: the same on every machine. `relatives`: formulas whose terms may be missing.
[[nodiscard]] std::optional<Repair> find_repair(Judge& judge, const std::vector<language::Index>& indices,
                                                const language::Expr& truth, const language::Expr& wrong,
                                                const std::vector<language::Expr>& relatives, std::size_t further);

}  // namespace chalktape::claims
