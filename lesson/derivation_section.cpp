#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "lesson/sections.hpp"
#include "symbolic/present/difference.hpp"
#include "symbolic/report/detail.hpp"
#include "symbolic/report/selection.hpp"

namespace chalktape::lesson {
namespace {

using derive::Gradient;
using derive::Step;
using language::Expr;
using report::Detail;

std::string_view name_of(derive::Style style) { return style == derive::Style::direct ? "direct" : "staged"; }
std::string_view name_of(Detail detail) {
  return detail == Detail::brief ? "brief" : detail == Detail::normal ? "normal" : "full";
}

/// The rules of a step, which several joined steps may share: "contract-delta, pull-out".
std::vector<std::string> rules_of(const Step& step) {
  std::vector<std::string> rules;
  for (std::size_t at = 0; at < step.rule.size();) {
    const std::size_t end = std::min(step.rule.find(", ", at), step.rule.size());
    rules.push_back(step.rule.substr(at, end - at));
    at = end + 2;
  }
  return rules;
}

class DerivationSteps {
 public:
  DerivationSteps(Formulas& formulas, Detail detail, std::set<std::string>& rules)
      : formulas_(formulas), detail_(detail), rules_(rules) {}

  Html write(const report::Selection& selection) {
    Html gradients;
    for (const Gradient* gradient : selection.derived) {
      for (const Gradient& derivative : gradient->derivatives) gradients += steps_of(derivative);
      gradients += steps_of(*gradient);
    }
    return gradients +
           element("p", {{"class", "how-checked quiet"}}, formulas_.sentence(report::how_checked(selection)));
  }

 private:
  Html steps_of(const Gradient& gradient) {
    const bool is_derivative = gradient.left->kind == language::Kind::derivative;
    const Expr of = language::access(gradient.of, {}, language::Role::definition);
    Html heading = is_derivative ? Html("The derivative ") + formulas_.inline_formula(gradient.left)
                                 : Html("The gradient of ") + formulas_.inline_formula(of);
    if (!is_derivative && !gradient.of_tensor) heading += ", on the way";

    std::vector<Step> steps = report::at_detail(gradient.steps, detail_);
    std::vector<Expr> formulas;
    for (const Step& step : steps) formulas.push_back(present::unshared(step.after));
    std::vector<Changes> changes(steps.size());
    for (std::size_t k = 0; k + 1 < steps.size(); ++k) {
      present::Difference difference = present::difference(formulas[k], formulas[k + 1]);
      changes[k].next = std::move(difference.before);
      changes[k + 1].made = std::move(difference.after);
    }
    Html items;
    for (std::size_t k = 0; k < steps.size(); ++k) {
      for (const std::string& rule : rules_of(steps[k])) rules_.insert(rule);
      items += element(
          "li", {{"class", "step"}, {"data-rule", steps[k].rule}},
          rule_line(steps[k]) + formulas_.equation(gradient.left, formulas[k], changes[k], k > 0) + why(steps[k]));
    }
    // What is differentiated names the node that a derivative belongs to, as a gradient does.
    const std::string& name = is_derivative ? gradient.left->operands[0]->name : gradient.of;
    return element(
        "section",
        {{"class", "gradient"}, {"data-name", name}, {"data-kind", is_derivative ? "derivative" : "gradient"}},
        element("h4", heading) + element("ol", {{"class", "steps"}}, items));
  }

  Html rule_line(const Step& step) {
    Html names;
    for (const std::string& rule : rules_of(step))
      names += (names.empty() ? Html() : Html(", ")) + element("a", {{"href", "#rule-" + rule}}, rule);
    return element("p", {{"class", "rule"}}, element("span", names));
  }

  Html why(const Step& step) {
    std::string checked = fmt::format("Checked: {} digits at {} points, worst error {:.0e}", step.checked.digits,
                                      step.checked.points, step.checked.worst);
    if (step.checked.modular > 0) checked += fmt::format("; {} identity tests modulo a prime", step.checked.modular);
    Html reason;
    if (!report::speaks_for_itself(step, detail_)) reason = element("p", formulas_.sentence(step.why) + ".");
    return element("details", {{"class", "why"}},
                   element("summary", "Why") + reason + element("p", {{"class", "quiet"}}, checked + "."));
  }

  Formulas& formulas_;
  Detail detail_;
  std::set<std::string>& rules_;
};

Html variant(const derive::Derivation& derivation, Detail detail, bool is_open, Formulas& formulas,
             std::set<std::string>& rules) {
  const std::string title =
      fmt::format("The derivation, {} style, {} detail", name_of(derivation.style), name_of(detail));
  Attributes attributes{{"class", "variant"},
                        {"data-style", std::string(name_of(derivation.style))},
                        {"data-detail", std::string(name_of(detail))}};
  if (is_open) attributes.emplace_back("open", "");
  return element("details", attributes,
                 element("summary", title) + derivation_steps(report::select(derivation, {}), detail, formulas, rules));
}

}  // namespace

Html derivation_steps(const report::Selection& selection, Detail detail, Formulas& formulas,
                      std::set<std::string>& rules) {
  return DerivationSteps(formulas, detail, rules).write(selection);
}

Html derivation_section(const LayerLesson& lesson, Formulas& formulas, const std::string& id,
                        std::set<std::string>& rules) {
  Html variants;
  for (const derive::Derivation& derivation : lesson.derivations) {
    for (const Detail detail : {Detail::normal, Detail::brief, Detail::full}) {
      const bool is_first = &derivation == &lesson.derivations.front() && detail == Detail::normal;
      variants += variant(derivation, detail, is_first, formulas, rules);
    }
  }
  const Html controls = element("div", {{"class", "controls"}, {"data-stepper", "paper"}}, {});
  return section(
      id + "-paper", "panel paper", "The paper road",
      controls + element("div", {{"class", "choosers"}}, {}) + element("div", {{"class", "steps-box"}}, variants));
}

}  // namespace chalktape::lesson
