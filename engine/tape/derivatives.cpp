#include "engine/tape/derivatives.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "engine/tape/draw.hpp"
#include "engine/tensor/tensor_functions.hpp"

namespace chalktape::engine {

double disagreement(double a, double b) {
  if (a == b) return 0;  // equal infinities too
  if (!std::isfinite(a) || !std::isfinite(b)) return std::numeric_limits<double>::infinity();
  return std::abs(a - b) / std::max(1.0, std::abs(a) + std::abs(b));
}

std::vector<Tensor> vjp(const Tape& tape, UpstreamGradients upstream_gradients, std::span<const NodeId> with_respect_to,
                        NoPath no_path) {
  const Gradients gradients = tape.backward(upstream_gradients, with_respect_to, nullptr, no_path);
  std::vector<Tensor> result;
  for (const NodeId node : with_respect_to) result.push_back(gradients.of(node));
  return result;
}

namespace {

// The upstream gradient of a loss by itself.
Tensor one_for(const Tape& tape, NodeId loss, std::string_view what) {
  if (tape.value(loss).size() != 1) {
    throw Error(fmt::format("{}: '{}' of shape {} is not a single number", what, display_name(tape.graph(), loss),
                            to_text(tape.shape(loss))));
  }
  return Tensor::full(tape.shape(loss), 1, tape.dtype(loss));
}

}  // namespace

std::vector<Tensor> gradient(const Tape& tape, NodeId loss, std::span<const NodeId> with_respect_to, NoPath no_path) {
  return vjp(tape, std::array{std::pair{loss, one_for(tape, loss, "gradient")}}, with_respect_to, no_path);
}

std::vector<Tensor> hvp(Tape& tape, NodeId loss, std::span<const NodeId> with_respect_to, std::span<const Tensor> v) {
  if (v.size() != with_respect_to.size()) {
    throw Error(fmt::format("hvp: {} directions for {} values", v.size(), with_respect_to.size()));
  }
  const NodeId one = tape.constant(one_for(tape, loss, "hvp"));
  const std::vector<NodeId> slopes =
      tape.record_backward(std::array{std::pair{loss, one}}, with_respect_to, NoPath::zero);
  std::vector<std::pair<NodeId, Tensor>> directions;
  for (std::size_t k = 0; k < slopes.size(); ++k) directions.emplace_back(slopes[k], v[k]);
  return vjp(tape, directions, with_respect_to, NoPath::zero);
}

Tensor jacobian(const Tape& tape, NodeId y, NodeId x, NoPath no_path) {
  const std::int64_t rows = tape.value(y).size();
  const std::int64_t columns = tape.value(x).size();
  Shape shape = tape.shape(y);
  for (const std::int64_t length : tape.shape(x)) shape.push_back(length);
  Tensor result = Tensor::zeros(shape, tape.dtype(x));
  for (std::int64_t i = 0; i < rows; ++i) {
    Tensor unit = Tensor::zeros(tape.shape(y), tape.dtype(y));
    unit.set_item(i, 1);
    const Tensor row = vjp(tape, std::array{std::pair{y, unit}}, std::array{x}, no_path).front();
    for (std::int64_t j = 0; j < columns; ++j) result.set_item(i * columns + j, row.item(j));
  }
  return result;
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
  const Gradients gradients = tape.backward(upstream_gradients, with_respect_to, nullptr, NoPath::zero);
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
