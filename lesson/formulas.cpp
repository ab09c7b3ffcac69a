#include "lesson/formulas.hpp"

#include <fmt/format.h>

#include "symbolic/present/latex.hpp"
#include "symbolic/present/mathml.hpp"
#include "symbolic/report/selection.hpp"

namespace chalktape::lesson {

using language::Expr;
using language::Kind;

namespace {

bool is_chain(const Expr& e) { return e->kind == Kind::add || e->kind == Kind::subtract || e->kind == Kind::negate; }

}  // namespace

Html math(const std::string& elements) { return Html::markup("<math>" + elements + "</math>"); }

Html Formulas::inline_formula(const Expr& e) const { return math(present::to_mathml(e, typesetting_)); }

Html Formulas::sentence(const present::Sentence& sentence) const {
  return Html::markup(present::to_html(sentence, typesetting_));
}

std::string Formulas::latex(const Expr& left, const Expr& value) const {
  return present::to_latex(left, typesetting_) + " = " + present::to_latex(value, typesetting_);
}

std::string Formulas::tokens_of(const Expr& e) {
  std::string text;
  if (matching_ == nullptr) return text;
  for (const std::string& token : matching_->of(e)) text += (text.empty() ? "" : " ") + token;
  return text;
}

void Formulas::annotate(const Expr& e, Annotations& annotations) {
  std::string tokens = tokens_of(e);
  if (!tokens.empty()) annotations[e.get()].tokens = std::move(tokens);
  // Inside a derivative stand names, not their numbers.
  if (e->kind == Kind::derivative) return;
  for (const Expr& operand : e->operands) annotate(operand, annotations);
}

Html Formulas::equation(const Expr& left, const Expr& value, const Changes& changes, bool repeats) {
  Annotations annotations;
  annotate(value, annotations);
  for (const auto* part : changes.made) annotations[part].made = true;
  for (const auto* part : changes.next) annotations[part].next = true;
  // The line is broken between terms: what is said of the whole sum is said of each, its numbers of the line.
  const auto spread = [&](const auto& self, const Expr& e) -> void {
    if (!is_chain(e)) return;
    const auto found = annotations.find(e.get());
    for (const Expr& operand : e->operands) {
      if (found != annotations.end()) {
        annotations[operand.get()].made |= found->second.made;
        annotations[operand.get()].next |= found->second.next;
      }
      self(self, operand);
    }
  };
  spread(spread, value);

  present::Marks marks;
  for (const auto& [node, part] : annotations) {
    std::string attributes;
    if (part.made || part.next)
      attributes += fmt::format(R"( class="{}{}{}")", part.made ? "made" : "", part.made && part.next ? " " : "",
                                part.next ? "next" : "");
    if (!part.tokens.empty()) attributes += fmt::format(R"( data-m="{}")", part.tokens);
    if (!attributes.empty()) marks.emplace(node, std::move(attributes));
  }

  // What stands for the gradient itself is its number on the tape too.
  const std::string left_tokens = tokens_of(left);
  const std::string left_math = present::to_mathml(left, typesetting_);
  Html content = element(
      "span", {{"class", repeats ? "left repeats" : "left"}},
      math((left_tokens.empty() ? left_math : fmt::format(R"(<mrow data-m="{}">{}</mrow>)", left_tokens, left_math)) +
           R"(<mo form="infix">=</mo>)"));
  Html right;
  const auto terms = report::top_terms(value);
  for (std::size_t k = 0; k < terms.size(); ++k) {
    std::string elements;
    if (terms[k].negative) {
      elements = k == 0 ? R"(<mo form="prefix">−</mo>)" : R"(<mo form="infix">−</mo>)";
    } else if (k > 0) {
      elements = R"(<mo form="infix">+</mo>)";
    }
    const Expr& term = terms[k].value;
    right += Html::markup(fmt::format(R"(<math displaystyle="true">{}{}</math>)", elements,
                                      present::to_mathml(term, typesetting_, marks)));
  }
  const auto whole = annotations.find(value.get());
  Attributes right_attributes{{"class", "right"}};
  if (terms.size() > 1 && whole != annotations.end() && !whole->second.tokens.empty())
    right_attributes.emplace_back("data-m", whole->second.tokens);
  content += element("span", right_attributes, right);
  return element("div", {{"class", "equation"}, {"data-latex", latex(left, value)}}, content);
}

}  // namespace chalktape::lesson
