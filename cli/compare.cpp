#include "cli/compare.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/data_arguments.hpp"
#include "cli/failure.hpp"
#include "cli/layer_argument.hpp"
#include "cli/progress.hpp"
#include "engine/io/io.hpp"
#include "symbolic/language/source.hpp"
#include "symbolic/roads/compare.hpp"
#include "symbolic/roads/report.hpp"

namespace chalktape::cli {
namespace {

struct CompareArguments {
  std::string layer;
  DataArguments data;
  std::string dtype = "f32";
  std::string dump;
  std::string format = "text";
  std::vector<std::string> candidates;  ///< "dx=FILE.npy"
};

/// The files' gradients, by tensor.
std::map<std::string, engine::Tensor> read_candidates(const roads::Problem& problem,
                                                      const std::vector<std::string>& arguments) {
  std::map<std::string, engine::Tensor> gradients;
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos || equals < 2 || equals + 1 == argument.size() || argument.front() != 'd')
      throw Failure(fmt::format("--candidate {}: expected a gradient's file, such as dx=FILE.npy",
                                language::printable(argument)));
    const std::string of = argument.substr(1, equals - 1);
    if (problem.layer.find_tensor(of) == nullptr) {
      throw Failure(fmt::format("--candidate: {0} has no tensor '{1}'; its signature is {0}{2}", problem.layer.name,
                                language::printable(of), problem.layer.signature()));
    }
    engine::Tensor gradient = engine::read_npy(argument.substr(equals + 1));
    const engine::Shape wanted = roads::shape_of(problem, of);
    if (gradient.shape() != wanted) {
      throw Failure(fmt::format("--candidate: d{} has the shape {}, not {} as {} has it", of,
                                engine::to_text(gradient.shape()), engine::to_text(wanted),
                                roads::sizes_text(problem)));
    }
    if (!gradients.emplace(of, std::move(gradient)).second)
      throw Failure(fmt::format("--candidate gives d{} twice", of));
  }
  return gradients;
}

Outcome compare(const CompareArguments& arguments) {
  const language::Layer layer = load_layer(arguments.layer);
  const auto dtype = arguments.dtype == "f64" ? engine::DType::f64 : engine::DType::f32;
  roads::Request request = request_of(arguments.data, dtype);
  request.operation_limit = roads::reference_operation_limit;
  const roads::Problem problem = roads::make_problem(layer, request, roads::comparison_sizes);
  std::vector<std::unique_ptr<roads::Road>> all = roads::all_roads();
  if (!arguments.candidates.empty())
    all.push_back(roads::candidate_road(read_candidates(problem, arguments.candidates)));
  Progress progress("comparing " + layer.name);
  const roads::Comparison comparison =
      roads::compare(problem, all, [&](double fraction) { progress.update(fraction); });
  if (!arguments.dump.empty()) roads::dump(comparison, arguments.dump);
  return {arguments.format == "json" ? roads::to_json(comparison) : roads::to_text(comparison),
          comparison.agree ? ExitStatus::well : ExitStatus::refuted};
}

}  // namespace

Action add_compare(CLI::App& app) {
  const auto arguments = std::make_shared<CompareArguments>();
  app.add_option("LAYER", arguments->layer, layer_argument_help)->required();
  add_data_arguments(app, arguments->data, "by default as the data say, else N=128,D=64 and less for more sizes");
  app.add_option("--dtype", arguments->dtype, "the numbers' type")
      ->check(CLI::IsMember({"f32", "f64"}))
      ->capture_default_str();
  app.add_option("--dump", arguments->dump,
                 "write inputs, upstream gradients and every road's gradients into this folder: x.npy, dy.npy, "
                 "tape_dx.npy (NaN where a road left an entry out)")
      ->type_name("DIR");
  app.add_option("--candidate", arguments->candidates,
                 "a kernel's own gradient, judged as one more road: dx=FILE.npy, computed from the same inputs (see "
                 "--input and --dump); may be given several times")
      ->type_name("dNAME=FILE.npy")
      ->allow_extra_args(false);
  app.add_option("--format", arguments->format, "how to print")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  return [arguments](const OutputStyle& /*style*/) { return compare(*arguments); };
}

}  // namespace chalktape::cli
