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

/// The steps as they are shown: some of them joined into one, which then names all their rules ("contract-delta,
/// pull-out"), gives all their reasons and has the checks of the last. The first `before` and the last `after` stay.
std::vector<derive::Step> at_detail(const std::vector<derive::Step>& steps, Detail detail);

}  // namespace chalktape::report
