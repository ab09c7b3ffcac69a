#include "symbolic/roads/noisy_sweep.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <string_view>

#include "engine/tape/derivatives.hpp"
#include "engine/tensor/random.hpp"
#include "engine/tensor/shapes.hpp"

namespace chalktape::roads {

using engine::DType;
using engine::Node;
using engine::NodeId;
using engine::Op;
using engine::OpKind;
using engine::Tape;
using engine::Tensor;

namespace {

constexpr std::string_view with_kink[] = {"relu", "step", "abs", "maximum", "minimum", "max", "min"};

/// Ops whose results need no rounding.
bool is_exact(const Op& op) {
  return op.kind == OpKind::movement || has_kink(op) || op.name == "negate" || op.name == "stop_gradient";
}

/// f of each entry.
template <class F>
Tensor mapped(const Tensor& x, F f) {
  std::vector<double> values = x.to_vector();
  for (double& value : values) value = f(value);
  return Tensor::from(x.shape(), values, DType::f64);
}

Tensor magnitude(const Tensor& x) {
  return mapped(x, [](double value) { return std::abs(value); });
}

std::vector<Tensor> magnitudes(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> result;
  for (const Tensor& tensor : tensors) result.push_back(magnitude(tensor));
  return result;
}

Tensor hashed(const Tensor& x, std::uint64_t salt) {
  return mapped(x, [&](double value) {
    return 1 + 0x1p-52 * static_cast<double>(engine::mixed(std::bit_cast<std::uint64_t>(value + 0.0), salt) >> 12U);
  });
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0;
  for (const char c : text) hash = engine::mixed(hash, static_cast<unsigned char>(c));
  return hash;
}

/// One number from those that each entry is computed from.
Tensor combined(const Node& node, const std::vector<Tensor>& operands) {
  switch (node.op->kind) {
    case OpKind::unary_function:
    case OpKind::unary_atom:
      return operands[0];
    case OpKind::binary: {
      const std::vector<Tensor> both{operands[0], mapped(operands[1], [](double f) { return f * f; })};
      return engine::op_named("multiply").forward(both, {});
    }
    case OpKind::reduction:
      return engine::op_named("sum").forward(operands, node.attributes);
    case OpKind::movement:
    case OpKind::contraction:
      break;
  }
  return node.op->forward(operands, node.attributes);
}

/// Σ over all letters of a contraction: the number of products.
double products(const Node& node, const std::vector<Tensor>& operands) {
  const auto letters = engine::letters_of(engine::attributes_as<engine::ContractionPattern>(node.attributes, "noise"));
  double count = static_cast<double>(operands[0].size());
  for (std::size_t axis = 0; axis < letters.b.size(); ++axis)
    if (letters.a.find(letters.b[axis]) == std::string::npos) count *= static_cast<double>(operands[1].shape()[axis]);
  return count;
}

/// What adding n terms one after the other is off by, in units of roundoff: Σ|terms| where their signs are mixed, and
/// √n |Σ terms| where the partial sums grow steadily.
Tensor summing_error(const Tensor& sum, const Tensor& sum_of_magnitudes, double n) {
  std::vector<double> error = sum_of_magnitudes.to_vector();
  const std::vector<double> sums = sum.to_vector();
  for (std::size_t k = 0; k < error.size(); ++k) error[k] += std::sqrt(n) * std::abs(sums[k]);
  return Tensor::from(sum.shape(), error, DType::f64);
}

/// Entry by entry. What is not a number is on no side.
bool equal_numbers(const Tensor& a, const Tensor& b) {
  const std::vector<double> left = a.to_vector();
  const std::vector<double> right = b.to_vector();
  return std::ranges::equal(left, right, [](double x, double y) { return x == y || std::isnan(x) || std::isnan(y); });
}

void accumulate(std::map<NodeId, std::vector<double>>& cotangents, NodeId node, const std::vector<double>& g) {
  auto& total = cotangents.try_emplace(node, g.size(), 0.0).first->second;
  for (std::size_t k = 0; k < g.size(); ++k) total[k] += g[k];
}

}  // namespace

bool has_kink(const Op& op) { return std::ranges::find(with_kink, op.name) != std::end(with_kink); }

std::vector<Tensor> fingerprints(const Tape& tape) {
  std::vector<Tensor> result(tape.size());
  for (NodeId node = 0; node < tape.size(); ++node) {
    const Node& what = tape.graph()[node];
    // A step's 0 and 1 are equal whatever they come from.
    if (what.op == nullptr || what.op->name == "step") {
      result[node] = hashed(tape.value(node), 0);
      continue;
    }
    std::vector<Tensor> operands;
    for (const NodeId operand : engine::operands_of(tape.graph(), node)) operands.push_back(result[operand]);
    result[node] = combined(what, operands);
    if (what.op->kind != OpKind::movement) result[node] = hashed(result[node], hash_of(what.op->name));
  }
  return result;
}

NoisySweep::NoisySweep(const Tape& tape, const std::vector<Tensor>& fingerprints, Noise noise, const NoisySweep* sides)
    : tape_(tape), fingerprints_(fingerprints), noise_(noise), sides_(sides), values_(tape.size()) {
  for (NodeId node = 0; node < tape.size(); ++node) values_[node] = computed(node);
}

std::map<NodeId, Tensor> NoisySweep::backward(const Forward& forward) const {
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
    const Tensor g = Tensor::from(tape_.shape(node), found->second, DType::f64);
    const auto operands = engine::operands_of(tape_.graph(), node);
    for (std::size_t position = 0; position < operands.size(); ++position)
      if (on_path.contains(operands[position]))
        accumulate(cotangents, operands[position], contribution(node, g, static_cast<int>(position)).to_vector());
  }
  std::map<NodeId, Tensor> result;
  for (const NodeId tensor : forward.tensors) {
    const auto found = cotangents.find(tensor);
    result.emplace(tensor, found == cotangents.end() ? Tensor::zeros(tape_.shape(tensor), DType::f64)
                                                     : Tensor::from(tape_.shape(tensor), found->second, DType::f64));
  }
  return result;
}

