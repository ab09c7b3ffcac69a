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
  double timeout_seconds = 30;
  std::function<void(double)> progress{};  ///< is told the part of the gradients that are derived
};

/// Derives the gradients of all the layer's tensors, staged. The steps are not checked yet: that is check::verify's
/// work, and nothing is shown before it. Throws Error where time runs out, notation::Error for a formula beyond the
/// limits.
Derivation derive(const language::Layer& layer, const Options& options = {});

}  // namespace chalktape::derive
