// The LaTeX of a `show` line: what it may hold, so that every document printed with it compiles and does only that.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chalktape::language {

struct LatexProblem {
  std::size_t begin = 0;  ///< bytes of the text
  std::size_t end = 0;
  std::string message;
  std::string hint;
};

/// The first thing in `latex` that is not allowed: an unbalanced brace, a command that is not among the mathematical
/// ones (files, definitions and category codes are not), a missing argument, a second sub- or superscript, a special
/// character.
[[nodiscard]] std::optional<LatexProblem> find_latex_problem(std::string_view latex);

}  // namespace chalktape::language
