#include "symbolic/lower/lower.hpp"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "symbolic/lower/builder.hpp"
#include "symbolic/lower/formula.hpp"

namespace chalktape::lower {

using engine::NodeId;
using engine::Tape;
using engine::Tensor;
using language::Definition;

double constant_value(const language::ConstantDeclaration& constant, const std::map<std::string, double>& given) {
  if (const auto found = given.find(constant.name); found != given.end()) return found->second;
  if (!constant.default_value) throw Error("the constant " + constant.name + " has no default and was given no value");
  return number_value(*constant.default_value);
}

NodeId add_input(Tape& tape, const std::string& name, const std::vector<std::string>& sizes, const Tensor& value,
                 Environment& environment, bool differentiable) {
  engine::Shape expected;
  for (const std::string& size : sizes) {
    const auto found = environment.sizes.find(size);
    if (found == environment.sizes.end()) throw Error("the size " + size + " has no value");
    expected.push_back(found->second);
  }
  if (value.shape() != expected)
    throw Error(fmt::format("{} has shape {}, but {}[{}] needs {}", name, engine::to_text(value.shape()), name,
                            fmt::join(sizes, ","), engine::to_text(expected)));
  if (value.dtype() != environment.dtype)
    throw Error(
        fmt::format("{} is {}, not {}", name, engine::name_of(value.dtype()), engine::name_of(environment.dtype)));
  const NodeId node = tape.input(name, value, differentiable);
  environment.nodes[name] = node;
  environment.shapes[node] = sizes;
  environment.elements += value.size();
  return node;
}

NodeId lower_formula(Tape& tape, const Definition& formula, Environment& environment) {
  Builder builder(tape, environment);
  builder.enter(formula.indices);
  FormulaLowering lowering(builder);
  const Value value = lowering.value_of(formula.value);
  const auto* const scalar = std::get_if<Scalar>(&value);
  if (scalar != nullptr && formula.indices.empty()) {  // a constant of its own, to carry the name
    const NodeId node = tape.constant(Tensor::full({}, scalar->value, environment.dtype), formula.name);
    environment.nodes[formula.name] = node;
    environment.shapes.try_emplace(node);
    return node;
  }
  Array result = builder.array(value);
  Axes axes;
  for (const auto& index : formula.indices) axes.push_back(builder.ranged(index));
  result = builder.arranged(result, axes);
  tape.set_name(result.node, formula.name);
  environment.nodes[formula.name] = result.node;
  return result.node;
}

Environment lower_inputs(Tape& tape, const language::Layer& layer, const Inputs& inputs) {
  Environment environment;
  environment.dtype = inputs.dtype;
  environment.sizes = inputs.sizes;
  for (const auto& tensor : layer.tensors) {
    const auto value = inputs.tensors.find(tensor.name);
    if (value == inputs.tensors.end()) throw Error("the tensor " + tensor.name + " was given no value");
    add_input(tape, tensor.name, tensor.sizes, value->second, environment, true);
  }
  for (const auto& constant : layer.constants) {
    const double value = constant_value(constant, inputs.constants);
    const NodeId node = tape.constant(Tensor::full({}, value, inputs.dtype), constant.name);
    environment.nodes[constant.name] = node;
    environment.shapes.try_emplace(node);
  }
  return environment;
}

Environment lower(Tape& tape, const language::Layer& layer, const Inputs& inputs) {
  Environment environment = lower_inputs(tape, layer, inputs);
  for (const Definition& definition : layer.definitions) lower_formula(tape, definition, environment);
  return environment;
}

}  // namespace chalktape::lower
