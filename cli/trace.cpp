#include "cli/trace.hpp"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/data_arguments.hpp"
#include "cli/layer_argument.hpp"
#include "symbolic/roads/trace.hpp"

namespace chalktape::cli {
namespace {

struct TraceArguments {
  std::string layer;
  DataArguments data;
};

Outcome trace(const TraceArguments& arguments, const OutputStyle& style) {
  const language::Layer layer = load_layer(arguments.layer);
  roads::Request request = request_of(arguments.data, engine::DType::f64);
  request.operation_limit = 1e6;  // more than anybody reads
  return {roads::trace(roads::make_problem(layer, request, roads::tracing_sizes), style.unicode)};
}

}  // namespace

Action add_trace(CLI::App& app) {
  const auto arguments = std::make_shared<TraceArguments>();
  app.add_option("LAYER", arguments->layer, layer_argument_help)->required();
  add_data_arguments(app, arguments->data, "by default as the data say, else 3, 2 and 4");
  return [arguments](const OutputStyle& style) { return trace(*arguments, style); };
}

}  // namespace chalktape::cli
