#include "cli/emit.hpp"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/layer_argument.hpp"
#include "cli/limits.hpp"
#include "cli/progress.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/emit/cpp.hpp"
#include "symbolic/emit/numpy.hpp"

namespace chalktape::cli {
namespace {

struct EmitArguments {
  std::string layer;
  std::string language;
  double timeout = 30;
};

Outcome emit(const EmitArguments& arguments) {
  const language::Layer layer = load_layer(arguments.layer);
  Progress progress("deriving");
  const derive::Options options{.timeout_seconds = arguments.timeout,
                                .progress = [&](double fraction) { progress.update(fraction); }};
  const emit::Program program = emit::make_program(check::verified_derivation(layer, options));
  return {arguments.language == "numpy" ? emit::to_numpy(program) : emit::to_cpp(program)};
}

}  // namespace

Action add_emit(CLI::App& app) {
  const auto arguments = std::make_shared<EmitArguments>();
  app.add_option("LAYER", arguments->layer, layer_argument_help)->required();
  app.add_option("--lang", arguments->language, "c++: one header, loops, any floating-point type; numpy: a module")
      ->required()
      ->check(CLI::IsMember({"c++", "numpy"}));
  add_timeout(app, arguments->timeout);
  return [arguments](const OutputStyle& /*style*/) { return emit(*arguments); };
}

}  // namespace chalktape::cli
