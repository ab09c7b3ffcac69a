// The derivatives that the engine's registry states for the language's functions.
#pragma once

#include <string>

#include "symbolic/language/expression.hpp"

namespace chalktape::notation {

/// ∂f/∂(argument `position`) in terms of the scalar names x (or a and b, where f has two arguments) and y = f(…).
/// Null where the function passes no gradient (step, stop). Throws Error for a name that is no function.
language::Expr local_derivative(const std::string& function, int arity, int position);

}  // namespace chalktape::notation
