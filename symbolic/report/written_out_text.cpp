#include "symbolic/report/written_out_text.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "symbolic/report/selection.hpp"

namespace chalktape::report {

using language::Expr;

namespace {

/// The corners and sides of a bracket as tall as what it holds.
struct Bracket {
  const char *only, *top, *middle, *bottom;

  [[nodiscard]] const char* at(std::size_t row, std::size_t rows) const {
    if (rows == 1) return only;
    if (row == 0) return top;
    return row + 1 == rows ? bottom : middle;
  }
};

constexpr Bracket unicode_left{"[", "⎡", "⎢", "⎣"}, unicode_right{"]", "⎤", "⎥", "⎦"};
constexpr Bracket ascii_left{"[", "[", "[", "["}, ascii_right{"]", "]", "]", "]"};
constexpr Bracket unicode_brace{"{", "⎧", "⎨", "⎩"}, ascii_brace{"{", "{", "{", "{"};

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, columns(text)), ' ');
}

class WrittenOutPage : private TextPage {
 public:
  WrittenOutPage(const derive::Derivation& derivation, const TextStyle& style)
      : TextPage(derivation.layer, style), derivation_(derivation) {}

  std::string write(const WrittenOut& written) {
    heading(
        fmt::format("{}{}, written out{}", derivation_.layer.name, derivation_.layer.signature(),
                    derivation_.layer.sizes.empty() ? "" : " at " + described(written.sizes, derivation_.layer.sizes)));
    paragraph(
        fmt::format("Sums are their terms, deltas 0 or 1, sizes numbers. Of the arithmetic only that with 0 and 1 "
                    "is done: 0{0}a, 1{0}a, a + 0.",
                    style().unicode ? "·" : "*"),
        "");
    blank();
    heading("Forward");
    for (const Table& table : written.forward) whole(table);
    for (const WrittenGradient& gradient : written.gradients) steps(gradient);
    blank();
    heading("Checks");
    paragraph(fmt::format("Each of the {} entries has, to 40 digits at a random point of these sizes, the value of the "
                          "formula that it is written out from, and of what its name stands for.",
                          written.entries),
              "");
    return take();
  }

 private:
  [[nodiscard]] std::string written(const Expr& e) const { return formula(style().unicode ? flattened_extrema(e) : e); }

  void steps(const WrittenGradient& gradient) {
    blank();
    const derive::Gradient& g = *gradient.gradient;
    heading(fmt::format("{}: the gradient of {}{}", formula(g.left), g.of, g.of_tensor ? "" : ", on the way"));
    for (const WrittenStep& step : gradient.steps) {
      if (&step != &gradient.steps.front()) blank();
      paragraph(fmt::format("step {} of {}, {}: {}", step.number, step.of, styled("36", step.step.rule),
                            sentence(step.step.why)),
                "");
      whole(step.table);
      for (const Table& derivative : step.derivatives) whole(derivative);
    }
  }

  /// The formula, its cases, its entries.
  void whole(const Table& table) {
    equation(formula(table.name), table.value);
    cases(table);
    if (!only_repeats(table)) entries(table);
  }

  void cases(const Table& table) {
    std::vector<std::string> values;
    std::size_t width = 0;
    for (const present::Case& c : table.cases) {
      values.push_back(formula(c.value));
      width = std::max(width, columns(values.back()));
    }
    const Bracket& brace = style().unicode ? unicode_brace : ascii_brace;
    const std::string indent(columns(formula(table.name)), ' ');
    for (std::size_t i = 0; i < values.size(); ++i) {
      line(fmt::format("{} {} {} {}  {}", indent, i == 0 ? "=" : " ", brace.at(i, values.size()),
                       padded(values[i], width), conditions(table.cases[i])));
    }
  }

  [[nodiscard]] std::string conditions(const present::Case& c) const {
    if (c.where.empty()) return "otherwise";
    std::string text;
    for (const present::Condition& condition : c.where) {
      const char* const relation = condition.equal ? "=" : style().unicode ? "≠" : "!=";
      text += fmt::format("{} {} {} {}", text.empty() ? "where" : " and", condition.a.name, relation, condition.b.name);
    }
    return text;
  }

  void entries(const Table& table) {
    if (table.indices.empty() || table.first_only || !matrices(table)) {
      for (const Entry& entry : table.entries) filled_equation(formula(entry.name), entry.value);
    }
    if (table.first_only && !table.indices.empty()) line("  and so on for the other entries");
  }

  /// `left = e`, broken before the signs between terms, however deep in parentheses, where a line is full.
  void filled_equation(const std::string& left, const Expr& e) {
    std::string current = left + " =";
    const std::string indent(columns(current), ' ');
    const std::string text = written(e);
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = std::min(next_sign(text, start), text.size());
      const std::string piece = text.substr(start, end - start);
      if (start > 0 && columns(current) + 1 + columns(piece) > line_width) {
        line(current);
        current = indent;
      }
      current += " " + piece;
      start = end + 1;
    }
    line(current);
  }

  /// The next space before a sign that stands between terms.
  [[nodiscard]] std::size_t next_sign(const std::string& text, std::size_t from) const {
    const std::size_t plus = text.find(" + ", from);
    return std::min(plus, text.find(style().unicode ? " − " : " - ", from));
  }

  /// False, and nothing written, where one of them is too wide.
  bool matrices(const Table& table) {
    const Shape shape = shape_of(table);
    std::vector<std::string> lines;
    for (std::size_t slice = 0; slice < shape.slices; ++slice) {
      const std::string name = formula(slice_name(table, slice, style().unicode ? "·" : ":"));
      const auto matrix = matrix_lines(table, slice * shape.rows * shape.columns, shape);
      for (std::size_t row = 0; row < shape.rows; ++row) {
        const std::string left = row == (shape.rows - 1) / 2 ? name + " = " : std::string(columns(name) + 3, ' ');
        lines.push_back(left + matrix[row]);
        if (columns(lines.back()) > line_width) return false;
      }
    }
    for (const std::string& row : lines) line(row);
    return true;
  }

  [[nodiscard]] std::vector<std::string> matrix_lines(const Table& table, std::size_t first, const Shape& shape) const {
    std::vector<std::string> cells;
    std::vector<std::size_t> widths(shape.columns, 0);
    for (std::size_t i = 0; i < shape.rows * shape.columns; ++i) {
      cells.push_back(written(table.entries[first + i].value));
      widths[i % shape.columns] = std::max(widths[i % shape.columns], columns(cells.back()));
    }
    const Bracket& left = style().unicode ? unicode_left : ascii_left;
    const Bracket& right = style().unicode ? unicode_right : ascii_right;
    std::vector<std::string> lines;
    for (std::size_t row = 0; row < shape.rows; ++row) {
      std::string text = left.at(row, shape.rows);
      for (std::size_t column = 0; column < shape.columns; ++column)
        text += (column == 0 ? " " : "   ") + padded(cells[row * shape.columns + column], widths[column]);
      lines.push_back(text + " " + right.at(row, shape.rows));
    }
    return lines;
  }

  const derive::Derivation& derivation_;
};

}  // namespace

std::string to_text(const derive::Derivation& derivation, const WrittenOut& written, const TextStyle& style) {
  return WrittenOutPage(derivation, style).write(written);
}

}  // namespace chalktape::report
