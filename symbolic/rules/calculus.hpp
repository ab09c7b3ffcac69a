// Differentiation of formulas in index notation.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "symbolic/rules/rule.hpp"

namespace chalktape::rules {

/// Gives the derivative of a node's operand.
using InnerDerivative = std::function<ex(const ex&)>;

/// ∂e/∂with_respect_to. Accesses of the same name give deltas. Definitions in `held` (and all names that are not
/// definitions) are constants; of the others the partial derivative is left written down. With `inner`, only the
/// outermost node's law is applied, and the derivatives of its operands are what `inner` says.
/// At kinks as the language says: step(0) = 0, abs'(0) = 0, ties of max and min share equally. Throws notation::Error
/// for a function that has no derivative in the engine's registry.
ex differentiate(const ex& e, const notation::Access& with_respect_to, const std::vector<std::string>& held,
                 const InnerDerivative& inner = {});

/// Whether e depends on `variable`, directly or through definitions that are not held. O(size of the definitions).
bool varies(const ex& e, const std::string& variable, const std::vector<std::string>& held, const Context& context);

/// Those of `held` that e depends on when they are held: all that ∂e/∂variable need name after its semicolon.
std::vector<std::string> relevant(const std::vector<std::string>& held, const ex& e, const std::string& variable,
                                  const Context& context);

}  // namespace chalktape::rules
