#include "symbolic/check/proof_sizes.hpp"

#include <algorithm>

namespace chalktape::check {

namespace {

constexpr std::int64_t smallest = 3;
constexpr double most_entries_of_different_sizes = 400;

double entries_of(const std::vector<std::string>& ranges, const Sizes& sizes) {
  double entries = 1;
  for (const std::string& range : ranges) entries *= static_cast<double>(sizes.at(range));
  return entries;
}

double largest_array(const language::Layer& layer, const Sizes& sizes) {
  double largest = 1;
  for (const auto& tensor : layer.tensors) largest = std::max(largest, entries_of(tensor.sizes, sizes));
  for (const auto& definition : layer.definitions) largest = std::max(largest, volume(definition.indices, sizes));
  return largest;
}

double operations(const language::Expr& e, const Sizes& sizes) {
  double inside = 1;
  for (const auto& operand : e->operands) inside += operations(operand, sizes);
  return e->kind == language::Kind::reduce ? volume(e->indices, sizes) * inside : inside;
}

}  // namespace

double volume(const std::vector<language::Index>& indices, const Sizes& sizes) {
  double entries = 1;
  for (const auto& i : indices) entries *= static_cast<double>(sizes.at(i.range));
  return entries;
}

std::vector<Sizes> proof_sizes(const language::Layer& layer) {
  Sizes different, equal;
  for (std::size_t i = 0; i < layer.sizes.size(); ++i) {
    different[layer.sizes[i]] = smallest + static_cast<std::int64_t>(i);
    equal[layer.sizes[i]] = smallest;
  }
  if (layer.sizes.size() < 2) return {equal};
  if (largest_array(layer, different) > most_entries_of_different_sizes) return {equal};
  return {different, equal};
}

std::size_t entry_count(const std::vector<std::string>& ranges, const Sizes& sizes) {
  std::size_t count = 1;
  for (const std::string& range : ranges) count *= static_cast<std::size_t>(sizes.at(range));
  return count;
}

double scalar_operations(const std::vector<language::Index>& indices, const language::Expr& value, const Sizes& sizes) {
  return volume(indices, sizes) * operations(value, sizes);
}

double scalar_operations(const language::Layer& layer, const Sizes& sizes) {
  double total = 0;
  for (const auto& definition : layer.definitions)
    total += scalar_operations(definition.indices, definition.value, sizes);
  return total;
}

}  // namespace chalktape::check
