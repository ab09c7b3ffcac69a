#include "symbolic/roads/sample.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "engine/tensor/random.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/roads/assumptions.hpp"
#include "symbolic/roads/sizes.hpp"

namespace chalktape::roads {
namespace {

using engine::mixed;
using engine::Random;
using engine::Shape;
using engine::Tensor;

/// Samples that are drawn before it is given up, and after how many of them entries are drawn positive.
constexpr int attempt_limit = 400;
constexpr int any_sign_attempts = 4;
/// Distance from a bound, and from 0 where entries are drawn positive.
constexpr double margin = 0.1;

double draw(Random& random, const Demand& demand, bool positive) {
  std::optional<double> low = demand.low;
  if (positive && !demand.high) low = std::max(low.value_or(0), 0.0);
  if (low && demand.high) return *low + (*demand.high - *low) * (0.05 + 0.9 * random.uniform());
  if (low) return *low + margin + std::abs(random.normal());
  if (demand.high) return *demand.high - margin - std::abs(random.normal());
  return random.normal();
}

/// Scales the entries that are summed together so that their sum is the total.
void rescale(std::vector<double>& values, const Shape& shape, const Demand& demand) {
  const std::size_t rank = shape.size();
  std::vector<std::int64_t> steps(rank, 0);  // of the group's number along each axis that stays
  std::int64_t groups = 1;
  for (std::size_t axis = rank; axis-- > 0;) {
    if (demand.summed_axes[axis]) continue;
    steps[axis] = groups;
    groups *= shape[axis];
  }
  const engine::Strides strides = engine::row_major_strides(shape);
  const auto group_of = [&](std::size_t flat) {
    std::int64_t group = 0;
    for (std::size_t axis = 0; axis < rank; ++axis)
      group += static_cast<std::int64_t>(flat) / strides[axis] % shape[axis] * steps[axis];
    return static_cast<std::size_t>(group);
  };
  std::vector<double> sums(static_cast<std::size_t>(groups), 0);
  for (std::size_t k = 0; k < values.size(); ++k) sums[group_of(k)] += values[k];
  for (std::size_t k = 0; k < values.size(); ++k) values[k] *= *demand.total / sums[group_of(k)];
}

Tensor drawn(Random random, const Shape& shape, const Demand& demand, bool positive, engine::DType dtype) {
  std::vector<double> values(static_cast<std::size_t>(engine::element_count(shape)));
  for (double& value : values) value = draw(random, demand, positive || demand.total.has_value());
  if (demand.total) rescale(values, shape, demand);
  return Tensor::from(shape, values, dtype);
}

/// The first definition with a value that is not finite.
std::optional<std::string> undefined_definition(const Problem& problem) {
  engine::Tape tape;
  const Forward forward = record_forward(tape, problem, engine::DType::f64);
  for (const auto& definition : problem.layer.definitions) {
    const auto values = tape.value(forward.environment.nodes.at(definition.name)).to_vector();
    if (!std::ranges::all_of(values, [](double value) { return std::isfinite(value); })) return definition.name;
  }
  return std::nullopt;
}

std::string text_of(const language::Assumption& assumption) {
  static constexpr const char* signs[] = {"=", "<", "<=", ">", ">="};
  return fmt::format("assume {} {} {}", present::to_text(assumption.left),
                     signs[static_cast<std::size_t>(assumption.relation)], present::to_text(assumption.right));
}

/// Before anything is allocated.
void check_work(const Problem& problem, double operation_limit) {
  const double operations = scalar_operations(problem.layer, problem.sizes);
  if (operations <= operation_limit) return;
  throw Error(fmt::format("with {} a forward pass of {} takes about {:.1e} scalar operations; the limit is {:.0e}",
                          sizes_text(problem), problem.layer.name, operations, operation_limit));
}

/// Everything but the tensors.
Problem frame(const language::Layer& layer, Request& request, std::span<const std::int64_t> (*defaults)(std::size_t)) {
  Problem problem;
  problem.layer = layer;
  problem.dtype = request.dtype;
  problem.seed = request.seed;
  problem.sizes = choose_sizes(layer, request, defaults);
  check_work(problem, request.operation_limit);
  for (const auto& constant : layer.constants) {
    const double value = lower::constant_value(constant, request.constants);
    problem.constants[constant.name] = Tensor::full({}, value, request.dtype).item();
  }
  const bool is_loss = layer.returns_loss();
  for (std::size_t k = 0; k < layer.outputs.size(); ++k) {
    const std::string& output = layer.outputs[k];
    const Shape shape = shape_of(problem, output);
    const auto given = request.data.find("d" + output);
    if (given != request.data.end()) {
      problem.upstream.emplace(output, given->second.to(request.dtype));
    } else if (is_loss) {
      problem.upstream.emplace(output, Tensor::full(shape, 1, request.dtype));
    } else {
      problem.upstream.emplace(output, drawn(Random(mixed(request.seed, 0x1000 + k)), shape, {}, false, request.dtype));
    }
  }
  return problem;
}

}  // namespace

Problem make_problem(const language::Layer& layer, const Request& request,
                     std::span<const std::int64_t> (*defaults)(std::size_t)) {
  Request fitted = request;  // its data get the tensors' ranks
  Problem problem = frame(layer, fitted, defaults);
  const std::map<std::string, Demand> wanted = demands(layer);
  bool draws = false;
  std::string failure;
  for (int attempt = 0; attempt < attempt_limit; ++attempt) {
    problem.tensors.clear();
    for (std::size_t t = 0; t < layer.tensors.size(); ++t) {
      const std::string& name = layer.tensors[t].name;
      const auto given = fitted.data.find(name);
      if (given != fitted.data.end()) {
        problem.tensors.emplace(name, given->second.to(request.dtype).contiguous());
        continue;
      }
      draws = true;
      const auto demand = wanted.find(name);
      const Random random(mixed(mixed(request.seed, static_cast<std::uint64_t>(attempt)), t));
      problem.tensors.emplace(name,
                              drawn(random, shape_of(problem, name), demand == wanted.end() ? Demand{} : demand->second,
                                    attempt >= any_sign_attempts, request.dtype));
    }
    bool is_settled = false;  // whatever is drawn
    if (const auto broken = broken_assumption(problem)) {
      is_settled = !mentions_values(layer, *broken->assumption);
      failure = fmt::format("`{}` does not hold: {}", text_of(*broken->assumption), broken->where);
    } else if (const auto name = undefined_definition(problem)) {
      failure = fmt::format(
          "'{}' is not finite everywhere (the logarithm or root of a negative number, a division by 0, an overflow)",
          *name);
    } else {
      return problem;
    }
    if (!draws || is_settled) throw Error("these data do not suit the layer: " + failure);
  }
  throw Error(fmt::format("none of {} samples suits the layer; of the last, {}", attempt_limit, failure));
}

}  // namespace chalktape::roads
