// The direct style: Σ_kl ∂L/∂y_kl · ∂y_kl/∂x_ij with the whole Jacobian, its deltas and the product rule on display.
#pragma once

#include <functional>

#include "symbolic/derive/workspace.hpp"

namespace chalktape::derive {

/// The gradients that the staged derivation's results need, each derived from the Jacobians of what it feeds: the
/// outputs, or an intermediate whose gradient is derived as well. Searches for the staged forms first.
Derivation derive_direct(Workspace& workspace, const Derivation& staged, const std::function<void(double)>& progress);

}  // namespace chalktape::derive
