// Where a formula may come to no number though its value is one: division by what may vanish or overflow, and factors
// that may overflow.
#pragma once

#include "symbolic/rules/rule.hpp"

namespace chalktape::rules {

/// Whether (n·e)/e is n in floating point wherever n is modest: e is a number or a size, or stays away from 0 (var +
/// eps) and does not grow like an exponential. A function's value is none of these, nor is a tensor's entry, by itself
/// or by name. A reciprocal is, of what does not grow like an exponential: dividing by it is multiplying.
[[nodiscard]] bool divides_safely(const ex& e, const Context& context);

/// Distinct divisors in e that are not safe in this sense, and distinct factors that may overflow like an exponential:
/// what the same formula in another form may do without. Those in gradients that are computed for its sake are counted.
[[nodiscard]] int count_hazards(const ex& e, const Context& context);

/// Of an intermediate's gradient, which results may or may not use, only its own divisors that are a function's value,
/// by themselves or by name: a gate, say; or such a gate's reciprocal as a factor, 1 + exp(-x).
[[nodiscard]] int functions_below(const ex& e, const Context& context);

}  // namespace chalktape::rules
