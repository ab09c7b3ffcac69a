// Parses one logical line at a time, so that an error in one leaves the others alone.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <tao/pegtl.hpp>

#include "symbolic/language/actions.hpp"
#include "symbolic/language/limits.hpp"
#include "symbolic/language/lines.hpp"

namespace chalktape::language {

class LineParser {
 public:
  /// Of lines with what no text file should hold: whether that has been said already. Nothing else is said of them.
  enum class Unreadable { to_be_reported, reported };

  LineParser(const Source& source, Diagnostics& diagnostics, Unreadable unreadable = Unreadable::to_be_reported);

  [[nodiscard]] bool is_unreadable(const LogicalLine& line) const;

  /// True where the line is what the rule says: then its parts are in `state`. Else the diagnostics say why not.
  template <class Rule>
  bool parse(const LogicalLine& line, LineState& state) {
    if (is_unreadable(line)) return false;
    if (line.nested_too_deep) {
      diagnostics_.add(source_.span(*line.nested_too_deep, *line.nested_too_deep + 1),
                       fmt::format("more than {} brackets inside each other", limits::nesting),
                       "divide the expression into several definitions");
      return false;
    }
    const std::string_view text = source_.text().substr(line.begin, line.end - line.begin);
    tao::pegtl::memory_input<tao::pegtl::tracking_mode::lazy, tao::pegtl::eol::lf> input(text.data(),
                                                                                         text.data() + text.size(), "");
    try {
      return tao::pegtl::parse<Rule, action, control>(input, state);
    } catch (SyntaxFailure& failure) {
      if (failure.at_end && line.unclosed_bracket) {
        const std::size_t bracket = *line.unclosed_bracket;
        failure.diagnostic = {
            source_.span(bracket, bracket + 1), fmt::format("'{}' is never closed", source_.text()[bracket]), {}};
      }
      if (failure.is_no_definition && failure.diagnostic.hint.empty()) {
        failure.diagnostic.hint =
            nearest_name_hint(word_at(source_.text(), line.begin), {"assume", "return", "show", "layer"});
      }
      diagnostics_.add(std::move(failure.diagnostic));
      return false;
    }
  }

 private:
  const Source& source_;
  Diagnostics& diagnostics_;
  std::vector<bool> unreadable_;
};

}  // namespace chalktape::language
