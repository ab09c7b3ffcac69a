#include "engine/derivatives.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "engine/draw.hpp"
#include "engine/tensor_functions.hpp"

namespace chalktape::engine {

double disagreement(double a, double b) {
  if (a == b) return 0;  // equal infinities too
  if (!std::isfinite(a) || !std::isfinite(b)) return std::numeric_limits<double>::infinity();
  return std::abs(a - b) / std::max(1.0, std::abs(a) + std::abs(b));
}

Tensor central_difference(const Tape& tape, UpstreamGradients upstream_gradients, NodeId x, double step) {
  if (tape.dtype(x) != DType::f64) throw Error("central difference: the tape must be f64");
  // Σ g·(y₊ − y₋), differences first: the loss itself could be far larger than its change.
  const auto change = [&](const std::vector<Tensor>& plus, const std::vector<Tensor>& minus) {
    double total = 0;
    for (const auto& [output, gradient] : upstream_gradients) {
      const Tensor terms = gradient * (plus[output] - minus[output]);
      for (const double term : terms.to_vector()) total += term;
    }
    return total;
  };
  Tensor result = Tensor::zeros(tape.shape(x), DType::f64);
  for (std::int64_t i = 0; i < result.size(); ++i) {
    const double at = tape.value(x).item(i);
    const double h = step * std::max(1.0, std::abs(at));
    const auto moved_to = [&](double value) {
      Tensor moved = tape.value(x).copy();
      moved.set_item(i, value);
      return tape.replay(std::array{std::pair{x, moved}}, Tape::Stops::freeze);
    };
    // Divided by the distance that the rounded points really have.
    const double distance = (at + h) - (at - h);
    result.set_item(i, change(moved_to(at + h), moved_to(at - h)) / distance);
  }
  return result;
}

std::string GradCheck::to_text(const Graph& graph) const {
  return fmt::format("{}[{}]: tape {}, central difference {}, disagreement {}", gradient_name(graph, node), index,
                     analytic, numeric, worst);
}

GradCheck grad_check(const Tape& tape, UpstreamGradients upstream_gradients, std::span<const NodeId> with_respect_to,
                     double step) {
  const Gradients gradients = tape.backward(upstream_gradients, with_respect_to);
  GradCheck check;
  bool first = true;
  for (const NodeId x : with_respect_to) {
    const Tensor numeric = central_difference(tape, upstream_gradients, x, step);
    const Tensor& analytic = gradients.of(x);
    for (std::int64_t i = 0; i < numeric.size(); ++i) {
      const double worst = disagreement(analytic.item(i), numeric.item(i));
      if (!first && worst <= check.worst) continue;
      first = false;
      check = {worst, x, i, analytic.item(i), numeric.item(i)};
    }
  }
  return check;
}

}  // namespace chalktape::engine
