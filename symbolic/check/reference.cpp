#include "symbolic/check/reference.hpp"

#include "symbolic/check/point.hpp"
#include "symbolic/notation/door.hpp"

namespace chalktape::check {

namespace {

Precise precise(const Digits::Element& value) {
  const double high = cln::double_approx(value);
  return {high, cln::double_approx(value - cln::cl_float(cln::cl_DF(high), cln::float_format(Digits::carried)))};
}

std::vector<Precise> precise(const Evaluator<Digits>::Array& array) {
  std::vector<Precise> result;
  for (const auto& entry : array.entries) result.push_back(precise(entry.value));
  return result;
}

}  // namespace

Reference reference(const language::Layer& layer, const Inputs& inputs) {
  const notation::OneAtATime door;
  Digits field(0);
  PointData<Digits> data;
  const auto convert = [&](const std::map<std::string, std::vector<double>>& from, auto& to) {
    for (const auto& [name, values] : from) {
      for (const double value : values) to[name].push_back(field.from(value));
    }
  };
  convert(inputs.tensors, data.tensors);
  convert(inputs.upstream, data.upstream);
  for (const auto& [name, value] : inputs.constants) data.constants.emplace(name, field.from(value));
  try {
    const Point<Digits> point(layer, {}, field, inputs.sizes, data);
    Reference result;
    for (const auto& definition : layer.definitions)
      result.values[definition.name] = precise(point.array(definition.name));
    for (const auto& tensor : layer.tensors) result.gradients[tensor.name] = precise(point.array("d" + tensor.name));
    return result;
  } catch (const Redraw& reason) {
    throw DomainError(std::string("the layer cannot be evaluated at these inputs: ") + reason.what());
  } catch (const cln::runtime_exception& overflow) {
    throw DomainError(std::string("the layer cannot be evaluated at these inputs: ") + overflow.what());
  }
}

}  // namespace chalktape::check
