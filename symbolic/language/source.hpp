// The text of a `.chalk` file, and the way from bytes to the lines and columns that people count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text.hpp"
#include "symbolic/language/expression.hpp"

namespace chalktape::language {

using engine::CodePoint;
using engine::decode_utf8;

/// The text with everything that a terminal would obey rather than show (control characters, bidirectional overrides,
/// bytes that are not UTF-8) replaced by U+FFFD. Tabs stay.
[[nodiscard]] std::string printable(std::string_view text);

/// How a message quotes the code point at `position`: `'μ'`, or `U+0007` where it cannot be shown.
[[nodiscard]] std::string quoted_code_point(std::string_view text, std::size_t position);

/// An immutable source text. A byte order mark at its start is dropped; lines end with \n or \r\n.
class Source {
 public:
  Source(std::string name, std::string text);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  /// The number of lines, at least 1.
  [[nodiscard]] std::size_t line_count() const { return line_starts_.size(); }
  /// Where the 0-based line begins, and where its text ends (the line break excluded).
  [[nodiscard]] std::size_t line_begin(std::size_t line) const { return line_starts_[line]; }
  [[nodiscard]] std::size_t line_end(std::size_t line) const;
  /// The text of the 0-based line, without its line break.
  [[nodiscard]] std::string_view line_text(std::size_t line) const;
  /// The place of the bytes [begin, end); what lies beyond the first line is cut off. O(log lines).
  [[nodiscard]] Span span(std::size_t begin, std::size_t end) const;

 private:
  std::string name_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
  std::vector<std::uint32_t> code_points_before_;  // for every byte offset, the end included
};

}  // namespace chalktape::language
