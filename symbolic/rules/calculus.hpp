// Differentiation of formulas in index notation.
#pragma once

#include <string>
#include <vector>

#include "symbolic/rules/rule.hpp"

namespace chalktape::rules {

/// ∂e/∂with_respect_to. Accesses of the same name give deltas. Definitions in `held` (and all names that are not
/// definitions) are constants; of the others the partial derivative is left written down.
/// At kinks as the language says: step(0) = 0, abs'(0) = 0, ties of max and min share equally. Throws notation::Error
/// for a function that has no derivative in the engine's registry.
ex differentiate(const ex& e, const notation::Access& with_respect_to, const std::vector<std::string>& held);

}  // namespace chalktape::rules
