// What a user asks to have differentiated.
#include <algorithm>
#include <stdexcept>

#include <fmt/core.h>

#include "symbolic/derive/derive.hpp"
#include "symbolic/derive/workspace.hpp"
#include "symbolic/present/text.hpp"

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
  std::set<std::string> used;
  language::collect_names(e.value, used);
  const auto reaches = [&](const std::string& name) {
    return used.contains(name) ||
           std::any_of(used.begin(), used.end(), [&](const auto& u) { return workspace.flow().depends(u, name); });
  };
  std::vector<std::string> names = by;
  if (names.empty()) {
    for (const auto& tensor : layer.tensors) {
      if (reaches(tensor.name)) names.push_back(tensor.name);
    }
    if (names.empty())
      throw std::invalid_argument(fmt::format("{} depends on no tensor of {}", present::to_text(e.value), layer.name));
  }
  exvector free;
  for (const auto& i : e.indices) free.push_back(notation::index(i.name, i.range));
  workspace.enter(free);
  std::vector<FreeExpression> wanted;
  for (const std::string& name : names) {
    FreeExpression derivative = e;
    std::vector<language::Index> at;
    for (const ex& i : workspace.fresh_indices_of(name))
      at.push_back({notation::as_index(i).name(), notation::as_index(i).range(), {}});
    derivative.indices.insert(derivative.indices.end(), at.begin(), at.end());
    const auto role = layer.find_tensor(name) != nullptr ? language::Role::tensor : language::Role::definition;
    derivative.value = language::derivative(e.value, language::access(name, at, role), {});
    wanted.push_back(std::move(derivative));
  }
  return wanted;
}

}  // namespace chalktape::derive
