#include "lesson/matching.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "engine/error.hpp"
#include "engine/tensor/tensor_functions.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::lesson {
namespace {

using engine::NodeId;
using engine::Tensor;
using language::Expr;
using language::Index;
using language::Kind;
using language::Role;

/// Of the largest entry: far below what different formulas differ by, far above what rounding makes of the same one.
constexpr double tolerance = 1e-9;

bool depends_on_data(const Expr& e) {
  const bool is_data = e->role == Role::tensor || e->role == Role::definition || e->role == Role::gradient;
  if (e->kind == Kind::access && is_data) return true;
  return std::any_of(e->operands.begin(), e->operands.end(), depends_on_data);
}

void gather_free(const Expr& e, std::vector<Index>& bound, std::vector<Index>& free) {
  const auto has = [](const std::vector<Index>& list, const Index& i) {
    return std::any_of(list.begin(), list.end(), [&](const Index& other) { return other.name == i.name; });
  };
  const std::size_t outer = bound.size();
  if (e->kind == Kind::reduce) bound.insert(bound.end(), e->indices.begin(), e->indices.end());
  if (e->kind == Kind::access || e->kind == Kind::delta) {
    for (const Index& i : e->indices)
      if (!i.is_literal() && !has(bound, i) && !has(free, i)) free.push_back(i);
  }
  for (const Expr& operand : e->operands) gather_free(operand, bound, free);
  bound.resize(outer);
}

std::vector<Index> free_indices(const Expr& e) {
  std::vector<Index> bound, free;
  gather_free(e, bound, free);
  return free;
}

Tensor without_unit_axes(const Tensor& tensor) {
  engine::Shape shape;
  for (const auto length : tensor.shape())
    if (length != 1) shape.push_back(length);
  return engine::Tensor::from(shape, tensor.to_vector(), engine::DType::f64);
}

/// Whether the numbers are the same ones, in some order of the axes.
bool same(const Tensor& a, const Tensor& b) {
  if (a.shape().size() != b.shape().size()) return false;
  const std::vector<double> of_a = a.to_vector(), of_b = b.to_vector();
  if (of_a.size() != of_b.size()) return false;
  double largest = 0;
  for (const double value : of_b) largest = std::max(largest, std::abs(value));
  const std::size_t rank = a.shape().size();
  std::vector<std::size_t> order(rank);
  std::iota(order.begin(), order.end(), std::size_t{0});
  do {
    const auto fits = [&] {
      for (std::size_t k = 0; k < rank; ++k)
        if (a.shape()[order[k]] != b.shape()[k]) return false;
      // Walks b in its order, and a along.
      std::vector<std::int64_t> place(rank, 0);
      for (const double wanted : of_b) {
        std::vector<std::int64_t> in_a(rank, 0);
        for (std::size_t k = 0; k < rank; ++k) in_a[order[k]] = place[k];
        std::int64_t flat = 0;
        for (std::size_t k = 0; k < rank; ++k) flat = flat * a.shape()[k] + in_a[k];
        if (!(std::abs(of_a[static_cast<std::size_t>(flat)] - wanted) <= tolerance * largest)) return false;
        for (std::size_t k = rank; k-- > 0;) {
          if (++place[k] < b.shape()[k]) break;
          place[k] = 0;
        }
      }
      return true;
    };
    if (fits()) return true;
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

bool is_zero(const Tensor& tensor) {
  const auto values = tensor.to_vector();
  return std::all_of(values.begin(), values.end(), [](double value) { return value == 0; });
}

}  // namespace

Matching::Matching(const roads::Problem& problem, const roads::Sweeps& sweeps, const derive::Derivation& derivation)
    : derivatives_(problem.layer) {
  roads::Forward forward = roads::record_forward(tape_, problem, engine::DType::f64);
  environment_ = std::move(forward.environment);
  for (const std::string& output : problem.layer.outputs)
    lower::add_input(tape_, "d" + output, problem.layer.ranges_of(output).value(),
                     problem.upstream.at(output).to(engine::DType::f64), environment_);
  for (const auto& definition : derivation.introduced) lower::lower_formula(tape_, definition, environment_);
  for (const auto& gradient : derivation.gradients) {
    if (gradient.name.empty() || environment_.nodes.contains(gradient.name)) continue;
    lower::lower_formula(tape_, {gradient.name, gradient.indices, gradient.value, {}}, environment_);
  }

  const auto add = [&](std::string token, const Tensor& values) {
    if (is_zero(values)) return;  // a formula that is 0 says so itself
    candidates_.push_back({std::move(token), without_unit_axes(values.to(engine::DType::f64))});
    largest_rank_ = std::max(largest_rank_, values.shape().size());
  };
  for (const NodeId node : sweeps.shown) {
    const engine::Node& what = sweeps.tape.graph()[node];
    if (what.role == engine::NodeRole::constant) constants_.emplace(what.name, fmt::format("v{}", node));
    if (sweeps.tape.graph()[node].role != engine::NodeRole::constant)
      add(fmt::format("v{}", node), sweeps.tape.value(node));
  }
  for (const roads::BackwardStep& step : sweeps.backward) {
    if (step.kind == roads::BackwardStep::Kind::complete) add(fmt::format("g{}", step.node), step.values);
    if (step.kind == roads::BackwardStep::Kind::contribution)
      add(fmt::format("e{}-{}-{}", step.from, step.node, step.position), step.values);
  }
}

Expr Matching::worked_out(const Expr& e) {
  if (e->kind == Kind::derivative) {
    const std::string text = present::to_text(e);
    const auto known = known_derivatives_.find(text);
    if (known != known_derivatives_.end()) return known->second;
    Expr value;
    if (derivatives_.knows(*e)) {
      const auto result = derivatives_.of(*e);
      // Under other letters it would be another formula.
      if (language::equal(result.name, e)) value = result.value;
    }
    known_derivatives_.emplace(text, value);
    return value;
  }
  language::Expression copy = *e;
  for (Expr& operand : copy.operands) {
    operand = worked_out(operand);
    if (operand == nullptr) return nullptr;
  }
  return std::make_shared<const language::Expression>(std::move(copy));
}

Tensor Matching::value_of(const Expr& e, const std::vector<Index>& indices) {
  // No name of the language has this form.
  const language::Definition scratch{fmt::format("#{}", tape_.size()), indices, e, {}};
  return tape_.value(lower::lower_formula(tape_, scratch, environment_));
}

std::vector<std::string> Matching::found(const Expr& e) {
  if (e->kind == Kind::access && e->role == Role::constant) {
    const auto constant = constants_.find(e->name);
    return constant == constants_.end() ? std::vector<std::string>{} : std::vector{constant->second};
  }
  if (!depends_on_data(e)) return {};
  const std::vector<Index> indices = free_indices(e);
  if (indices.size() > largest_rank_) return {};
  const Expr formula = worked_out(e);
  if (formula == nullptr || !depends_on_data(formula)) return {};
  Tensor values;
  try {
    values = without_unit_axes(value_of(formula, free_indices(formula)));
  } catch (const lower::Error&) {
    return {};  // what the engine has no form for by itself is nowhere on the tape either
  }
  std::vector<std::string> tokens;
  for (const Candidate& candidate : candidates_)
    if (same(values, candidate.values)) tokens.push_back(candidate.token);
  return tokens;
}

const std::vector<std::string>& Matching::of(const Expr& e) {
  const std::string text = present::to_text(e);
  const auto known = answers_.find(text);
  if (known != answers_.end()) return known->second;
  return answers_.emplace(text, found(e)).first->second;
}

}  // namespace chalktape::lesson
