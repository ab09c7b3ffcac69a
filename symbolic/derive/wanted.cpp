// What a user asks to have differentiated.
#include <algorithm>
#include <stdexcept>

#include <fmt/core.h>

#include "symbolic/derive/derive.hpp"
#include "symbolic/derive/workspace.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/present/tree.hpp"
#include "symbolic/rules/calculus.hpp"

namespace chalktape::derive {

using language::Expr;
using language::Kind;
using notation::FreeExpression;

namespace {

bool holds_derivative(const Expr& e) {
  return e->kind == Kind::derivative || std::any_of(e->operands.begin(), e->operands.end(), holds_derivative);
}

bool repeats_an_index(const Expr& access) {
  const auto& indices = access->indices;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (indices[i].name == indices[j].name) return true;
    }
  }
  return false;
}

void append_bound_indices(const Expr& e, std::vector<language::Index>& to) {
  if (e->kind == Kind::reduce) to.insert(to.end(), e->indices.begin(), e->indices.end());
  for (const Expr& operand : e->operands) append_bound_indices(operand, to);
}

FreeExpression as_written(const FreeExpression& derivative, const std::vector<std::string>& by) {
  if (!by.empty()) throw std::invalid_argument("a derivative says itself by what it is taken: leave --wrt out");
  if (holds_derivative(derivative.value->operands[0]))
    throw std::invalid_argument("the derivative of a derivative cannot be derived");
  if (repeats_an_index(derivative.value->operands[1]))
    throw std::invalid_argument(
        fmt::format("{} repeats an index: a derivative is taken by one entry, with an index of its own in each place",
                    present::to_text(derivative.value->operands[1])));
  return derivative;
}

}  // namespace

std::vector<FreeExpression> derivatives_of(const language::Layer& layer, const FreeExpression& e,
                                           const std::vector<std::string>& by) {
  if (e.value->kind == Kind::derivative) return {as_written(e, by)};
  if (holds_derivative(e.value)) throw std::invalid_argument("'diff' cannot stand inside of what is differentiated");
  Workspace workspace(layer, std::chrono::steady_clock::time_point::max());
  const ex value = notation::to_algebra(e.value, workspace.formulas().symbols);
  std::vector<std::string> names = by;
  if (names.empty()) {
    for (const auto& tensor : layer.tensors) {
      if (rules::varies(value, tensor.name, {}, workspace.context())) names.push_back(tensor.name);
    }
    if (names.empty())
      throw std::invalid_argument(fmt::format("{} depends on no tensor of {}", present::to_text(e.value), layer.name));
  }
  // Nor is an index what the expression sums over: no letter is bound and free in one line.
  std::vector<language::Index> used = e.indices;
  append_bound_indices(e.value, used);
  workspace.enter(notation::to_indices(used));
  std::vector<FreeExpression> wanted;
  for (const std::string& name : names) {
    FreeExpression derivative = e;
    const auto at = present::index_list(workspace.fresh_indices_of(name));
    derivative.indices.insert(derivative.indices.end(), at.begin(), at.end());
    const auto role = layer.find_tensor(name) != nullptr ? language::Role::tensor : language::Role::definition;
    derivative.value = language::derivative(e.value, language::access(name, at, role), {});
    wanted.push_back(std::move(derivative));
  }
  return wanted;
}

}  // namespace chalktape::derive
