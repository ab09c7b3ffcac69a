#include "cli/compare.hpp"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/data_arguments.hpp"
#include "cli/layer_argument.hpp"
#include "cli/progress.hpp"
#include "symbolic/roads/compare.hpp"
#include "symbolic/roads/report.hpp"

namespace chalktape::cli {
namespace {

struct Arguments {
  std::string layer;
  DataArguments data;
  std::string dtype = "f32";
  std::string dump;
  std::string format = "text";
};

Outcome compare(const Arguments& arguments) {
  const language::Layer layer = load_layer(arguments.layer);
  const auto dtype = arguments.dtype == "f64" ? engine::DType::f64 : engine::DType::f32;
  roads::Request request = request_of(arguments.data, dtype);
  request.operation_limit = roads::reference_operation_limit;
  const roads::Problem problem = roads::make_problem(layer, request, roads::comparison_sizes);
  Progress progress("comparing " + layer.name);
  const roads::Comparison comparison =
      roads::compare(problem, roads::all_roads(), [&](double fraction) { progress.update(fraction); });
  if (!arguments.dump.empty()) roads::dump(comparison, arguments.dump);
  return {arguments.format == "json" ? roads::to_json(comparison) : roads::to_text(comparison),
          comparison.agree ? ExitStatus::well : ExitStatus::refuted};
}

}  // namespace

Action add_compare(CLI::App& app) {
  const auto arguments = std::make_shared<Arguments>();
  app.add_option("LAYER", arguments->layer, layer_argument_help)->required();
  add_data_arguments(app, arguments->data, "by default as the data say, else N=128,D=64 and less for more sizes");
  app.add_option("--dtype", arguments->dtype, "the numbers' type")
      ->check(CLI::IsMember({"f32", "f64"}))
      ->capture_default_str();
  app.add_option("--dump", arguments->dump,
                 "write inputs, upstream gradients and every road's gradients into this folder: x.npy, dy.npy, "
                 "tape_dx.npy (NaN where a road left an entry out)")
      ->type_name("DIR");
  app.add_option("--format", arguments->format, "how to print")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  return [arguments](const OutputStyle& /*style*/) { return compare(*arguments); };
}

}  // namespace chalktape::cli
