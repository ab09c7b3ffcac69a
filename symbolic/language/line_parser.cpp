#include "symbolic/language/line_parser.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace chalktape::language {
namespace {

// Reports, once a line, what no text file should hold, and remembers the lines so that nothing else is said of them.
std::vector<bool> find_unreadable_lines(const Source& source, Diagnostics& diagnostics) {
  std::vector<bool> unreadable(source.line_count(), false);
  for (std::size_t line = 0; line < source.line_count(); ++line) {
    const std::string_view text = source.line_text(line);
    for (std::size_t position = 0; position < text.size();) {
      const CodePoint point = decode_utf8(text, position);
      const bool control = point.valid && (point.value < 0x20 || point.value == 0x7F) && point.value != '\t';
      if (!point.valid || control) {
        const std::size_t begin = source.line_begin(line) + position;
        const std::string found = quoted_code_point(text, position);
        diagnostics.add(source.span(begin, begin + 1), control ? fmt::format("the control character {}", found)
                                                               : fmt::format("{} is not UTF-8 text", found));
        unreadable[line] = true;
        break;
      }
      position += point.length;
    }
  }
  return unreadable;
}

}  // namespace

LineParser::LineParser(const Source& source, Diagnostics& diagnostics, Unreadable unreadable)
    : source_(source), diagnostics_(diagnostics) {
  Diagnostics ignored;
  unreadable_ = find_unreadable_lines(source, unreadable == Unreadable::reported ? ignored : diagnostics);
}

bool LineParser::is_unreadable(const LogicalLine& line) const {
  const auto first = static_cast<std::size_t>(source_.span(line.begin, line.end).line) - 1;
  for (std::size_t k = first; k < source_.line_count() && source_.line_begin(k) < line.end; ++k) {
    if (unreadable_[k]) return true;
  }
  return false;
}

}  // namespace chalktape::language
