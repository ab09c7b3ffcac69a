#include "symbolic/report/derivation_latex.hpp"

#include <fmt/core.h>

#include "symbolic/present/latex.hpp"
#include "symbolic/report/selection.hpp"

namespace chalktape::report {

using derive::Gradient;
using language::Expr;

namespace {

/// LaTeX source this long may not fit on a line of the page; it is broken between top-level terms.
constexpr std::size_t longest_line = 150;

class Document {
 public:
  Document(const derive::Derivation& derivation, present::GradientNotation notation, Detail detail)
      : derivation_(derivation), typesetting_(derivation.layer, notation), detail_(detail) {}

  std::string write(const std::vector<std::string>& tensors) {
    const Selection selection = select(derivation_, tensors);
    text_ =
        "\\documentclass[10pt]{article}\n"
        "\\usepackage{amsmath}\n"
        "\\usepackage[a4paper,margin=2cm]{geometry}\n"
        "\\allowdisplaybreaks\n"
        "\\setlength{\\parindent}{0pt}\n"
        "\\begin{document}\n";
    section(fmt::format("The layer {}", words(derivation_.layer.name)));
    definitions(derivation_.layer.definitions);
    if (!derivation_.introduced.empty()) {
      text_ += "with names for the roots:\n";
      definitions(derivation_.introduced);
    }
    for (const Gradient* gradient : selection.derived) derived(*gradient);
    section("Results");
    text_ += "\\begin{align*}\n";
    bool first = true;
    const auto result = [&](const Gradient& gradient) {
      text_ += first ? "" : " \\\\\n";
      text_ += formula(gradient.left) + " &= " + broken(gradient.value);
      first = false;
    };
    for (const Gradient* gradient : selection.used) result(*gradient);
    for (const Gradient* gradient : selection.derived) {
      if (gradient->of_tensor) result(*gradient);
    }
    text_ += "\n\\end{align*}\n";
    text_ += present::to_latex(how_checked(selection), typesetting_) + "\n\\end{document}\n";
    return text_;
  }

 private:
  [[nodiscard]] std::string formula(const Expr& e) const { return present::to_latex(e, typesetting_); }

  static std::string words(const std::string& name) {
    std::string text;
    for (const char c : name) text += c == '_' ? std::string("\\_") : std::string(1, c);
    return text;
  }

  void section(const std::string& title) { text_ += fmt::format("\n\\section*{{{}}}\n", title); }

  void definitions(const std::vector<language::Definition>& list) {
    text_ += "\\begin{align*}\n";
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Expr name = language::access(list[i].name, list[i].indices, language::Role::definition);
      text_ += formula(name) + " &= " + broken(list[i].value) + (i + 1 < list.size() ? " \\\\\n" : "\n");
    }
    text_ += "\\end{align*}\n";
  }

  /// The right side of an aligned equation, over several lines where it is long.
  [[nodiscard]] std::string broken(const Expr& e) const {
    std::string whole = formula(e);
    const auto terms = top_terms(e);
    if (whole.size() <= longest_line || terms.size() < 2) return whole;
    std::string text;
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if (i > 0) text += " \\\\\n  &\\quad ";
      if (terms[i].negative || i > 0) text += terms[i].negative ? '-' : '+';
      text += formula(terms[i].value);
    }
    return text;
  }

  void derived(const Gradient& gradient) {
    const bool derivative = gradient.left->kind == language::Kind::derivative;
    const Expr of = language::access(gradient.of, {}, language::Role::definition);
    section(derivative ? fmt::format("The derivative ${}$", formula(gradient.left))
                       : fmt::format("The gradient of ${}$", formula(of)));
    for (const Gradient& before : gradient.derivatives) {
      steps(before);
      text_ += "\n\\medskip\n";
    }
    steps(gradient);
  }

  void steps(const Gradient& gradient) {
    bool first = true;
    for (const auto& step : at_detail(gradient.steps, detail_)) {
      text_ += fmt::format("\\begin{{align*}}\n{} &= {}\n\\end{{align*}}\n", first ? formula(gradient.left) : "",
                           broken(step.after));
      text_ += fmt::format("\\textsf{{{}}}: {}.\n", words(step.rule), present::to_latex(step.why, typesetting_));
      first = false;
    }
  }

  const derive::Derivation& derivation_;
  present::Typesetting typesetting_;
  Detail detail_;
  std::string text_;
};

}  // namespace

std::string to_latex(const derive::Derivation& derivation, const std::vector<std::string>& tensors,
                     present::GradientNotation notation, Detail detail) {
  return Document(derivation, notation, detail).write(tensors);
}

}  // namespace chalktape::report