std::optional<NodeId> NoisySweep::differing_side(const NoisySweep& other) const {
  for (NodeId node = 0; node < tape_.size(); ++node) {
    const Op* const op = tape_.graph()[node].op;
    if (op == nullptr || !has_kink(*op)) continue;
    if (!op->passes_gradient) {
      if (!equal_numbers(values_[node], other.values_[node])) return node;
      continue;
    }
    const Tensor ones = Tensor::full(tape_.shape(node), 1, DType::f64);
    for (int position = 0; position < op->arity; ++position)
      if (!equal_numbers(pulled_back(node, ones, position), other.pulled_back(node, ones, position))) return node;
  }
  return std::nullopt;
}

std::vector<Tensor> NoisySweep::operand_values(NodeId node) const {
  std::vector<Tensor> values;
  for (const NodeId operand : engine::operands_of(tape_.graph(), node)) values.push_back(values_[operand]);
  return values;
}

Tensor NoisySweep::computed(NodeId node) const {
  const Node& what = tape_.graph()[node];
  if (what.role == engine::NodeRole::input) return tape_.value(node);
  if (what.role == engine::NodeRole::constant) {
    const Tensor& value = tape_.value(node);
    const bool is_rounded = value.size() == 1 && static_cast<double>(static_cast<float>(value.item())) != value.item();
    return is_rounded ? noisy(value, magnitude(value), fingerprints_[node], node) : value;
  }
  if (sides_ != nullptr && what.op->name == "step") return sides_->values_[node];
  const std::vector<Tensor> operands = operand_values(node);
  Tensor y = what.op->forward(operands, what.attributes);
  if (is_exact(*what.op)) return y;
  if (what.op->kind != OpKind::reduction && what.op->kind != OpKind::contraction)
    return noisy(y, magnitude(y), fingerprints_[node], 0);
  const double terms =
      what.op->kind == OpKind::contraction ? products(what, operands) : static_cast<double>(operands[0].size());
  const Tensor scale = what.op->forward(magnitudes(operands), what.attributes);
  return noisy(y, summing_error(y, scale, terms / static_cast<double>(y.size())), fingerprints_[node], 0);
}

/// Without noise of its own.
Tensor NoisySweep::pulled_back(NodeId node, const Tensor& g, int position) const {
  const Node& what = tape_.graph()[node];
  // A kink's operands and result only say on which side they are.
  const NoisySweep& from = sides_ != nullptr && has_kink(*what.op) ? *sides_ : *this;
  return what.op->pullback(g, from.operand_values(node), from.values_[node], position, what.attributes);
}

Tensor NoisySweep::contribution(NodeId node, const Tensor& g, int position) const {
  const Node& what = tape_.graph()[node];
  const std::vector<Tensor> operands = operand_values(node);
  const Tensor result = pulled_back(node, g, position);
  const std::uint64_t salt = engine::mixed(node, static_cast<std::uint64_t>(position) + 1);
  const bool is_contraction = what.op->kind == OpKind::contraction;
  if (!is_contraction && result.size() >= g.size()) return noisy(result, magnitude(result), result, salt);
  const double terms = is_contraction ? products(what, operands) : static_cast<double>(g.size());
  const Tensor scale =
      what.op->pullback(magnitude(g), magnitudes(operands), magnitude(values_[node]), position, what.attributes);
  return noisy(result, summing_error(result, magnitude(scale), terms / static_cast<double>(result.size())), result,
               salt);
}

/// Each entry off by one unit of `scale`, up or down: as a hash of its entry of `identity` says.
Tensor NoisySweep::noisy(const Tensor& x, const Tensor& scale, const Tensor& identity, std::uint64_t salt) const {
  if (noise_.amplitude == 0) return x;
  std::vector<double> values = x.to_vector();
  const std::vector<double> scales = scale.to_vector();
  const std::vector<double> identities = identity.to_vector();
  for (std::size_t k = 0; k < values.size(); ++k) {
    const std::uint64_t hash =
        engine::mixed(engine::mixed(noise_.seed, salt), std::bit_cast<std::uint64_t>(identities[k]));
    values[k] += ((hash & 1U) != 0 ? noise_.amplitude : -noise_.amplitude) * scales[k];
  }
  return Tensor::from(x.shape(), values, DType::f64);
}

}  // namespace chalktape::roads
