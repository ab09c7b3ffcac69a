#include "cli/terminal.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>
#include <string_view>

#include <unistd.h>

namespace chalktape::cli {
namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets the environment
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

/// By POSIX's order of precedence. The names are read rather than setlocale() called: containers often lack the locale
/// that their terminal has.
bool locale_is_utf8() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = environment(name);
    if (value.empty()) continue;
    std::string lower(value);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return lower.find("utf-8") != std::string::npos || lower.find("utf8") != std::string::npos;
  }
  return false;
}

bool terminal_is_dumb() { return environment("TERM") == "dumb" || environment("TERM").empty(); }

}  // namespace

OutputStyle standard_output_style() {
  if (isatty(STDOUT_FILENO) == 0) return {};
  return {.unicode = locale_is_utf8(), .colour = environment("NO_COLOR").empty() && !terminal_is_dumb()};
}

bool can_redraw_standard_error() { return isatty(STDERR_FILENO) != 0 && !terminal_is_dumb(); }

}  // namespace chalktape::cli
