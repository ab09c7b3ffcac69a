#include "symbolic/notation/declarations.hpp"

#include <utility>

namespace chalktape::notation {

using language::Role;

std::string_view article_and_noun(Role role) {
  switch (role) {
    case Role::tensor:
      return "a tensor";
    case Role::definition:
      return "a definition";
    case Role::gradient:
      return "a gradient";
    case Role::size:
      return "a size";
    case Role::constant:
      return "a constant";
    case Role::pi:
      return "the number pi";
    case Role::unresolved:
      break;
  }
  return "a name";
}

Declarations::Declarations(const language::Layer& layer) {
  for (const std::string& size : layer.sizes) declare(size, {.role = Role::size});
  for (const auto& tensor : layer.tensors) {
    declare(tensor.name, {.role = Role::tensor, .ranges = tensor.sizes, .span = tensor.span});
  }
  for (const auto& constant : layer.constants) declare(constant.name, {.role = Role::constant, .span = constant.span});
  for (const auto& definition : layer.definitions) {
    std::vector<std::string> ranges;
    for (const language::Index& index : definition.indices) ranges.push_back(index.range);
    declare(definition.name, {.role = Role::definition, .ranges = std::move(ranges), .span = definition.span});
  }
}

std::optional<Declaration> Declarations::declare(const std::string& name, Declaration declaration) {
  const auto [position, is_new] = declarations_.try_emplace(name, std::move(declaration));
  if (is_new) return std::nullopt;
  return position->second;
}

const Declaration* Declarations::find(const std::string& name) const {
  const auto position = declarations_.find(name);
  return position == declarations_.end() ? nullptr : &position->second;
}

std::optional<Declaration> Declarations::find_gradient(std::string_view name) const {
  static constexpr std::string_view total = "_total";
  if (!name.starts_with('d')) return std::nullopt;
  const std::string_view of = name.substr(1);
  for (const std::string_view candidate : {of, of.ends_with(total) ? of.substr(0, of.size() - total.size()) : ""}) {
    const auto position = declarations_.find(candidate);
    if (position == declarations_.end()) continue;
    Declaration gradient = position->second;
    if (gradient.role != Role::tensor && gradient.role != Role::definition) continue;
    gradient.role = Role::gradient;
    return gradient;
  }
  return std::nullopt;
}

std::vector<std::string> Declarations::names() const {
  std::vector<std::string> names;
  for (const auto& [name, declaration] : declarations_) names.push_back(name);
  return names;
}

}  // namespace chalktape::notation
