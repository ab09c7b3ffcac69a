#include "cli/derive.hpp"

#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/data_arguments.hpp"
#include "cli/failure.hpp"
#include "cli/layer_argument.hpp"
#include "cli/limits.hpp"
#include "cli/progress.hpp"
#include "lesson/derivation_page.hpp"
#include "symbolic/check/verify.hpp"
#include "symbolic/language/source.hpp"
#include "symbolic/report/derivation_json.hpp"
#include "symbolic/report/derivation_latex.hpp"
#include "symbolic/report/derivation_text.hpp"
#include "symbolic/report/selection.hpp"
#include "symbolic/report/written_out_latex.hpp"
#include "symbolic/report/written_out_text.hpp"
#include "symbolic/roads/sizes.hpp"

namespace chalktape::cli {
namespace {

struct DeriveArguments {
  std::string layer;
  std::vector<std::string> tensors;
  derive::Style style = derive::Style::staged;
  std::string of;
  std::string format = "text";
  present::GradientNotation notation = present::GradientNotation::d;
  std::optional<report::Detail> detail;
  double timeout = 30;
  bool no_times = false;
  std::vector<std::string> at;     ///< "N=3,D=2"
  std::vector<std::string> steps;  ///< "3", "dvar:3"
};

/// The layer's gradients, or what --of asks for.
derive::Derivation derivation_of(const language::Layer& layer, const DeriveArguments& arguments) {
  Progress progress("deriving");
  const derive::Options options{.style = arguments.style,
                                .timeout_seconds = arguments.timeout,
                                .progress = [&](double fraction) { progress.update(fraction); }};
  if (arguments.of.empty()) return check::verified_derivation(layer, options);
  const auto e = notation::parse_expression(arguments.of, layer, {.source_name = "--of", .forward_only = true});
  try {
    return check::verified_jacobians(layer, derive::derivatives_of(layer, e, arguments.tensors), options);
  } catch (const std::invalid_argument& problem) {
    throw Failure(fmt::format("--of: {}", problem.what()));
  }
}

void require_known_names(const language::Layer& layer, const DeriveArguments& arguments) {
  for (const std::string& name : arguments.tensors) {
    const bool known =
        layer.find_tensor(name) != nullptr || (!arguments.of.empty() && layer.find_definition(name) != nullptr);
    if (known) continue;
    throw Failure(fmt::format("--wrt: {0} has no {1} '{2}'; its signature is {0}{3}", layer.name,
                              arguments.of.empty() ? "tensor" : "tensor or definition", name, layer.signature()));
  }
}

/// "3" or "dvar:3".
report::StepNumber step_number(const std::string& text) {
  const std::size_t colon = text.find(':');
  report::StepNumber step{colon == std::string::npos ? "" : text.substr(0, colon), 0};
  const std::string digits = colon == std::string::npos ? text : text.substr(colon + 1);
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step.number);
  const bool is_number = error == std::errc{} && stop == digits.data() + digits.size() && !digits.empty();
  if (!is_number || (colon != std::string::npos && step.gradient.empty()))
    throw Failure(fmt::format("--step {}: expected a number such as 3, or a gradient's step such as dvar:3",
                              language::printable(text)));
  return step;
}

/// JSON is for programs, which leave out by themselves what they do not want.
report::Detail detail_of(const DeriveArguments& arguments) {
  return arguments.detail.value_or(arguments.format == "json" ? report::Detail::full : report::Detail::normal);
}

/// What `--at` asks for, if it does.
std::optional<report::Request> request_of(const language::Layer& layer, const DeriveArguments& arguments) {
  if (arguments.at.empty()) return std::nullopt;
  roads::Request sizes;
  sizes.sizes = parse_sizes(arguments.at, "--at");
  report::Request request;
  request.sizes = roads::choose_sizes(layer, sizes, roads::writing_sizes);
  request.detail = detail_of(arguments);
  request.all_steps = arguments.detail.has_value();
  for (const std::string& step : arguments.steps) request.steps.push_back(step_number(step));
  return request;
}

Outcome derive(const DeriveArguments& arguments, const OutputStyle& style) {
  const auto [layer, source] = load_layer_with_source(arguments.layer);
  if (arguments.format == "html" && !arguments.at.empty())
    throw Failure("--at writes text, LaTeX or JSON; a lesson has formulas written out in HTML (chalktape lesson)");
  require_known_names(layer, arguments);
  const auto request = request_of(layer, arguments);
  const derive::Derivation derivation = derivation_of(layer, arguments);
  std::optional<report::WrittenOut> written;
  if (request) written = report::write_out(derivation, arguments.tensors, *request);
  if (arguments.format == "json")
    return {report::to_json(derivation, arguments.tensors, detail_of(arguments), !arguments.no_times,
                            written ? &*written : nullptr)};
  if (arguments.format == "html")
    return {lesson::write_derivation(derivation, {.source = source,
                                                  .tensors = arguments.tensors,
                                                  .detail = detail_of(arguments),
                                                  .notation = arguments.notation})};
  if (arguments.format == "latex" && written) return {report::to_latex(derivation, *written, arguments.notation)};
  if (arguments.format == "latex")
    return {report::to_latex(derivation, arguments.tensors, arguments.notation, detail_of(arguments))};
  const report::TextStyle text_style{
      .unicode = style.unicode, .colour = style.colour, .notation = arguments.notation, .detail = detail_of(arguments)};
  if (written) return {report::to_text(derivation, *written, text_style)};
  return {report::to_text(derivation, arguments.tensors, text_style)};
}

}  // namespace

