// Central differences, extrapolated: nothing but forward passes, and so independent of every rule of differentiation.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/tensor/random.hpp"
#include "engine/tensor/tensor_functions.hpp"
#include "symbolic/roads/cost.hpp"
#include "symbolic/roads/road.hpp"

namespace chalktape::roads {
namespace {

using engine::NodeId;
using engine::Tape;
using engine::Tensor;

/// Of each tensor; the choice depends on the seed only.
constexpr std::int64_t entry_limit = 200;
/// Halvings of the step before an entry is given up as lying at a kink.
constexpr int halvings = 30;
/// Columns of the extrapolation table.
constexpr std::size_t table_limit = 8;
/// Rows of the table that bring nothing before it is left.
constexpr int patience = 6;
/// An agreement of neighbours in the table that is far better than what is promised of differences.
constexpr double enough = 1e-10;

/// Where the layer's pieces meet: the sign that decides, for each entry of the operands of relu, step, abs, maximum and
/// minimum, and which entries attain a max or min.
class Kinks {
 public:
  explicit Kinks(const Tape& tape) : tape_(tape) {
    for (NodeId node = 0; node < tape.size(); ++node) {
      const engine::Op* const op = tape.graph()[node].op;
      if (op == nullptr) continue;
      for (const std::string_view name : {"relu", "step", "abs", "maximum", "minimum", "max", "min"})
        if (op->name == name) nodes_.push_back(node);
    }
  }

  /// Whether two evaluations lie on the same smooth piece.
  [[nodiscard]] bool same_piece(const std::vector<Tensor>& a, const std::vector<Tensor>& b) const {
    return std::ranges::all_of(nodes_, [&](NodeId node) { return piece(node, a) == piece(node, b); });
  }

 private:
  [[nodiscard]] std::vector<signed char> piece(NodeId node, const std::vector<Tensor>& values) const {
    const auto operands = engine::operands_of(tape_.graph(), node);
    const engine::Op& op = *tape_.graph()[node].op;
    Tensor left = values[operands[0]];
    Tensor right;
    if (op.kind == engine::OpKind::reduction) {
      engine::Reduction kept = engine::attributes_as<engine::Reduction>(tape_.graph()[node].attributes, op.name);
      engine::Shape shape = left.shape();
      for (const int axis : kept.axes) shape[static_cast<std::size_t>(axis)] = 1;
      right =
          engine::broadcast_to(values[node].contiguous().view(shape, engine::row_major_strides(shape)), left.shape());
    } else if (operands.size() == 2) {
      const engine::Shape shape = engine::broadcast_shape(left.shape(), values[operands[1]].shape());
      left = engine::broadcast_to(left, shape);
      right = engine::broadcast_to(values[operands[1]], shape);
    } else {
      right = engine::broadcast_to(Tensor(), left.shape());
    }
    const std::vector<double> a = left.to_vector();
    const std::vector<double> b = right.to_vector();
    std::vector<signed char> signs(a.size());
    for (std::size_t k = 0; k < a.size(); ++k)
      signs[k] = static_cast<signed char>(a[k] > b[k] ? 1 : (a[k] < b[k] ? -1 : 0));
    return signs;
  }

  const Tape& tape_;
  std::vector<NodeId> nodes_;
};

/// The difference quotient of Σ ⟨upstream gradient, output⟩ in one entry of one input.
class Quotient {
 public:
  Quotient(const Tape& tape, const Forward& forward, const Kinks& kinks, const std::vector<Tensor>& base)
      : tape_(tape), forward_(forward), kinks_(kinks), base_(base) {}

  /// nullopt where x ± h lie on another piece than x, or outside the domain. Two replays.
  [[nodiscard]] std::optional<double> at(NodeId x, std::int64_t entry, double h) {
    const double middle = tape_.value(x).item(entry);
    const double above = middle + h;
    const double below = middle - h;
    const std::vector<Tensor> plus = moved(x, entry, above);
    const std::vector<Tensor> minus = moved(x, entry, below);
    evaluations += 2;
    if (!kinks_.same_piece(base_, plus) || !kinks_.same_piece(base_, minus)) return std::nullopt;
    // Differences first: what the entry does not reach cancels exactly.
    double change = 0;
    for (const auto& [output, gradient] : forward_.upstream) {
      const std::vector<double> g = gradient.to_vector();
      const std::vector<double> y_plus = plus[output].to_vector();
      const std::vector<double> y_minus = minus[output].to_vector();
      for (std::size_t k = 0; k < g.size(); ++k) change += g[k] * (y_plus[k] - y_minus[k]);
    }
    const double quotient = change / (above - below);
    if (!std::isfinite(quotient)) return std::nullopt;
    return quotient;
  }

  std::int64_t evaluations = 0;

 private:
  [[nodiscard]] std::vector<Tensor> moved(NodeId x, std::int64_t entry, double value) const {
    Tensor tensor = tape_.value(x).copy();
    tensor.set_item(entry, value);
    return tape_.replay(std::array{std::pair{x, tensor}}, Tape::Stops::freeze);
  }

