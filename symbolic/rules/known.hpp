// What rules that use known names have in common.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "symbolic/rules/memo.hpp"

namespace chalktape::rules {

/// Tries the formula at every tuple of the node's free indices with fitting ranges, in the order of their names.
std::optional<Rewrite> at_indices(const notation::Formula& formula, const ex& node,
                                  const std::function<std::optional<Rewrite>(const exvector&)>& attempt);

ex name_at(const Known& known, const exvector& indices, const Context& context);

/// All known names, or the target alone.
std::vector<const Known*> candidates(const Context& context, const Target& target);

/// "mu[j] = 1/N*sum[i](x[i,j])".
present::Sentence definition_of(const Known& known, const exvector& indices, const Context& context);
/// "by definition mu[j] = 1/N*sum[i](x[i,j])".
present::Sentence by_definition(const Known& known, const exvector& indices, const Context& context);

/// Whether the expressions may differ in their indices only.
bool may_hold_the_same_names(const ex& a, const ex& b);

/// The sum in a formula `coefficient * Σ…`, as it stands, if that is what it is.
std::optional<ScaledSum> as_scaled_sum(const ex& value);

/// The sum in a formula `coefficient * Σ…`, constants and signs outside the sum as a settled formula has them. Nothing
/// where it is not of that form, or the coefficient may be 0: then the sum cannot be had from the name.
std::optional<ScaledSum> settled_sum(const ex& value, const Context& context);

}  // namespace chalktape::rules