Action add_derive(CLI::App& app) {
  const auto arguments = std::make_shared<DeriveArguments>();
  app.add_option("LAYER", arguments->layer, layer_argument_help)->required();
  app.add_option("--wrt", arguments->tensors, "a tensor to differentiate by; may be repeated (default: all)")
      ->type_name("TENSOR")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--of", arguments->of,
                 "an expression in the layer's names whose derivatives to derive instead: 'xhat[k,l]', or "
                 "'diff(xhat[k,l], x[i,j]; mu)' to hold names fixed")
      ->type_name("EXPR");
  static const std::map<std::string, derive::Style> styles{{"staged", derive::Style::staged},
                                                           {"direct", derive::Style::direct}};
  app.add_option("--style", arguments->style,
                 "staged goes back through the named intermediates; direct works the whole Jacobian out first "
                 "(default: staged)")
      ->transform(CLI::CheckedTransformer(styles))
      ->option_text("staged|direct");
  app.add_option("--format", arguments->format,
                 "text for the terminal, a LaTeX document, a page for a browser, or JSON for "
                 "programs")
      ->check(CLI::IsMember({"text", "latex", "html", "json"}))
      ->capture_default_str();
  static const std::map<std::string, present::GradientNotation> notations{
      {"leibniz", present::GradientNotation::leibniz},
      {"d", present::GradientNotation::d},
      {"bar", present::GradientNotation::bar}};
  app.add_option(
         "--notation", arguments->notation,
         "how Unicode text, LaTeX and HTML write the gradient of x: leibniz is dL/dx, d is dx, bar is x with a bar "
         "(default: d)")
      ->transform(CLI::CheckedTransformer(notations))
      ->type_name("leibniz|d|bar")
      ->option_text("leibniz|d|bar");
  static const std::map<std::string, report::Detail> details{
      {"brief", report::Detail::brief}, {"normal", report::Detail::normal}, {"full", report::Detail::full}};
  app.add_option("--detail", arguments->detail,
                 "brief: what fits on a slide; normal: bookkeeping in one step; full: each rewrite (default: normal; "
                 "for JSON full)")
      ->transform(CLI::CheckedTransformer(details))
      ->option_text("brief|normal|full");
  CLI::Option* const at =
      app.add_option("--at", arguments->at,
                     "write sums, deltas and tensors out at these sizes, such as N=3,D=2 (by default 3, 2, 2, ...): "
                     "the forward formulas, and of each gradient the chain rule's first entry and the result; with "
                     "--detail every step")
          ->type_name("NAME=N,...")
          ->allow_extra_args(false);
  app.add_option("--step", arguments->steps,
                 "with --at: this step only, 3, or dvar:3 for that of one gradient; may be given several times")
      ->type_name("[GRADIENT:]K")
      ->allow_extra_args(false)
      ->needs(at);
  add_timeout(app, arguments->timeout);
  app.add_flag("--no-times", arguments->no_times,
               "leave the measured milliseconds out of the JSON: the same bytes every run");
  return [arguments](const OutputStyle& style) { return derive(*arguments, style); };
}

}  // namespace chalktape::cli
