#include "symbolic/roads/sizes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "symbolic/language/diagnostics.hpp"

namespace chalktape::roads {
namespace {

using engine::Shape;
using engine::Tensor;
using language::Layer;

/// " (did you mean 'x'?)", or nothing.
std::string hint(const std::string& name, const std::vector<std::string>& candidates) {
  const std::string nearest = language::nearest_name_hint(name, candidates);
  return nearest.empty() ? "" : "; " + nearest;
}

/// The ranges of what a name of the request's data stands for: a tensor, or d<output>.
std::optional<std::vector<std::string>> data_ranges(const Layer& layer, const std::string& name) {
  if (const auto* tensor = layer.find_tensor(name)) return tensor->sizes;
  if (name.starts_with('d') && std::ranges::find(layer.outputs, name.substr(1)) != layer.outputs.end())
    return layer.ranges_of(name.substr(1));
  return std::nullopt;
}

void check_names(const Layer& layer, const Request& request) {
  std::vector<std::string> tensors;
  for (const auto& tensor : layer.tensors) tensors.push_back(tensor.name);
  for (const std::string& output : layer.outputs) tensors.push_back("d" + output);
  for (const auto& [name, data] : request.data)
    if (!data_ranges(layer, name))
      throw Error(fmt::format("{} has no tensor '{}' (it has {}){}", layer.name, name, fmt::join(tensors, ", "),
                              hint(name, tensors)));
  for (const auto& [name, size] : request.sizes) {
    if (std::ranges::find(layer.sizes, name) == layer.sizes.end())
      throw Error(fmt::format("{} has no size '{}' (it has {}){}", layer.name, name,
                              layer.sizes.empty() ? "none" : fmt::format("{}", fmt::join(layer.sizes, ", ")),
                              hint(name, layer.sizes)));
    if (size < 1) throw Error(fmt::format("the size {} must be at least 1, not {}", name, size));
  }
  std::vector<std::string> constants;
  for (const auto& constant : layer.constants) constants.push_back(constant.name);
  for (const auto& [name, value] : request.constants)
    if (std::ranges::find(constants, name) == constants.end())
      throw Error(fmt::format("{} has no constant '{}' (it has {}){}", layer.name, name,
                              constants.empty() ? "none" : fmt::format("{}", fmt::join(constants, ", ")),
                              hint(name, constants)));
}

/// The data with as many axes as the tensor has: a table has two, so one of its axes may have to go.
Tensor with_rank(const Tensor& data, std::size_t rank, const std::string& name) {
  Shape shape = data.shape();
  while (shape.size() > rank) {
    const auto* const one = std::ranges::find(shape, 1);
    if (one == shape.end()) break;
    shape.erase(one);
  }
  if (shape.size() != rank)
    throw Error(fmt::format("{} has {} {}, but its data have shape {}", name, rank, rank == 1 ? "axis" : "axes",
                            engine::to_text(data.shape())));
  return data.contiguous().view(shape, engine::row_major_strides(shape));
}

/// Adds up Π ranges over the operations of a tree.
class Counting {
 public:
  explicit Counting(const std::map<std::string, std::int64_t>& sizes) : sizes_(sizes) {}

  [[nodiscard]] double times(double count, const std::vector<language::Index>& indices) const {
    for (const auto& index : indices) count *= static_cast<double>(sizes_.at(index.range));
    return count;
  }
  [[nodiscard]] double operations(const language::Expr& e, double count) const {
    if (e->kind == language::Kind::reduce) count = times(count, e->indices);
    double total = e->operands.empty() ? 0 : count;
    for (const auto& operand : e->operands) total += operations(operand, count);
    return total;
  }

 private:
  const std::map<std::string, std::int64_t>& sizes_;
};

}  // namespace

std::span<const std::int64_t> comparison_sizes(std::size_t count) {
  static constexpr std::array<std::int64_t, 2> two{128, 64};
  static constexpr std::array<std::int64_t, 3> three{32, 16, 12};
  static constexpr std::array<std::int64_t, 8> many{8, 7, 6, 5, 4, 3, 3, 2};
  if (count <= two.size()) return two;
  if (count <= three.size()) return three;
  return many;
}

std::span<const std::int64_t> tracing_sizes(std::size_t /*count*/) {
  static constexpr std::array<std::int64_t, 3> sizes{3, 2, 4};
  return sizes;
}

std::span<const std::int64_t> writing_sizes(std::size_t /*count*/) {
  static constexpr std::array<std::int64_t, 2> sizes{3, 2};
  return sizes;
}

std::map<std::string, std::int64_t> choose_sizes(const Layer& layer, Request& request,
                                                 std::span<const std::int64_t> (*defaults)(std::size_t)) {
  check_names(layer, request);
  std::map<std::string, std::int64_t> sizes = request.sizes;
  std::map<std::string, std::string> origin;  // of a size, for the message
  for (const auto& [name, size] : sizes) origin[name] = "--size";
  for (auto& [name, data] : request.data) {
    const std::vector<std::string> ranges = data_ranges(layer, name).value();
    data = with_rank(data, ranges.size(), fmt::format("{}[{}]", name, fmt::join(ranges, ",")));
    for (std::size_t axis = 0; axis < ranges.size(); ++axis) {
      const std::int64_t length = data.shape()[axis];
      if (length < 1) throw Error(fmt::format("{} has no entries: shape {}", name, engine::to_text(data.shape())));
      const auto [known, fresh] = sizes.try_emplace(ranges[axis], length);
      if (fresh) origin[ranges[axis]] = "the data of " + name;
      if (known->second != length)
        throw Error(fmt::format("{}[{}] has shape {}, which gives {} = {}, but {} = {} by {}", name,
                                fmt::join(ranges, ","), engine::to_text(data.shape()), ranges[axis], length,
                                ranges[axis], known->second, origin[ranges[axis]]));
    }
    for (const double value : data.to_vector())
      if (!std::isfinite(value)) throw Error(fmt::format("the data of {} hold a number that is not finite", name));
  }
  const auto choice = defaults(layer.sizes.size());
  for (std::size_t s = 0; s < layer.sizes.size(); ++s)
    sizes.try_emplace(layer.sizes[s], choice[std::min(s, choice.size() - 1)]);
  return sizes;
}

double scalar_operations(const Layer& layer, const std::map<std::string, std::int64_t>& sizes) {
  const Counting counting(sizes);
  double total = 0;
  for (const auto& definition : layer.definitions)
    total += counting.operations(definition.value, counting.times(1, definition.indices));
  for (const auto& tensor : layer.tensors) {
    double count = 1;
    for (const std::string& size : tensor.sizes) count *= static_cast<double>(sizes.at(size));
    total += count;
  }
  return total;
}

}  // namespace chalktape::roads
