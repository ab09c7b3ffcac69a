// The chalktape command: parses arguments, runs one subcommand, writes what it hands back.
#include <cstdio>
#include <exception>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/failure.hpp"
#include "cli/interruption.hpp"
#include "cli/limits.hpp"
#include "cli/output.hpp"
#include "cli/subcommand.hpp"
#include "cli/terminal.hpp"
#include "engine/io/atomic_file.hpp"
#include "engine/version.hpp"
#include "symbolic/language/diagnostics.hpp"

namespace chalktape::cli {
namespace {

/// The options that every subcommand has.
struct CommonOptions {
  std::optional<std::string> output_file;
  bool ascii = false;
  bool unicode = false;
  Limits limits;
};

void add_common_options(CLI::App& app, CommonOptions& options) {
  app.add_option("-o,--output", options.output_file, "write to FILE, whole or not at all, instead of standard output")
      ->type_name("FILE")
      ->check(
          [](const std::string& file) { return file.empty() ? std::string("needs a file's name") : std::string(); });
  auto* const ascii = app.add_flag("--ascii", options.ascii, "plain ASCII (the default but on a UTF-8 terminal)");
  app.add_flag("--unicode", options.unicode, "Unicode mathematics (the default on a UTF-8 terminal)")->excludes(ascii);
  add_limits(app, options.limits);
}

OutputStyle choose_style(const CommonOptions& options) {
  OutputStyle style = options.output_file ? OutputStyle{} : standard_output_style();
  if (options.ascii) style.unicode = false;
  if (options.unicode) style.unicode = true;
  return style;
}

/// The example lines of a subcommand's help.
std::string footer(const Subcommand& subcommand) {
  std::string text = "Example:\n";
  std::istringstream lines{std::string(subcommand.example)};
  for (std::string line; std::getline(lines, line);) text += "  " + line + "\n";
  return text;
}

/// CLI11 knows only that an argument was not expected; this knows what it might have been.
void check_subcommand_exists(int argc, const char* const* argv) {
  if (argc < 2 || std::string_view(argv[1]).starts_with('-')) return;
  std::vector<std::string> names;
  for (const Subcommand& subcommand : subcommands()) {
    if (subcommand.name == argv[1]) return;
    names.emplace_back(subcommand.name);
  }
  const std::string hint = language::nearest_name_hint(argv[1], names);
  throw Failure(fmt::format("there is no subcommand '{}'; {}", language::printable(argv[1]),
                            hint.empty() ? "see chalktape --help" : hint));
}

int run(int argc, const char* const* argv) {
  guard_standard_streams();
  handle_interruptions();
  check_subcommand_exists(argc, argv);

  CLI::App app{"Walks every road from a layer's forward formula to its gradient, and shows that they agree.",
               "chalktape"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(engine::version()));
  app.footer("Example:\n  chalktape derive batch_norm\n\nchalktape SUBCOMMAND --help explains a subcommand.\n");
  CommonOptions options;
  Action action;
  for (const Subcommand& subcommand : subcommands()) {
    CLI::App* const child = app.add_subcommand(std::string(subcommand.name), std::string(subcommand.help));
    child->footer(footer(subcommand));
    add_common_options(*child, options);
    child->callback([&action, chosen = subcommand.add(*child)] { action = chosen; });
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help and --version
    std::ostringstream text;
    app.exit(request, text, text);
    write_standard_output(text.str());
    return static_cast<int>(ExitStatus::well);
  } catch (const CLI::ParseError& error) {
    const auto parsed = app.get_subcommands();
    const std::string subcommand = parsed.empty() ? "" : " " + parsed.front()->get_name();
    throw Failure(fmt::format("{} (see chalktape{} --help)", error.what(), subcommand));
  }

  set_limits(options.limits);
  const Outcome outcome = action(choose_style(options));
  if (options.output_file) {
    engine::write_file_atomically(*options.output_file, outcome.text);
  } else {
    write_standard_output(outcome.text);
  }
  return static_cast<int>(outcome.status);
}

}  // namespace
}  // namespace chalktape::cli

int main(int argc, char** argv) {
  constexpr int bad = static_cast<int>(chalktape::cli::ExitStatus::bad);
  try {
    return chalktape::cli::run(argc, argv);
  } catch (const chalktape::language::Error& error) {  // rendered: each mistake with its place
    std::fputs(error.what(), stderr);
    return bad;
  } catch (const chalktape::cli::InputErrors& error) {
    std::fputs(error.what(), stderr);
    return bad;
  } catch (const std::bad_alloc&) {
    std::fputs("chalktape: error: not enough memory (see --max-memory)\n", stderr);
    return bad;
  } catch (const std::exception& error) {  // the outermost frame: whatever a library reports ends here, in words
    fmt::print(stderr, "chalktape: error: {}\n", error.what());
    return bad;
  }
}
