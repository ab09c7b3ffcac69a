#include "symbolic/roads/condition.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <string_view>
#include <vector>

#include "engine/derivatives.hpp"
#include "engine/random.hpp"
#include "engine/shapes.hpp"

namespace chalktape::roads {
namespace {

using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::OpKind;
using engine::Tape;
using engine::Tensor;

constexpr double amplitude = 0x1p-38;
constexpr int draws = 4;
constexpr double safety = 4;
constexpr double least_units = 4;

/// Ops whose results need no rounding.
bool is_exact(const Op& op) {
  constexpr std::string_view exact[] = {"negate",  "relu",    "step", "abs", "stop_gradient",
                                        "maximum", "minimum", "max",  "min"};
  return op.kind == OpKind::movement || std::ranges::find(exact, op.name) != std::end(exact);
}

Tensor magnitude(const Tensor& x) {
  std::vector<double> values = x.to_vector();
  for (double& value : values) value = std::abs(value);
  return Tensor::from(x.shape(), values, engine::DType::f64);
}

std::vector<Tensor> magnitudes(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> result;
  for (const Tensor& tensor : tensors) result.push_back(magnitude(tensor));
  return result;
}

/// Σ over all letters of a contraction: the number of products.
double products(const Node& node, const std::vector<Tensor>& operands) {
  const auto letters = engine::letters_of(engine::attributes_as<engine::ContractionPattern>(node.attributes, "noise"));
  double count = static_cast<double>(operands[0].size());
  for (std::size_t axis = 0; axis < letters.b.size(); ++axis)
    if (letters.a.find(letters.b[axis]) == std::string::npos) count *= static_cast<double>(operands[1].shape()[axis]);
  return count;
}

/// The tape's two sweeps with every result a little off.
class NoisySweep {
 public:
  NoisySweep(const Tape& tape, double amplitude, std::uint64_t seed)
      : tape_(tape), amplitude_(amplitude), seed_(seed), values_(tape.size()) {
    for (NodeId node = 0; node < tape.size(); ++node) values_[node] = forward(node);
  }

  [[nodiscard]] std::map<NodeId, Tensor> backward(const Forward& forward) {
    std::map<NodeId, std::vector<double>> cotangents;
    std::vector<NodeId> outputs;
    for (const auto& [output, gradient] : forward.upstream) {
      outputs.push_back(output);
      accumulate(cotangents, output, gradient.to_vector());
    }
    const auto order = engine::backward_order(tape_.graph(), outputs, forward.tensors);
    const std::set<NodeId> on_path(order.begin(), order.end());
    for (const NodeId node : order) {
      const auto found = cotangents.find(node);
      const Op* const op = tape_.graph()[node].op;
      if (found == cotangents.end() || op == nullptr || !op->passes_gradient) continue;
      const Tensor g = Tensor::from(tape_.shape(node), found->second, engine::DType::f64);
      const auto operands = engine::operands_of(tape_.graph(), node);
      for (std::size_t position = 0; position < operands.size(); ++position)
        if (on_path.contains(operands[position]))
          accumulate(cotangents, operands[position], contribution(node, g, static_cast<int>(position)).to_vector());
    }
    std::map<NodeId, Tensor> result;
    for (const NodeId tensor : forward.tensors) {
      const auto found = cotangents.find(tensor);
      result.emplace(tensor, found == cotangents.end()
                                 ? Tensor::zeros(tape_.shape(tensor), engine::DType::f64)
                                 : Tensor::from(tape_.shape(tensor), found->second, engine::DType::f64));
    }
    return result;
  }

 private:
  [[nodiscard]] std::vector<Tensor> operand_values(NodeId node) const {
    std::vector<Tensor> values;
    for (const NodeId operand : engine::operands_of(tape_.graph(), node)) values.push_back(values_[operand]);
    return values;
  }

  [[nodiscard]] Tensor forward(NodeId node) const {
    const Node& what = tape_.graph()[node];
    if (what.role == engine::NodeRole::input) return tape_.value(node);
    if (what.role == engine::NodeRole::constant) {
      const Tensor& value = tape_.value(node);
      const bool is_rounded =
          value.size() == 1 && static_cast<double>(static_cast<float>(value.item())) != value.item();
      return is_rounded ? noisy(value, magnitude(value), node) : value;
    }
    const std::vector<Tensor> operands = operand_values(node);
    Tensor y = what.op->forward(operands, what.attributes);
    if (is_exact(*what.op)) return y;
    if (what.op->kind != OpKind::reduction && what.op->kind != OpKind::contraction) return noisy(y, magnitude(y), node);
    const double terms =
        what.op->kind == OpKind::contraction ? products(what, operands) : static_cast<double>(operands[0].size());
    const Tensor scale = what.op->forward(magnitudes(operands), what.attributes);
    return noisy(y, summing_error(y, scale, terms / static_cast<double>(y.size())), node);
  }

