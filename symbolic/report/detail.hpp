// How much of a derivation is shown.
#pragma once

#include <vector>

#include "symbolic/derive/derivation.hpp"

namespace chalktape::report {

enum class Detail {
  brief,   ///< what a lecturer puts on a slide: the chain rule, the gradient it gives, what vanishes, the result
  normal,  ///< bookkeeping between two ideas in one step
  full,    ///< every rewrite
};

/// Whether the step is several in one whose reasons would be longer than what they explain: brief, its rules are named
/// and nothing else is said.
bool speaks_for_itself(const derive::Step& step, Detail detail);

/// The steps as they are shown: some of them joined into one, which then names all their rules ("contract-delta,
/// pull-out"), gives all their reasons and has the checks of the last. The first `before` and the last `after` stay.
std::vector<derive::Step> at_detail(const std::vector<derive::Step>& steps, Detail detail);

}  // namespace chalktape::report
