// Names for the roots in a layer's formulas.
#pragma once

#include <vector>

#include "symbolic/language/layer.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/rules/rule.hpp"

namespace chalktape::derive {

/// Gives every root power of a formula that depends on data, (σ²+ε)^(-1/2), a name: `istd` where the exponent is
/// negative, `std` where it is positive, numbered where the layer has the name already. A root that the layer itself
/// defines keeps the layer's name. Adds the names to the symbols and, to the context's known names, the layer's
/// definitions and the introduced ones in order, written with the names. Roots inside a reduction keep their form.
void name_roots(const language::Layer& layer, notation::LayerFormulas& formulas, rules::Context& context);

}  // namespace chalktape::derive
