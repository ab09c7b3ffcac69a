// Gradients by central difference, and the check of the tape's gradients against them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "engine/tape.hpp"

namespace chalktape::engine {

using UpstreamGradients = std::span<const std::pair<NodeId, Tensor>>;

/// |a − b| / max(1, |a| + |b|): relative for large values, absolute for small ones. Infinity if exactly one is finite
/// or either is NaN.
[[nodiscard]] double disagreement(double a, double b);

/// ∂/∂x Σ ⟨upstream gradient, output⟩ by central differences (f(x+h) − f(x−h)) / 2h with h = step·max(1, |x|), one
/// entry of x at a time: two replays an entry. The tape must be f64 (else Error). Results of stop_gradient stay frozen.
[[nodiscard]] Tensor central_difference(const Tape& tape, UpstreamGradients upstream_gradients, NodeId x,
                                        double step = 6e-6);

struct GradCheck {
  double worst = 0;  ///< the largest disagreement
  NodeId node = 0;   ///< with respect to which it occurs …
  std::int64_t index = 0;
  double analytic = 0;
  double numeric = 0;
  /// "dx[7]: tape 1.5, central difference 1.25, disagreement 0.09"
  [[nodiscard]] std::string to_text(const Graph& graph) const;
};

/// Compares the tape's gradients with central differences, entry by entry.
[[nodiscard]] GradCheck grad_check(const Tape& tape, UpstreamGradients upstream_gradients,
                                   std::span<const NodeId> with_respect_to, double step = 6e-6);

}  // namespace chalktape::engine
