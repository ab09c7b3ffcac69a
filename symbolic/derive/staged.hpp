// The staged style: reverse mode on formulas, through named intermediates.
#pragma once

#include <functional>

#include "symbolic/derive/workspace.hpp"

namespace chalktape::derive {

/// The gradients of the layer's tensors, and of the intermediates between them and the outputs. `progress` is told the
/// part of the gradients that are derived.
Derivation derive_staged(Workspace& workspace, const std::function<void(double)>& progress);

}  // namespace chalktape::derive