  [[nodiscard]] Tensor contribution(NodeId node, const Tensor& g, int position) const {
    const Node& what = tape_.graph()[node];
    const std::vector<Tensor> operands = operand_values(node);
    const Tensor result = what.op->pullback(g, operands, values_[node], position, what.attributes);
    const std::uint64_t salt = engine::mixed(node, static_cast<std::uint64_t>(position) + 1);
    const bool is_contraction = what.op->kind == OpKind::contraction;
    if (!is_contraction && result.size() >= g.size()) return noisy(result, magnitude(result), salt);
    const double terms = is_contraction ? products(what, operands) : static_cast<double>(g.size());
    const Tensor scale =
        what.op->pullback(magnitude(g), magnitudes(operands), magnitude(values_[node]), position, what.attributes);
    return noisy(result, summing_error(result, magnitude(scale), terms / static_cast<double>(result.size())), salt);
  }

  /// What adding n terms one after the other is off by, in units of roundoff: Σ|terms| where their signs are mixed, and
  /// √n |Σ terms| where the partial sums grow steadily.
  [[nodiscard]] static Tensor summing_error(const Tensor& sum, const Tensor& sum_of_magnitudes, double n) {
    std::vector<double> error = sum_of_magnitudes.to_vector();
    const std::vector<double> sums = sum.to_vector();
    for (std::size_t k = 0; k < error.size(); ++k) error[k] += std::sqrt(n) * std::abs(sums[k]);
    return Tensor::from(sum.shape(), error, engine::DType::f64);
  }

  /// Each entry off by one unit of `scale`, up or down.
  [[nodiscard]] Tensor noisy(const Tensor& x, const Tensor& scale, std::uint64_t salt) const {
    std::vector<double> values = x.to_vector();
    const std::vector<double> scales = scale.to_vector();
    for (std::size_t k = 0; k < values.size(); ++k) {
      const bool up = (engine::mixed(engine::mixed(seed_, salt), std::bit_cast<std::uint64_t>(values[k])) & 1U) != 0;
      values[k] += (up ? amplitude_ : -amplitude_) * scales[k];
    }
    return Tensor::from(x.shape(), values, engine::DType::f64);
  }

  static void accumulate(std::map<NodeId, std::vector<double>>& cotangents, NodeId node, const std::vector<double>& g) {
    auto& total = cotangents.try_emplace(node, g.size(), 0.0).first->second;
    for (std::size_t k = 0; k < g.size(); ++k) total[k] += g[k];
  }

  const Tape& tape_;
  double amplitude_;
  std::uint64_t seed_;
  std::vector<Tensor> values_;
};

}  // namespace

double unit_roundoff(engine::DType dtype) { return dtype == engine::DType::f32 ? 0x1p-24 : 0x1p-53; }

std::map<std::string, double> rounding_response(const Problem& problem) {
  Tape tape;
  const Forward forward = record_forward(tape, problem, engine::DType::f64);
  const auto exact = NoisySweep(tape, 0, 0).backward(forward);
  std::map<std::string, double> response;
  for (int draw = 0; draw < draws; ++draw) {
    const auto noisy = NoisySweep(tape, amplitude, engine::mixed(problem.seed, 0x2000U + draw)).backward(forward);
    for (std::size_t t = 0; t < forward.tensors.size(); ++t) {
      double& worst = response[problem.layer.tensors[t].name];
      const auto a = exact.at(forward.tensors[t]).to_vector();
      const auto b = noisy.at(forward.tensors[t]).to_vector();
      for (std::size_t k = 0; k < a.size(); ++k)
        worst = std::max(worst, engine::disagreement(a[k], b[k]) / amplitude * unit_roundoff(problem.dtype));
    }
  }
  return response;
}

double tolerance(double response, engine::DType dtype) {
  return safety * (least_units * unit_roundoff(dtype) + response);
}

double difference_tolerance(double response, engine::DType dtype) {
  const double u = unit_roundoff(engine::DType::f64);
  return safety * std::sqrt(least_units * u + response / unit_roundoff(dtype) * u);
}

}  // namespace chalktape::roads
