#include "symbolic/check/reference.hpp"

#include <algorithm>
#include <optional>

#include "symbolic/check/point.hpp"
#include "symbolic/notation/door.hpp"

namespace chalktape::check {

namespace {

Precise precise(const Digits::Element& value) {
  const double high = cln::double_approx(value.middle);
  return {high, cln::double_approx(value.middle - cln::cl_float(cln::cl_DF(high),
                                                                cln::float_format_t(cln::float_digits(value.middle))))};
}

/// Whether the array's entries are known to 32 digits of the largest, or to 40 behind the point.
bool tells(const Evaluator<Digits>::Array& array) {
  Magnitude largest(1e-8);
  for (const auto& entry : array.entries) {
    const Magnitude own = Magnitude::above(entry.value.middle);
    if (largest < own) largest = own;
  }
  return std::all_of(array.entries.begin(), array.entries.end(),
                     [&](const auto& entry) { return entry.value.radius < largest * Magnitude(1e-32); });
}

std::vector<Precise> precise(const Evaluator<Digits>::Array& array) {
  std::vector<Precise> result;
  for (const auto& entry : array.entries) result.push_back(precise(entry.value));
  return result;
}

}  // namespace

namespace {

/// Nothing where so many digits do not tell some array to 32 of its own, or to 40 behind the point.
std::optional<Reference> reference(const language::Layer& layer, const Inputs& inputs, int digits) {
  Digits field(0, digits);
  PointData<Digits> data;
  const auto convert = [&](const std::map<std::string, std::vector<double>>& from, auto& to) {
    for (const auto& [name, values] : from) {
      for (const double value : values) to[name].push_back(field.from(value));
    }
  };
  convert(inputs.tensors, data.tensors);
  convert(inputs.upstream, data.upstream);
  for (const auto& [name, value] : inputs.constants) data.constants.emplace(name, field.from(value));
  const Point<Digits> point(layer, {}, field, inputs.sizes, data);
  Reference result;
  bool is_precise = true;
  const auto add = [&](std::map<std::string, std::vector<Precise>>& to, const std::string& name,
                       const Evaluator<Digits>::Array& array) {
    is_precise = is_precise && tells(array);
    to[name] = precise(array);
  };
  for (const auto& definition : layer.definitions) add(result.values, definition.name, point.array(definition.name));
  for (const auto& tensor : layer.tensors) add(result.gradients, tensor.name, point.array("d" + tensor.name));
  if (!is_precise && digits < Digits::most_carried) return std::nullopt;
  return result;
}

}  // namespace

Reference reference(const language::Layer& layer, const Inputs& inputs) {
  const notation::OneAtATime door;
  std::string obstacle = "its numbers cannot be told";
  for (const int digits : {Digits::carried, Digits::decisive, Digits::most_carried}) {
    try {
      if (auto result = reference(layer, inputs, digits)) return std::move(*result);
    } catch (const Imprecise& reason) {
      obstacle = reason.what();
    } catch (const Redraw& reason) {
      throw DomainError(std::string("the layer cannot be evaluated at these inputs: ") + reason.what());
    } catch (const cln::runtime_exception& overflow) {
      throw DomainError(std::string("the layer cannot be evaluated at these inputs: ") + overflow.what());
    }
  }
  throw DomainError("the layer cannot be evaluated at these inputs: " + obstacle);
}

}  // namespace chalktape::check
