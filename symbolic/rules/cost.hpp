// What a formula costs, so that a search knows which of two equal formulas is better.
#pragma once

#include <set>
#include <string>

#include "symbolic/rules/rule.hpp"

namespace chalktape::rules {

/// The cost of e as part of the whole program: every operation weighs 8^(number of indices its value depends on), which
/// rewards what can be hoisted out of loops; a sum weighs most; a repeated sum is paid once. A name that is neither a
/// forward value nor a wanted gradient costs its share of what it takes to compute it. The same whatever the order and
/// the signs of terms. O(size · log size).
double cost(const ex& e, const Context& context);

/// Distinct sums that computing e needs beyond what is free, those inside names that are not free included.
int count_sums(const ex& e, const Context& context);

}  // namespace chalktape::rules
