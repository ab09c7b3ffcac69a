// Gradients by central difference, and the check of the tape's gradients against them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/tape/tape.hpp"

namespace chalktape::engine {

using UpstreamGradients = std::span<const std::pair<NodeId, Tensor>>;

/// |a − b| / max(1, |a| + |b|): relative for large values, absolute for small ones. Infinity if exactly one is finite
/// or either is NaN.
[[nodiscard]] double disagreement(double a, double b);

/// Vector-Jacobian products: the gradients of Σ ⟨upstream gradient, output⟩, in the order of `with_respect_to`. One
/// backward sweep. Throws Error as Tape::backward does.
[[nodiscard]] std::vector<Tensor> vjp(const Tape& tape, UpstreamGradients upstream_gradients,
                                      std::span<const NodeId> with_respect_to, NoPath no_path = NoPath::refuse);
/// The gradients of an output of one element (else Error), in the order of `with_respect_to`.
[[nodiscard]] std::vector<Tensor> gradient(const Tape& tape, NodeId loss, std::span<const NodeId> with_respect_to,
                                           NoPath no_path = NoPath::refuse);

/// Hessian-vector products Σ_q ∂²loss/∂p∂q v_q for each p of `with_respect_to`, where v has a direction for each in its
/// shape (else Error). The loss has one element. Records the backward sweep on the tape, then sweeps back over both: a
/// small multiple of the loss's own cost. Where the gradient does not depend on p the product is zero.
[[nodiscard]] std::vector<Tensor> hvp(Tape& tape, NodeId loss, std::span<const NodeId> with_respect_to,
                                      std::span<const Tensor> v);

/// ∂y/∂x, of the shape of y followed by that of x. One backward sweep for each element of y.
[[nodiscard]] Tensor jacobian(const Tape& tape, NodeId y, NodeId x, NoPath no_path = NoPath::refuse);

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

/// Compares the tape's gradients with central differences, entry by entry. A gradient without a path counts as zero.
[[nodiscard]] GradCheck grad_check(const Tape& tape, UpstreamGradients upstream_gradients,
                                   std::span<const NodeId> with_respect_to, double step = 6e-6);

}  // namespace chalktape::engine
