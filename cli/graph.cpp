#include "cli/graph.hpp"

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/layer_argument.hpp"
#include "engine/tape/draw.hpp"
#include "symbolic/roads/assumptions.hpp"
#include "symbolic/roads/sample.hpp"

namespace chalktape::cli {
namespace {

struct GraphArguments {
  std::string layer;
  bool backward = false;
  std::string format = "svg";
};

Outcome graph(const GraphArguments& arguments, const OutputStyle& style) {
  language::Layer layer = load_layer(arguments.layer);
  // The graph does not depend on the numbers; it is recorded with the smallest there are, constants as they come.
  std::erase_if(layer.assumptions, [&](const auto& assumption) { return !roads::mentions_values(layer, assumption); });
  roads::Request request;
  request.dtype = engine::DType::f64;
  for (const auto& constant : layer.constants)
    if (!constant.default_value) request.constants[constant.name] = 1;
  const roads::Problem problem = roads::make_problem(layer, request, roads::tracing_sizes);
  engine::Tape tape;
  const roads::Forward forward = roads::record_forward(tape, problem, engine::DType::f64);

  engine::DrawOptions options;
  options.title = layer.name;
  options.backward = arguments.backward;
  for (const auto& [node, gradient] : forward.upstream) options.outputs.push_back(node);
  options.with_respect_to = forward.tensors;
  const std::string times = arguments.format == "text" && !style.unicode ? "x" : "×";
  for (const auto& [node, shape] : forward.environment.shapes)
    if (!shape.empty()) options.shapes[node] = fmt::format("{}", fmt::join(shape, times));

  if (arguments.format == "svg") return {engine::to_svg(tape.graph(), options)};
  if (arguments.format == "dot") return {engine::to_dot(tape.graph(), options)};
  return {engine::to_text(tape.graph(), options)};
}

}  // namespace

Action add_graph(CLI::App& app) {
  const auto arguments = std::make_shared<GraphArguments>();
  app.add_option("LAYER", arguments->layer, layer_argument_help)->required();
  app.add_flag("--backward", arguments->backward, "draw the backward sweep too, in red");
  app.add_option("--format", arguments->format, "a picture, Graphviz' language, or one line a node")
      ->check(CLI::IsMember({"svg", "dot", "text"}))
      ->capture_default_str();
  return [arguments](const OutputStyle& style) { return graph(*arguments, style); };
}

}  // namespace chalktape::cli
