#include "symbolic/language/layer.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace chalktape::language {
namespace {

template <class Declaration>
const Declaration* find_named(const std::vector<Declaration>& declarations, const std::string& name) {
  const auto found = std::find_if(declarations.begin(), declarations.end(),
                                  [&](const Declaration& declaration) { return declaration.name == name; });
  return found == declarations.end() ? nullptr : &*found;
}

}  // namespace

Relation mirrored(Relation relation) {
  switch (relation) {
    case Relation::less:
      return Relation::greater;
    case Relation::less_equal:
      return Relation::greater_equal;
    case Relation::greater:
      return Relation::less;
    case Relation::greater_equal:
      return Relation::less_equal;
    case Relation::equal:
      break;
  }
  return Relation::equal;
}

const Definition* Layer::find_definition(const std::string& name) const { return find_named(definitions, name); }

const TensorDeclaration* Layer::find_tensor(const std::string& name) const { return find_named(tensors, name); }

std::optional<std::vector<std::string>> Layer::ranges_of(const std::string& name) const {
  if (const TensorDeclaration* tensor = find_tensor(name)) return tensor->sizes;
  const Definition* definition = find_definition(name);
  if (definition == nullptr) return std::nullopt;
  std::vector<std::string> ranges;
  for (const Index& index : definition->indices) ranges.push_back(index.range);
  return ranges;
}

bool Layer::returns_loss() const {
  if (outputs.size() != 1) return false;
  const auto ranges = ranges_of(outputs.front());
  return ranges.has_value() && ranges->empty();
}

std::string Layer::signature() const {
  std::vector<std::string> inputs, numbers;
  for (const auto& tensor : tensors) {
    const bool is_scalar = tensor.sizes.empty();
    inputs.push_back(is_scalar ? tensor.name : fmt::format("{}[{}]", tensor.name, fmt::join(tensor.sizes, ",")));
  }
  for (const auto& constant : constants) {
    const auto& value = constant.default_value;
    numbers.push_back(value ? fmt::format("{} = {}", constant.name, *value) : constant.name);
  }
  return fmt::format("({}{}{})", fmt::join(inputs, ", "), numbers.empty() ? "" : "; ", fmt::join(numbers, ", "));
}

}  // namespace chalktape::language
