// What a subcommand is. Each stands in a file of its own and is entered once, in subcommands.cpp.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace chalktape::cli {

/// The command's exit status; scripts depend on these numbers.
enum class ExitStatus : int {
  well = 0,     ///< all is well
  refuted = 1,  ///< something was refuted, or roads disagree
  bad = 2,      ///< bad use or bad input, or the output could not be written
};

/// How the output may look where it goes.
struct OutputStyle {
  bool unicode = false;  ///< Unicode mathematics; else the text is ASCII
  bool colour = false;   ///< ANSI escapes
};

/// What a subcommand hands back: it prints nothing itself, so that its output is written whole or not at all.
struct Outcome {
  std::string text;
  ExitStatus status = ExitStatus::well;
};

/// Runs a subcommand whose arguments have been parsed.
using Action = std::function<Outcome(const OutputStyle&)>;

struct Subcommand {
  std::string_view name;
  std::string_view help;     ///< one line, for the list of subcommands
  std::string_view example;  ///< command lines that work, one a line
  /// Declares the arguments and returns what is to be run with them. `-o`, `--ascii` and `--unicode` exist already.
  Action (*add)(CLI::App& app) = nullptr;
};

/// All subcommands, in the order in which help lists them.
[[nodiscard]] std::span<const Subcommand> subcommands();

}  // namespace chalktape::cli
