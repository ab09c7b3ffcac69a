#include "symbolic/report/derivation_latex.hpp"

#include <fmt/core.h>

#include "symbolic/report/latex_page.hpp"
#include "symbolic/report/selection.hpp"

namespace chalktape::report {

using derive::Gradient;
using language::Expr;

namespace {

class Document : private LatexPage {
 public:
  Document(const derive::Derivation& derivation, present::GradientNotation notation, Detail detail)
      : LatexPage(derivation.layer, notation), derivation_(derivation), detail_(detail) {}

  std::string write(const std::vector<std::string>& tensors) {
    const Selection selection = select(derivation_, tensors);
    section(fmt::format("The layer {}", words(derivation_.layer.name)));
    definitions(derivation_.layer.definitions);
    if (!derivation_.introduced.empty()) {
      add("with names for the roots:\n");
      definitions(derivation_.introduced);
    }
    for (const Gradient* gradient : selection.derived) derived(*gradient);
    section("Results");
    add("\\begin{align*}\n");
    bool first = true;
    const auto result = [&](const Gradient& gradient) {
      add(first ? "" : " \\\\\n");
      add(formula(gradient.left) + " &= " + broken(gradient.value));
      first = false;
    };
    for (const Gradient* gradient : selection.used) result(*gradient);
    for (const Gradient* gradient : selection.derived) {
      if (gradient->of_tensor) result(*gradient);
    }
    add("\n\\end{align*}\n");
    add(sentence(how_checked(selection)) + "\n");
    for (const Gradient* gradient : selection.derived) {
      if (gradient->proof.proved || !gradient->proof.reason.empty())
        add("\n" + sentence(how_checked(*gradient)) + ".\n");
    }
    return take();
  }

 private:
  void definitions(const std::vector<language::Definition>& list) {
    add("\\begin{align*}\n");
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Expr name = language::access(list[i].name, list[i].indices, language::Role::definition);
      add(formula(name) + " &= " + broken(list[i].value) + (i + 1 < list.size() ? " \\\\\n" : "\n"));
    }
    add("\\end{align*}\n");
  }

  void derived(const Gradient& gradient) {
    const bool derivative = gradient.left->kind == language::Kind::derivative;
    const Expr of = language::access(gradient.of, {}, language::Role::definition);
    section(derivative ? fmt::format("The derivative ${}$", formula(gradient.left))
                       : fmt::format("The gradient of ${}$", formula(of)));
    for (const Gradient& before : gradient.derivatives) {
      steps(before);
      add("\n\\medskip\n");
    }
    steps(gradient);
  }

  void steps(const Gradient& gradient) {
    bool first = true;
    for (const auto& step : at_detail(gradient.steps, detail_)) {
      add(fmt::format("\\begin{{align*}}\n{} &= {}\n\\end{{align*}}\n", first ? formula(gradient.left) : "",
                      broken(step.after)));
      add(fmt::format("\\textsf{{{}}}", words(step.rule)));
      add(speaks_for_itself(step, detail_) ? ".\n" : ": " + sentence(step.why) + ".\n");
      first = false;
    }
  }

  const derive::Derivation& derivation_;
  Detail detail_;
};

}  // namespace

std::string to_latex(const derive::Derivation& derivation, const std::vector<std::string>& tensors,
                     present::GradientNotation notation, Detail detail) {
  return Document(derivation, notation, detail).write(tensors);
}

}  // namespace chalktape::report
