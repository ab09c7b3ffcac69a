#include "symbolic/claims/rename.hpp"

#include <utility>
#include <vector>

namespace chalktape::claims {

using language::Expr;
using language::Expression;

namespace {

void rename(std::string& name, const Names& names) {
  if (const auto found = names.find(name); found != names.end()) name = found->second;
}

void rename(std::vector<language::Index>& indices, const Names& names) {
  for (language::Index& index : indices) rename(index.range, names);
}

}  // namespace

Expr renamed(const Expr& e, const Names& names) {
  return mapped(e, [&](const Expr& node) {
    Expression changed = *node;
    if (changed.kind == language::Kind::access) {
      const bool is_gradient = changed.role == language::Role::gradient;
      std::string of = is_gradient ? changed.name.substr(1) : changed.name;
      rename(of, names);
      changed.name = is_gradient ? "d" + of : of;
    }
    rename(changed.indices, names);
    for (std::string& held : changed.held) rename(held, names);
    return std::make_shared<const Expression>(std::move(changed));
  });
}

language::Layer renamed(language::Layer layer, const Names& names) {
  if (names.empty()) return layer;
  for (std::string& size : layer.sizes) rename(size, names);
  for (auto& tensor : layer.tensors) {
    rename(tensor.name, names);
    for (std::string& size : tensor.sizes) rename(size, names);
  }
  for (auto& constant : layer.constants) rename(constant.name, names);
  for (auto& definition : layer.definitions) {
    rename(definition.name, names);
    rename(definition.indices, names);
    definition.value = renamed(definition.value, names);
  }
  for (std::string& output : layer.outputs) rename(output, names);
  for (std::string& output : layer.auxiliary_outputs) rename(output, names);
  for (auto& assumption : layer.assumptions) {
    assumption.left = renamed(assumption.left, names);
    assumption.right = renamed(assumption.right, names);
    rename(assumption.indices, names);
  }
  std::map<std::string, std::string> shows;
  for (auto& [name, latex] : layer.shows) {
    std::string shown = name;
    rename(shown, names);
    shows.emplace(std::move(shown), std::move(latex));
  }
  layer.shows = std::move(shows);
  return layer;
}

}  // namespace chalktape::claims
