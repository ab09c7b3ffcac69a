#include "symbolic/roads/assumptions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace chalktape::roads {
namespace {

using language::Assumption;
using language::Expr;
using language::Index;
using language::Kind;
using language::Relation;

bool is_whole_tensor(const Expr& e) {
  return e->kind == Kind::access && e->role == language::Role::tensor && language::reaches_all_entries(*e);
}

void add_demand(const Expr& left, Relation relation, double right, std::map<std::string, Demand>& found) {
  if (is_whole_tensor(left) && relation != Relation::equal) {
    Demand& demand = found[left->name];
    const bool from_below = relation == Relation::greater || relation == Relation::greater_equal;
    if (from_below) {
      demand.low = std::max(demand.low.value_or(right), right);
    } else {
      demand.high = std::min(demand.high.value_or(right), right);
    }
  }
  if (left->kind == Kind::reduce && left->name == "sum" && is_whole_tensor(left->operands[0]) &&
      relation == Relation::equal) {
    const Expr& tensor = left->operands[0];
    Demand& demand = found[tensor->name];
    if (demand.total) return;
    demand.total = right;
    for (const Index& axis : tensor->indices)
      demand.summed_axes.push_back(std::ranges::find(left->indices, axis.name, &Index::name) != left->indices.end());
  }
}

bool holds(double left, Relation relation, double right, double tolerance) {
  // A number that was rounded to the dtype may lie beyond a bound that it stood on: 1e-5 in f32.
  const double rounding = tolerance * (std::abs(left) + std::abs(right));
  switch (relation) {
    case Relation::less:
      return left < right;
    case Relation::less_equal:
      return left <= right + rounding;
    case Relation::greater:
      return left > right;
    case Relation::greater_equal:
      return left >= right - rounding;
    case Relation::equal:
      break;
  }
  return std::abs(left - right) <= tolerance * std::max(1.0, std::abs(left) + std::abs(right));
}

/// "at i = 3, j = 1 ", 1-based.
std::string place(const std::vector<Index>& indices, const engine::Shape& shape, std::int64_t flat) {
  std::string text;
  for (std::size_t axis = indices.size(); axis-- > 0;) {
    text = fmt::format("{} = {}{}{}", indices[axis].name, flat % shape[axis] + 1, text.empty() ? "" : ", ", text);
    flat /= shape[axis];
  }
  return text.empty() ? "" : "at " + text + " ";
}

}  // namespace

std::map<std::string, Demand> demands(const language::Layer& layer) {
  std::map<std::string, Demand> found;
  for (const Assumption& assumption : layer.assumptions) {
    if (const auto right = lower::written_number(assumption.right))
      add_demand(assumption.left, assumption.relation, *right, found);
    if (const auto left = lower::written_number(assumption.left))
      add_demand(assumption.right, language::mirrored(assumption.relation), *left, found);
  }
  return found;
}

bool mentions_values(const language::Layer& layer, const Assumption& assumption) {
  std::set<std::string> names;
  language::collect_names(assumption.left, names);
  language::collect_names(assumption.right, names);
  return std::ranges::any_of(names, [&](const std::string& name) { return layer.ranges_of(name).has_value(); });
}

std::optional<Broken> broken_assumption(const Problem& problem) {
  if (problem.layer.assumptions.empty()) return std::nullopt;
  engine::Tape tape;
  Forward forward = record_forward(tape, problem, engine::DType::f64);
  const double epsilon = problem.dtype == engine::DType::f32 ? std::numeric_limits<float>::epsilon()
                                                             : std::numeric_limits<double>::epsilon();
  for (const Assumption& assumption : problem.layer.assumptions) {
    const auto value = [&](const Expr& side) {
      return tape.value(
          lower::lower_formula(tape, {"a side of an assumption", assumption.indices, side, {}}, forward.environment));
    };
    const engine::Tensor left = value(assumption.left);
    const engine::Tensor right = value(assumption.right);
    for (std::int64_t k = 0; k < left.size(); ++k) {
      // 64: a sum of entries that are each rounded to the dtype.
      if (holds(left.item(k), assumption.relation, right.item(k), 64 * epsilon)) continue;
      return Broken{&assumption, fmt::format("{}the left side is {:.6g} and the right side {:.6g}",
                                             place(assumption.indices, left.shape(), k), left.item(k), right.item(k))};
    }
  }
  return std::nullopt;
}

}  // namespace chalktape::roads
