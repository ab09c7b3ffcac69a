// What a gradient's formula needs, counted for people.
#pragma once

#include "symbolic/derive/derivation.hpp"
#include "symbolic/rules/rule.hpp"

namespace chalktape::derive {

/// Operations of a formula as it is written, a mean counted as the sum and the quotients that it is.
int operations(const language::Expr& e);

/// Sums beyond what is there anyway, passes over arrays, operations of the formula as printed.
Cost measure(const notation::ex& e, const rules::Context& context);

}  // namespace chalktape::derive
