#include <fmt/format.h>

#include "lesson/sections.hpp"
#include "symbolic/check/checker.hpp"
#include "symbolic/derive/derive.hpp"
#include "symbolic/present/mathml.hpp"
#include "symbolic/report/selection.hpp"
#include "symbolic/report/written_out.hpp"

namespace chalktape::lesson {
namespace {

using language::Expr;
using report::Entry;
using report::Table;

class WrittenSection {
 public:
  WrittenSection(const LayerLesson& lesson, const report::WrittenOut& written)
      : typesetting_(lesson.layer), written_(written) {}

  Html write() {
    Html forward;
    for (const Table& table : written_.forward) forward += whole(table);
    Html content = folded("The forward formulas", forward);
    for (const report::WrittenGradient& gradient : written_.gradients) {
      const Expr of = language::access(gradient.gradient->of, {}, language::Role::definition);
      Html steps;
      for (const report::WrittenStep& step : gradient.steps) {
        steps +=
            element("p", {{"class", "quiet"}}, fmt::format("step {} of {}: {}", step.number, step.of, step.step.rule));
        steps += whole(step.table);
        for (const Table& derivative : step.derivatives) steps += whole(derivative);
      }
      content += folded(Html("The gradient of ") + formula(of), steps);
    }
    return content +
           element("p", {{"class", "quiet"}},
                   fmt::format("Each of the {} entries was compared, to 40 digits at a random point, with the "
                               "formula that it comes from.",
                               written_.entries));
  }

 private:
  [[nodiscard]] static Html folded(const Html& title, const Html& content) {
    return element("details", {{"class", "written-part"}}, element("summary", title) + content);
  }

  [[nodiscard]] std::string elements(const Expr& e) const {
    return present::to_mathml(report::flattened_extrema(e), typesetting_);
  }
  [[nodiscard]] Html formula(const Expr& e) const {
    return Html::markup("<math displaystyle=\"true\">" + elements(e) + "</math>");
  }

  /// A line that may break before top-level signs.
  [[nodiscard]] Html line(const Expr& left, const Expr& value) const {
    Html right;
    const auto terms = report::top_terms(value);
    for (std::size_t k = 0; k < terms.size(); ++k) {
      const char* const sign = k == 0              ? (terms[k].negative ? "<mo>−</mo>" : "")
                               : terms[k].negative ? R"(<mo form="infix">−</mo>)"
                                                   : R"(<mo form="infix">+</mo>)";
      right += Html::markup(fmt::format(R"(<math displaystyle="true">{}{}</math>)", sign, elements(terms[k].value)));
    }
    return element(
        "div", {{"class", "equation"}},
        element("span", {{"class", "left"}},
                Html::markup("<math displaystyle=\"true\">" + elements(left) + "<mo form=\"infix\">=</mo></math>")) +
            element("span", {{"class", "right"}}, right));
  }

  [[nodiscard]] Html whole(const Table& table) const {
    Html content = line(table.name, table.value);
    if (!table.cases.empty()) content += cases(table);
    if (report::only_repeats(table)) return element("div", {{"class", "written"}}, content);
    const report::Shape shape = report::shape_of(table);
    if (!table.indices.empty() && !table.first_only && shape.columns > 1) {
      for (std::size_t slice = 0; slice < shape.slices; ++slice) content += matrix(table, shape, slice);
    } else {
      for (const Entry& entry : table.entries) content += line(entry.name, entry.value);
      if (table.first_only) content += element("p", {{"class", "quiet"}}, "and so on for the other entries");
    }
    return element("div", {{"class", "written"}}, content);
  }

  [[nodiscard]] Html matrix(const Table& table, const report::Shape& shape, std::size_t slice) const {
    std::string rows;
    for (std::size_t r = 0; r < shape.rows; ++r) {
      rows += "<mtr>";
      for (std::size_t c = 0; c < shape.columns; ++c)
        rows += "<mtd>" + elements(table.entries[(slice * shape.rows + r) * shape.columns + c].value) + "</mtd>";
      rows += "</mtr>";
    }
    return element(
        "div", {{"class", "equation"}},
        Html::markup(fmt::format("<math>{}<mo>=</mo><mrow><mo>(</mo><mtable>{}</mtable><mo>)</mo></mrow></math>",
                                 elements(report::slice_name(table, slice, "·")), rows)));
  }

  [[nodiscard]] Html cases(const Table& table) const {
    std::string rows;
    for (const present::Case& c : table.cases) {
      std::string where = c.where.empty() ? "<mtext>otherwise</mtext>" : "<mtext>where\u00a0</mtext>";
      for (const present::Condition& condition : c.where)
        where +=
            fmt::format("{}{}<mo>{}</mo>{}", &condition == &c.where.front() ? "" : "<mtext>\u00a0and\u00a0</mtext>",
                        present::indices_to_mathml({condition.a}), condition.equal ? "=" : "≠",
                        present::indices_to_mathml({condition.b}));
      rows += "<mtr><mtd>" + elements(c.value) + "</mtd><mtd><mrow>" + where + "</mrow></mtd></mtr>";
    }
    return element(
        "div", {{"class", "equation"}},
        Html::markup("<math><mo form=\"infix\">=</mo><mrow><mo>{</mo><mtable>" + rows + "</mtable></mrow></math>"));
  }

  present::Typesetting typesetting_;
  const report::WrittenOut& written_;
};

Html left_out(const std::string& reason) { return element("p", {{"class", "quiet"}}, "Left out: " + reason); }

}  // namespace

Html written_section(const LayerLesson& lesson, const std::string& id) {
  report::Request request;
  request.sizes = lesson.at;
  const std::string sizes = report::described(lesson.at, lesson.layer.sizes);
  const std::string title = sizes.empty() ? "Written out" : "Written out at " + sizes;
  Html content;
  try {
    const report::WrittenOut written = report::write_out(lesson.staged(), {}, request);
    content = WrittenSection(lesson, written).write();
  } catch (const derive::Error& error) {  // longer than anybody reads
    content = left_out(error.what());
  } catch (const check::Error& error) {  // no values at these sizes
    content = left_out(error.what());
  }
  return section(id + "-written", "written-out", title,
                 element("p",
                         "Sums as their terms, deltas as 0 or 1, sizes as numbers: what the formulas mean for the "
                         "smallest arrays.") +
                     content);
}

}  // namespace chalktape::lesson
