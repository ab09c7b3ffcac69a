#include "tests/symbolic/random/layer_text.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "symbolic/present/text.hpp"

namespace chalktape::random_layers {

using language::Expr;
using language::Layer;

namespace {

int nodes(const Expr& e) {
  int total = 1 + static_cast<int>(e->indices.size());
  for (const Expr& operand : e->operands) total += nodes(operand);
  // 1 is the simplest number, and a short one simpler than a long one.
  if (e->kind == language::Kind::number && e->name != "1") total += static_cast<int>(e->name.size());
  return total;
}

}  // namespace

std::string to_chalk(const Layer& layer) {
  static constexpr const char* relations[] = {"=", "<", "<=", ">", ">="};
  std::string text = fmt::format("layer {}{}\n", layer.name, layer.signature());
  for (const auto& definition : layer.definitions) text += fmt::format("  {}\n", present::to_text(definition));
  for (const auto& assumption : layer.assumptions) {
    text += fmt::format("  assume {} {} {}\n", present::to_text(assumption.left),
                        relations[static_cast<std::size_t>(assumption.relation)], present::to_text(assumption.right));
  }
  text += fmt::format("  return {}", fmt::join(layer.outputs, ", "));
  if (!layer.auxiliary_outputs.empty()) text += fmt::format("; {}", fmt::join(layer.auxiliary_outputs, ", "));
  return text + "\n";
}

bool equal(const Layer& a, const Layer& b) {
  const auto same_definition = [](const auto& x, const auto& y) {
    return x.name == y.name && x.indices == y.indices && language::equal(x.value, y.value);
  };
  const auto same_assumption = [](const auto& x, const auto& y) {
    return x.relation == y.relation && language::equal(x.left, y.left) && language::equal(x.right, y.right);
  };
  return a.name == b.name && a.signature() == b.signature() && a.sizes == b.sizes && a.outputs == b.outputs &&
         a.auxiliary_outputs == b.auxiliary_outputs &&
         std::ranges::equal(a.definitions, b.definitions, same_definition) &&
         std::ranges::equal(a.assumptions, b.assumptions, same_assumption);
}

int size_of(const Layer& layer) {
  int total = 0;
  for (const auto& tensor : layer.tensors) total += 1 + static_cast<int>(tensor.sizes.size());
  for (const auto& d : layer.definitions) total += 3 + 2 * static_cast<int>(d.indices.size()) + nodes(d.value);
  for (const auto& assumption : layer.assumptions) total += nodes(assumption.left) + nodes(assumption.right);
  total += static_cast<int>(layer.constants.size() + layer.sizes.size());
  return total + static_cast<int>(layer.outputs.size() + layer.auxiliary_outputs.size());
}

}  // namespace chalktape::random_layers
