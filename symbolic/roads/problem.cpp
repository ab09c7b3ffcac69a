#include "symbolic/roads/problem.hpp"

#include <fmt/format.h>

namespace chalktape::roads {

engine::Shape shape_of(const Problem& problem, const std::string& name) {
  const auto ranges = problem.layer.ranges_of(name);
  if (!ranges) throw Error("the layer has no tensor or definition '" + name + "'");
  engine::Shape shape;
  for (const std::string& range : *ranges) shape.push_back(problem.sizes.at(range));
  return shape;
}

std::string sizes_text(const Problem& problem) {
  std::string text;
  for (const std::string& size : problem.layer.sizes)
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", size, problem.sizes.at(size));
  return text;
}

lower::Environment record_inputs(engine::Tape& tape, const Problem& problem, engine::DType dtype) {
  lower::Inputs inputs{dtype, problem.sizes, {}, problem.constants};
  for (const auto& [name, value] : problem.tensors) inputs.tensors.emplace(name, value.to(dtype));
  return lower::lower_inputs(tape, problem.layer, inputs);
}

Forward record_forward(engine::Tape& tape, const Problem& problem, engine::DType dtype) {
  Forward forward{record_inputs(tape, problem, dtype), {}, {}};
  for (const auto& definition : problem.layer.definitions) lower::lower_formula(tape, definition, forward.environment);
  for (const std::string& output : problem.layer.outputs)
    forward.upstream.emplace_back(forward.environment.nodes.at(output), problem.upstream.at(output).to(dtype));
  for (const auto& tensor : problem.layer.tensors) forward.tensors.push_back(forward.environment.nodes.at(tensor.name));
  return forward;
}

}  // namespace chalktape::roads
