// From a layer to the derivation of its gradients.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"

namespace chalktape::derive {

/// The derivation cannot be made in the time given, or does not pass its checks.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Options {
  Style style = Style::staged;
  double timeout_seconds = 30;
  std::function<void(double)> progress{};  ///< is told the part of the gradients that are derived
};

/// Derives the gradients of all the layer's tensors. Both styles end in the same forms wherever the direct one finds
/// the staged one's. The steps are not checked yet: that is check::verify's work, and nothing is shown before it.
/// Throws Error where time runs out, notation::Error for a formula beyond the limits.
Derivation derive(const language::Layer& layer, const Options& options = {});

/// Derives ∂e/∂x through all definitions, for each tensor x of `tensors`: the Jacobian, deltas and all, e's free
/// indices before x's. `indices` are those free in e. Errors as above.
Derivation derive_jacobian(const language::Layer& layer, const language::Expr& e,
                           const std::vector<language::Index>& indices, const std::vector<std::string>& tensors,
                           const Options& options = {});

}  // namespace chalktape::derive
