// Applying rules to whole expressions.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "symbolic/rules/memo.hpp"

namespace chalktape::rules {

/// Applies a rule wherever it matches, operands before the node they belong to, each place once. `where` restricts the
/// nodes. The sentences of the places are joined, each once. Nothing where it matches nowhere (or changes nothing).
std::optional<Rewrite> apply_everywhere(const Rule& rule, const ex& e, const Context& context,
                                        const Target& target = {}, const std::function<bool(const ex&)>& where = {});

/// Applies the rules in turn, again and again, until none matches. Throws std::runtime_error after 1,000 rewritings:
/// the rules named are then not terminating together, which is a defect.
ex exhaust(std::span<const std::string_view> rules, const ex& e, const Context& context);

/// All products of sums multiplied out and all sums split, pulled out and contracted: the form in which cancellations
/// show. Nothing where it would have more than 400 terms.
std::optional<ex> expanded(const ex& e, const Context& context);

}  // namespace chalktape::rules
