// From a layer to the derivation of its gradients.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/notation/resolve.hpp"

namespace chalktape::derive {

/// The derivation cannot be made, or does not pass its checks.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Options {
  Style style = Style::staged;
  /// After which searches end: each gradient then is the best formula found so far, and marked.
  double timeout_seconds = 30;
  std::function<void(double)> progress{};  ///< is told the part of the gradients that are derived
};

/// Derives the gradients of all the layer's tensors. Both styles end in the same forms wherever the direct one finds
/// the staged one's. The steps are not checked yet: that is check::verify's work, and nothing is shown before it.
/// Throws Error for a layer that divides by 0, notation::Error for a formula beyond the limits.
Derivation derive(const language::Layer& layer, const Options& options = {});

/// The derivatives `diff(e, x[…])` of an expression in the layer's names, for each name of `by` (tensors or
/// definitions; empty: all tensors that e depends on), x's indices in letters of their own. An e that is a derivative
/// itself, `diff(e, x[i,j]; held)`, is the only one, and `by` must be empty. Throws std::invalid_argument, in the
/// user's terms, where there is nothing to derive.
std::vector<notation::FreeExpression> derivatives_of(const language::Layer& layer, const notation::FreeExpression& e,
                                                     const std::vector<std::string>& by);

/// Derives each of `derivatives`, trees `diff(e, x[i,j]; held)`, in terms of forward values: the Jacobian, deltas and
/// all. A derivation whose gradients these are. Errors as above.
Derivation derive_jacobians(const language::Layer& layer, const std::vector<notation::FreeExpression>& derivatives,
                            const Options& options = {});

}  // namespace chalktape::derive