  const Tape& tape_;
  const Forward& forward_;
  const Kinks& kinks_;
  const std::vector<Tensor>& base_;
};

/// Ridders' method: quotients with steps halved again and again, extrapolated to step 0 in powers of h²; of the whole
/// table, the entry that differs least from its neighbours is taken. It goes on until neighbours agree to `enough`
/// digits, or have long stopped coming closer: rounding has taken over. Source: C. Ridders, "Accurate computation of
/// F'(x) and F'(x)F''(x)", 1982. nullopt where every step crosses a kink.
std::optional<double> extrapolated(Quotient& quotient, NodeId x, std::int64_t entry, double step) {
  std::vector<double> previous;
  std::optional<double> best;
  double least = std::numeric_limits<double>::infinity();
  int without_progress = 0;
  double h = step;
  for (int halving = 0; halving < halvings && without_progress < patience; ++halving, h /= 2) {
    const auto value = quotient.at(x, entry, h);
    if (!value) {  // too far still: begin anew with what is nearer
      previous.clear();
      continue;
    }
    std::vector<double> row{*value};
    double factor = 4;
    for (const double earlier : previous) {
      row.push_back((factor * row.back() - earlier) / (factor - 1));
      factor *= 4;
    }
    if (!best) best = *value;
    ++without_progress;
    for (std::size_t k = 0; k < previous.size(); ++k) {
      const double doubt = std::max(std::abs(row[k + 1] - row[k]), std::abs(row[k + 1] - previous[k]));
      if (doubt < least) {
        least = doubt;
        best = row[k + 1];
        without_progress = 0;
      }
    }
    if (least <= enough * std::max(1.0, std::abs(*best))) break;
    row.resize(std::min(row.size(), table_limit));
    previous = std::move(row);
  }
  return best;
}

double standard_deviation(const std::vector<double>& values) {
  double mean = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  double variance = 0;
  for (const double value : values) variance += (value - mean) * (value - mean) / static_cast<double>(values.size());
  return std::sqrt(variance);
}

/// How far the entries around this one are apart, along the axis where they lie closest: a step should be small against
/// that, not against their magnitude (a column may lie far from 0) nor against how far columns are apart.
double spread_around(const std::vector<double>& values, const engine::Shape& shape, std::int64_t entry) {
  const engine::Strides strides = engine::row_major_strides(shape);
  const double magnitude = std::abs(values[static_cast<std::size_t>(entry)]);
  // Steps far below that would lose too many digits; columns of equal entries have no spread.
  const double floor = 1e-5 * magnitude;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::vector<double> line;
    const std::int64_t first = entry - entry / strides[axis] % shape[axis] * strides[axis];
    for (std::int64_t k = 0; k < shape[axis]; ++k)
      line.push_back(values[static_cast<std::size_t>(first + k * strides[axis])]);
    const double spread = standard_deviation(line);
    if (spread > floor) least = std::min(least, spread);
  }
  if (std::isfinite(least)) return least;
  return magnitude > 0 ? magnitude : 1;
}

class DifferenceRoad final : public Road {
 public:
  [[nodiscard]] std::string_view name() const override { return "difference"; }
  [[nodiscard]] std::optional<std::string> unavailable(const language::Layer& /*layer*/) override {
    return std::nullopt;
  }
  [[nodiscard]] bool is_difference() const override { return true; }

  [[nodiscard]] Walk walk(const Problem& problem) override {
    Tape tape;
    const Forward forward = record_forward(tape, problem, engine::DType::f64);
    const std::vector<Tensor> base = tape.replay({}, Tape::Stops::freeze);
    const Kinks kinks(tape);
    Quotient quotient(tape, forward, kinks, base);
    engine::Random random(engine::mixed(problem.seed, 0xd1ff));

    Walk walk;
    for (std::size_t t = 0; t < forward.tensors.size(); ++t) {
      const std::string& name = problem.layer.tensors[t].name;
      const NodeId x = forward.tensors[t];
      const std::int64_t size = tape.value(x).size();
      const auto chosen = random.subset(size, entry_limit);
      const std::vector<double> values = tape.value(x).to_vector();
      Tensor gradient = Tensor::full(tape.shape(x), std::numeric_limits<double>::quiet_NaN(), engine::DType::f64);
      std::vector<std::int64_t> skipped;
      std::int64_t at_kinks = 0;
      std::int64_t next = 0;
      for (const std::int64_t entry : chosen) {
        for (; next < entry; ++next) skipped.push_back(next);
        ++next;
        if (const auto value = extrapolated(quotient, x, entry, spread_around(values, tape.shape(x), entry) / 16)) {
          gradient.set_item(entry, *value);
        } else {
          skipped.push_back(entry);
          ++at_kinks;
        }
      }
      for (; next < size; ++next) skipped.push_back(next);
      if (static_cast<std::int64_t>(chosen.size()) < size)
        walk.notes.push_back(fmt::format("d{}: {} of {} entries, drawn with the seed", name, chosen.size(), size));
      if (at_kinks > 0)
        walk.notes.push_back(fmt::format("d{}: {} entries at a kink of the layer left out", name, at_kinks));
      walk.gradients.emplace(name, gradient);
      walk.skipped.emplace(name, std::move(skipped));
    }
    walk.cost = {quotient.evaluations * forward_sweeps(tape.graph()), 0};
    return walk;
  }
};

}  // namespace

std::unique_ptr<Road> difference_road() { return std::make_unique<DifferenceRoad>(); }

}  // namespace chalktape::roads
