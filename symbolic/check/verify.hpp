// Every step of a derivation, checked.
#pragma once

#include "symbolic/derive/derive.hpp"

namespace chalktape::check {

/// Checks each step of the derivation and records how. Throws derive::Error, naming the step, where one does not hold:
/// a derivation that is wrong anywhere is shown nowhere. Throws check::Error where the layer, or a step, cannot be
/// evaluated at any point.
void verify(derive::Derivation& derivation);

/// derive::derive, verified: what every caller that shows or uses a derivation wants.
derive::Derivation verified_derivation(const language::Layer& layer, const derive::Options& options = {});

/// derive::derive_jacobians, verified.
derive::Derivation verified_jacobians(const language::Layer& layer,
                                      const std::vector<notation::FreeExpression>& derivatives,
                                      const derive::Options& options = {});

}  // namespace chalktape::check
