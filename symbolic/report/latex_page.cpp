#include "symbolic/report/latex_page.hpp"

#include <fmt/core.h>

#include "symbolic/present/latex.hpp"
#include "symbolic/report/selection.hpp"

namespace chalktape::report {

using language::Expr;

LatexPage::LatexPage(const language::Layer& layer, present::GradientNotation notation)
    : typesetting_(layer, notation) {}

std::string LatexPage::formula(const Expr& e) const { return present::to_latex(e, typesetting_); }

std::string LatexPage::sentence(const present::Sentence& s) const { return present::to_latex(s, typesetting_); }

std::string LatexPage::words(const std::string& name) {
  std::string text;
  for (const char c : name) text += c == '_' ? std::string("\\_") : std::string(1, c);
  return text;
}

std::string LatexPage::broken(const Expr& e) const {
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

void LatexPage::section(const std::string& title) { text_ += fmt::format("\n\\section*{{{}}}\n", title); }

std::string LatexPage::take() const {
  return "\\documentclass[10pt]{article}\n"
         "\\usepackage{amsmath}\n"
         "\\usepackage[a4paper,margin=2cm]{geometry}\n"
         "\\allowdisplaybreaks\n"
         "\\setlength{\\parindent}{0pt}\n"
         "\\begin{document}\n" +
         text_ + "\\end{document}\n";
}

}  // namespace chalktape::report
