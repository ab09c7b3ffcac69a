#include "cli/lesson.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/data_arguments.hpp"
#include "cli/failure.hpp"
#include "cli/layer_argument.hpp"
#include "cli/limits.hpp"
#include "cli/progress.hpp"
#include "engine/io/file_bytes.hpp"
#include "lesson/page.hpp"
#include "symbolic/language/source.hpp"

namespace chalktape::cli {
namespace {

struct LessonArguments {
  std::vector<std::string> layers;
  DataArguments data;
  std::vector<std::string> at;
  std::string times;  ///< a file
  double timeout = 30;
};

/// Of what was asked for, the part that a layer has: the sizes of several layers are given together.
template <class Value>
void keep(std::map<std::string, Value>& values, const std::vector<std::string>& names) {
  std::erase_if(values, [&](const auto& entry) { return std::ranges::find(names, entry.first) == names.end(); });
}

/// A name that no layer has is a mistake.
void require_known(const std::map<std::string, std::int64_t>& sizes, const std::vector<LayerWithSource>& layers,
                   const std::string& option) {
  for (const auto& size : sizes) {
    const std::string& name = size.first;
    const bool known = std::ranges::any_of(layers, [&](const LayerWithSource& l) {
      return std::ranges::find(l.layer.sizes, name) != l.layer.sizes.end();
    });
    if (!known) throw Failure(fmt::format("{}: no layer here has a size '{}'", option, language::printable(name)));
  }
}

Outcome lesson(const LessonArguments& arguments) {
  std::vector<LayerWithSource> layers;
  for (const std::string& argument : arguments.layers) layers.push_back(load_layer_with_source(argument));
  lesson::Options options;
  options.worked = request_of(arguments.data, engine::DType::f64);
  options.worked.operation_limit = 1e6;  // more than anybody reads
  options.at = parse_sizes(arguments.at, "--at");
  options.timeout_seconds = arguments.timeout;
  if (!arguments.times.empty())
    options.timings = lesson::read_timings(engine::read_file(arguments.times), arguments.times);
  require_known(options.worked.sizes, layers, "--size");
  require_known(options.at, layers, "--at");

  std::vector<lesson::LayerLesson> lessons;
  for (const LayerWithSource& each : layers) {
    Progress progress("writing the lesson of " + each.layer.name);
    lesson::Options own = options;
    own.progress = [&](double fraction) { progress.update(fraction); };
    if (layers.size() > 1) {
      keep(own.worked.sizes, each.layer.sizes);
      keep(own.at, each.layer.sizes);
    }
    lessons.push_back(lesson::make_lesson(each.layer, each.source, own));
  }
  return {lesson::write_page(lessons)};
}

}  // namespace

Action add_lesson(CLI::App& app) {
  const auto arguments = std::make_shared<LessonArguments>();
  app.add_option("LAYER", arguments->layers, layer_argument_help)->required();
  add_data_arguments(app, arguments->data, "of the worked example; by default as the data say, else 3, 2 and 4");
  app.add_option("--at", arguments->at, "sizes at which formulas are written out (by default 3, 2, 2, ...)")
      ->type_name("NAME=N,...")
      ->allow_extra_args(false);
  app.add_option("--times", arguments->times, "show the times that ./run bench tape wrote to this file")
      ->type_name("FILE");
  add_timeout(app, arguments->timeout);
  return [arguments](const OutputStyle& /*style*/) { return lesson(*arguments); };
}

}  // namespace chalktape::cli
