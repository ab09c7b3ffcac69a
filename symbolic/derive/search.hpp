// The search for the best form of a gradient.
#pragma once

#include "symbolic/derive/path.hpp"

namespace chalktape::derive {

/// What is searched for: how long a search goes on without finding a better form, and what counts as one.
enum class Effort {
  result,        ///< where no number comes of what it is computed from, none comes of it
  intermediate,  ///< the gradient of one: as long, but for its formula alone
  on_the_way,    ///< to a result, which has a search of its own
};

/// Best-first over the moves that need judgement (unfold a name, fold one, solve a definition, multiply out), each
/// followed by `settle`, under rules::cost. Ends when a few expansions in a row have found nothing better, or after 300
/// formulas or 50,000 nodes of them: not by the clock, so that every machine finds the same; only the context's
/// deadline ends it early, and marks the path. The path to the best formula found; which one that is does not depend on
/// GiNaC's order. Ends as well where a formula with the goal's key is met: that form is wanted.
Path search(const Path& start, const rules::Context& context, Effort effort, const std::optional<ex>& goal = {});

}  // namespace chalktape::derive
