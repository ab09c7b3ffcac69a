#include "symbolic/report/written_out_latex.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "symbolic/present/unicode.hpp"
#include "symbolic/report/latex_page.hpp"
#include "symbolic/report/selection.hpp"
#include "symbolic/report/text_page.hpp"

namespace chalktape::report {

using language::Expr;

namespace {

/// What fits on a line of the page, in characters of the formula's Unicode form; a matrix cannot break between pages.
constexpr std::size_t widest = 85, tallest = 25;

class Document : private LatexPage {
 public:
  Document(const derive::Derivation& derivation, present::GradientNotation notation)
      : LatexPage(derivation.layer, notation), derivation_(derivation), measuring_(derivation.layer, notation) {}

  std::string write(const WrittenOut& written) {
    add("\\setcounter{MaxMatrixCols}{99}\n");
    section(fmt::format("The layer {} at ${}$", words(derivation_.layer.name),
                        described(written.sizes, derivation_.layer.sizes)));
    add("Sums are their terms, deltas $0$ or $1$, sizes numbers. Of the arithmetic only that with $0$ and $1$ is "
        "done.\n");
    for (const Table& table : written.forward) whole(table);
    for (const WrittenGradient& gradient : written.gradients) steps(gradient);
    add(
        fmt::format("\nEach of the {} entries has, to 40 digits at a random point of these sizes, the value of the "
                    "formula that it is written out from, and of what its name stands for.\n",
                    written.entries));
    return take();
  }

 private:
  [[nodiscard]] std::string written(const Expr& e) const { return formula(flattened_extrema(e)); }
  [[nodiscard]] std::size_t width(const Expr& e) const {
    return columns(present::to_unicode(flattened_extrema(e), measuring_));
  }

  void steps(const WrittenGradient& gradient) {
    section(fmt::format("The gradient of ${}$",
                        formula(language::access(gradient.gradient->of, {}, language::Role::definition))));
    for (const WrittenStep& step : gradient.steps) {
      add(fmt::format("\nStep {} of {}, \\textsf{{{}}}: {}.\n", step.number, step.of, words(step.step.rule),
                      sentence(step.step.why)));
      whole(step.table);
      for (const Table& derivative : step.derivatives) whole(derivative);
    }
  }

  /// No line can break inside parentheses: what is too wide is set smaller.
  [[nodiscard]] const char* font_for(const Table& table) const {
    std::size_t longest = 0;
    for (const Entry& entry : table.entries) {
      for (const Term& term : top_terms(entry.value))
        longest = std::max(longest, width(entry.name) + 3 + width(term.value));
    }
    if (longest <= widest) return "";
    if (longest <= widest * 5 / 4) return "\\footnotesize";
    return longest <= widest * 3 / 2 ? "\\scriptsize" : "\\tiny";
  }

  void whole(const Table& table) {
    add(fmt::format("\\begin{{align*}}\n{} &= {}", formula(table.name), broken(table.value)));
    cases(table);
    if (only_repeats(table)) {
      add("\n\\end{align*}\n");
    } else if (!table.indices.empty() && !table.first_only && matrices_fit(table)) {
      add("\n\\end{align*}\n");
      matrices(table);
    } else {
      add("\n\\end{align*}\n");
      const std::string font = font_for(table);
      add((font.empty() ? "" : "{" + font + "\n") + "\\begin{align*}\n");
      for (const Entry& entry : table.entries)
        add(fmt::format("{}{} &= {}", &entry == &table.entries.front() ? "" : " \\\\\n", formula(entry.name),
                        filled(entry.value)));
      add(font.empty() ? "\n\\end{align*}\n" : "\n\\end{align*}}\n");
      if (table.first_only) add("and so on for the other entries.\n");
    }
  }

  void cases(const Table& table) {
    if (table.cases.empty()) return;
    std::string rows;
    for (const present::Case& c : table.cases) {
      rows += rows.empty() ? "" : " \\\\ ";
      rows += formula(c.value) + " & " + conditions(c);
    }
    add(fmt::format(" \\\\\n &= \\begin{{cases}} {} \\end{{cases}}", rows));
  }

  static std::string conditions(const present::Case& c) {
    if (c.where.empty()) return "\\text{otherwise}";
    std::string text;
    for (const present::Condition& condition : c.where) {
      text += fmt::format("{}{} {} {}", text.empty() ? "\\text{where } " : " \\text{ and } ",
                          present::latex_subscripts({condition.a}), condition.equal ? "=" : "\\neq",
                          present::latex_subscripts({condition.b}));
    }
    return text;
  }

  /// The right side of an aligned equation, as many of its terms on a line as fit.
  [[nodiscard]] std::string filled(const Expr& e) const {
    std::string text;
    std::size_t used = 0;
    for (const Term& term : top_terms(e)) {
      const std::size_t more = width(term.value) + 3;
      const bool first = text.empty();
      if (!first && used + more > widest) {
        text += " \\\\\n  &\\quad ";
        used = 0;
      }
      if (term.negative || !first) text += term.negative ? " - " : " + ";
      text += written(term.value);
      used += more;
    }
    return text;
  }

  [[nodiscard]] bool matrices_fit(const Table& table) const {
    const Shape shape = shape_of(table);
    std::vector<std::size_t> widths(shape.columns, 0);
    for (std::size_t i = 0; i < table.entries.size(); ++i) {
      auto& widest_in_column = widths[i % shape.columns];
      widest_in_column = std::max(widest_in_column, width(table.entries[i].value));
    }
    std::size_t total = 0;
    for (const std::size_t w : widths) total += w + 3;
    return total <= widest && shape.rows <= tallest;
  }

  void matrices(const Table& table) {
    const Shape shape = shape_of(table);
    for (std::size_t slice = 0; slice < shape.slices; ++slice) {
      add(fmt::format("\\[ {} = \\begin{{pmatrix}}\n", formula(slice_name(table, slice, "\\cdot"))));
      for (std::size_t row = 0; row < shape.rows; ++row) {
        const std::size_t first = (slice * shape.rows + row) * shape.columns;
        for (std::size_t column = 0; column < shape.columns; ++column)
          add((column == 0 ? "  " : " & ") + written(table.entries[first + column].value));
        add(row + 1 < shape.rows ? " \\\\\n" : "\n");
      }
      add("\\end{pmatrix} \\]\n");
    }
  }

  const derive::Derivation& derivation_;
  present::Typesetting measuring_;
};

}  // namespace

std::string to_latex(const derive::Derivation& derivation, const WrittenOut& written,
                     present::GradientNotation notation) {
  return Document(derivation, notation).write(written);
}

}  // namespace chalktape::report
