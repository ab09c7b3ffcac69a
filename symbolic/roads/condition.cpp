#include "symbolic/roads/condition.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/tape/derivatives.hpp"
#include "engine/tensor/random.hpp"
#include "symbolic/roads/noisy_sweep.hpp"

namespace chalktape::roads {
namespace {

using engine::NodeId;
using engine::Tape;
using engine::Tensor;

constexpr double small_amplitude = 0x1p-38;
constexpr int draws = 4;
constexpr double safety = 4;
constexpr double least_units = 4;
/// Two entries that are equal but for rounding change places in half of the draws.
constexpr int draws_at_kinks = 8;

/// The largest disagreement of entries that are finite in both; nullopt where there are none, though there are entries.
std::optional<double> difference(const Tensor& a, const Tensor& b) {
  const auto left = a.to_vector();
  const auto right = b.to_vector();
  std::optional<double> worst;
  if (left.empty()) worst = 0;
  for (std::size_t k = 0; k < left.size(); ++k) {
    if (std::isfinite(left[k]) && std::isfinite(right[k]))
      worst = std::max(worst.value_or(0), engine::disagreement(left[k], right[k]));
  }
  return worst;
}

std::vector<std::int64_t> not_finite(const Tensor& a, const Tensor& b) {
  std::vector<std::int64_t> entries;
  for (std::int64_t k = 0; k < a.size(); ++k)
    if (!std::isfinite(a.item(k)) || !std::isfinite(b.item(k))) entries.push_back(k);
  return entries;
}

/// What a person calls the node: its own name, or that of the definition in whose formula it stands.
std::string place_of(const Tape& tape, NodeId node) {
  const auto& op = *tape.graph()[node].op;
  std::string function(op.function.empty() ? op.name : op.function);
  for (NodeId at = node; at < tape.size(); ++at)
    if (const std::string& name = tape.graph()[at].name; !name.empty()) return fmt::format("{} in {}", function, name);
  return function;
}

/// Which gradient cannot be told because a kink lies within rounding, and which kink.
std::optional<Undecided> undecided(const Forward& forward, const Tape& tape, const Problem& problem,
                                   const std::vector<Tensor>& identities, const NoisySweep& exact,
                                   const std::map<std::string, double>& response) {
  const auto [first, last] = boost::vertices(tape.graph());
  const bool has_kinks = std::any_of(first, last, [&](NodeId node) {
    const engine::Op* const op = tape.graph()[node].op;
    return op != nullptr && has_kink(*op);
  });
  if (!has_kinks) return std::nullopt;
  for (int draw = 0; draw < draws_at_kinks; ++draw) {
    const NoisySweep::Noise noise{least_units * unit_roundoff(problem.dtype),
                                  engine::mixed(problem.seed, 0x3000U + static_cast<unsigned>(draw))};
    const NoisySweep moved(tape, identities, noise);
    const auto kink = moved.differing_side(exact);
    if (!kink) continue;
    const auto on_own_sides = moved.backward(forward);
    const auto on_same_sides = NoisySweep(tape, identities, noise, &exact).backward(forward);
    for (std::size_t t = 0; t < forward.tensors.size(); ++t) {
      const std::string& name = problem.layer.tensors[t].name;
      const auto jump = difference(on_own_sides.at(forward.tensors[t]), on_same_sides.at(forward.tensors[t]));
      if (jump && *jump > tolerance(response.at(name), problem.dtype)) return Undecided{name, place_of(tape, *kink)};
    }
  }
  return std::nullopt;
}

}  // namespace

double unit_roundoff(engine::DType dtype) { return dtype == engine::DType::f32 ? 0x1p-24 : 0x1p-53; }

Conditioning conditioning(const Problem& problem) {
  Tape tape;
  const Forward forward = record_forward(tape, problem, engine::DType::f64);
  const std::vector<Tensor> identities = fingerprints(tape);
  const NoisySweep exact(tape, identities, {});
  const auto gradients = exact.backward(forward);
  Conditioning result;
  const double unit = unit_roundoff(problem.dtype);
  for (int draw = 0; draw < 2 * draws; ++draw) {
    // Noise of 4u itself, too: beside what 2^−38 does, it may do more than in proportion. cos(10^13*w) is anything.
    const double amplitude = draw < draws ? small_amplitude : least_units * unit;
    const std::uint64_t seed = engine::mixed(problem.seed, 0x2000U + static_cast<unsigned>(draw));
    const auto moved = NoisySweep(tape, identities, {amplitude, seed}, &exact).backward(forward);
    for (std::size_t t = 0; t < forward.tensors.size(); ++t) {
      const std::string& name = problem.layer.tensors[t].name;
      const Tensor& here = gradients.at(forward.tensors[t]);
      const Tensor& there = moved.at(forward.tensors[t]);
      const double change = difference(here, there).value_or(std::numeric_limits<double>::infinity());
      double& worst = result.response[name];
      worst = std::max(worst, change / amplitude * unit);
      // A draw may overflow where another does not.
      auto& unknown = result.unknown[name];
      std::vector<std::int64_t> both;
      std::ranges::set_union(unknown, not_finite(here, there), std::back_inserter(both));
      unknown = std::move(both);
    }
  }
  result.undecided = undecided(forward, tape, problem, identities, exact, result.response);
  return result;
}

double tolerance(double response, engine::DType dtype) {
  return safety * (least_units * unit_roundoff(dtype) + response);
}

double difference_tolerance(double response, engine::DType dtype) {
  const double u = unit_roundoff(engine::DType::f64);
  return safety * std::sqrt(least_units * u + response / unit_roundoff(dtype) * u);
}

}  // namespace chalktape::roads
