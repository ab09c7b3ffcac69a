#include "symbolic/language/source.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "symbolic/language/hints.hpp"

namespace chalktape::language {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  for (std::size_t position = 0; position < text.size();) {
    const CodePoint point = decode_utf8(text, position);
    const bool hidden = !point.valid || (point.value != '\t' && engine::is_obeyed_by_terminals(point.value));
    shown += hidden ? replacement_character : text.substr(position, point.length);
    position += point.length;
  }
  return shown;
}

std::string quoted_code_point(std::string_view text, std::size_t position) {
  const CodePoint point = decode_utf8(text, position);
  if (!point.valid) return fmt::format("byte 0x{:02X}", static_cast<unsigned char>(text[position]));
  if (engine::is_obeyed_by_terminals(point.value) || is_foreign_blank(point.value))
    return fmt::format("U+{:04X}", point.value);
  return fmt::format("'{}'", text.substr(position, point.length));
}

Source::Source(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
  if (text_.compare(0, byte_order_mark.size(), byte_order_mark) == 0) text_.erase(0, byte_order_mark.size());
  line_starts_.push_back(0);
  code_points_before_.reserve(text_.size() + 1);
  std::uint32_t count = 0;
  for (std::size_t position = 0; position < text_.size();) {
    const std::size_t length = decode_utf8(text_, position).length;
    code_points_before_.insert(code_points_before_.end(), length, count);
    if (text_[position] == '\n') line_starts_.push_back(position + 1);
    position += length;
    ++count;
  }
  code_points_before_.push_back(count);
}

std::size_t Source::line_end(std::size_t line) const {
  if (line + 1 == line_starts_.size()) return text_.size();
  const std::size_t line_break = line_starts_[line + 1] - 1;
  const bool carriage_return = line_break > line_starts_[line] && text_[line_break - 1] == '\r';
  return carriage_return ? line_break - 1 : line_break;
}

std::string_view Source::line_text(std::size_t line) const {
  return text().substr(line_begin(line), line_end(line) - line_begin(line));
}

Span Source::span(std::size_t begin, std::size_t end) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), begin);
  const auto line = static_cast<std::size_t>(after - line_starts_.begin()) - 1;
  const std::uint32_t first = code_points_before_[begin];
  const std::uint32_t last = code_points_before_[std::max(begin, std::min(end, line_end(line)))];
  return {.line = static_cast<int>(line) + 1,
          .column = static_cast<int>(first - code_points_before_[line_starts_[line]]) + 1,
          .length = std::max(1, static_cast<int>(last - first))};
}

}  // namespace chalktape::language
