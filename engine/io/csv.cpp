#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "engine/io/file_bytes.hpp"
#include "engine/io/io.hpp"
#include "engine/text.hpp"

namespace chalktape::engine {

namespace {

struct Field {
  std::string_view text;
  std::size_t column;  // 1-based, where the text starts
};

std::vector<Field> fields_of(std::string_view line) {
  std::vector<Field> fields;
  std::size_t start = 0;
  while (true) {
    const std::size_t end = std::min(line.find(',', start), line.size());
    std::string_view text = line.substr(start, end - start);
    const std::size_t blank = std::min(text.find_first_not_of(" \t"), text.size());
    text.remove_prefix(blank);
    text = text.substr(0, text.find_last_not_of(" \t") + 1);
    fields.push_back({text, start + blank + 1});
    if (end == line.size()) return fields;
    start = end + 1;
  }
}

// A finite number, the whole text.
std::optional<double> number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte-order mark
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto is_blank = [](std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; };
  while (!lines.empty() && is_blank(lines.back())) lines.pop_back();
  return lines;
}

}  // namespace

ColumnRange parse_column_range(std::string_view text) {
  const auto bad = [&] {
    return Error(fmt::format("columns '{}': a range such as 1-4 or a column such as 2 is needed", printable(text)));
  };
  const auto column = [&](std::string_view part) {
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (status != std::errc() || end != part.data() + part.size() || value < 1) throw bad();
    return value;
  };
  const std::size_t dash = text.find('-');
  const ColumnRange range{column(text.substr(0, dash)),
                          column(dash == std::string_view::npos ? text : text.substr(dash + 1))};
  if (range.first > range.last) throw bad();
  return range;
}

Tensor read_csv(const std::filesystem::path& path, const std::vector<ColumnRange>& columns) {
  return parse_csv(read_file(path), path.string(), columns);
}

Tensor parse_csv(std::string_view bytes, const std::string& name, const std::vector<ColumnRange>& columns) {
  const auto bad = [&](std::size_t line, std::size_t column, std::string_view why) {
    return Error(fmt::format("{}:{}:{}: {}", name, line, column, why));
  };
  const std::vector<std::string_view> lines = lines_of(bytes);
  std::size_t first = 0;
  if (!lines.empty()) {
    const std::vector<Field> fields = fields_of(lines[0]);
    if (!std::all_of(fields.begin(), fields.end(), [](const Field& f) { return number(f.text).has_value(); }))
      first = 1;
  }
  if (first >= lines.size()) throw bad(1, 1, "no row of numbers");

  const std::size_t width = fields_of(lines[first]).size();
  std::vector<std::size_t> selected;
  const std::vector<ColumnRange> all{{1, static_cast<std::int64_t>(width)}};
  for (const ColumnRange& range : columns.empty() ? all : columns) {
    if (range.first < 1 || range.last > static_cast<std::int64_t>(width)) {
      throw bad(first + 1, 1,
                fmt::format("columns {}-{} are asked for, but there are {}", range.first, range.last, width));
    }
    for (std::int64_t c = range.first; c <= range.last; ++c) selected.push_back(static_cast<std::size_t>(c - 1));
  }

  std::vector<double> values;
  for (std::size_t row = first; row < lines.size(); ++row) {
    const std::vector<Field> fields = fields_of(lines[row]);
    if (fields.size() != width) {
      throw bad(row + 1, 1, fmt::format("{} fields, but {} in line {}", fields.size(), width, first + 1));
    }
    for (const std::size_t c : selected) {
      const std::optional<double> value = number(fields[c].text);
      if (!value) throw bad(row + 1, fields[c].column, fmt::format("'{}' is not a number", printable(fields[c].text)));
      values.push_back(*value);
    }
  }
  const Shape shape{static_cast<std::int64_t>(lines.size() - first), static_cast<std::int64_t>(selected.size())};
  return Tensor::from(shape, values, DType::f64);
}

}  // namespace chalktape::engine
