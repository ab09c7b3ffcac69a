#include "symbolic/report/derivation_text.hpp"

#include <fmt/core.h>

#include "symbolic/report/selection.hpp"

namespace chalktape::report {

using derive::Gradient;
using language::Expr;

namespace {

class DerivationPage : private TextPage {
 public:
  DerivationPage(const derive::Derivation& derivation, const TextStyle& style)
      : TextPage(derivation.layer, style), derivation_(derivation) {}

  std::string write(const std::vector<std::string>& tensors) {
    const Selection selection = select(derivation_, tensors);
    heading(derivation_.layer.name + derivation_.layer.signature());
    forward();
    introduced();
    for (const Gradient* gradient : selection.derived) derived(*gradient);
    results(selection);
    checks(selection);
    return take();
  }

 private:
  void forward() {
    for (const auto& d : derivation_.layer.definitions) line(definition(d));
    std::string returned;
    for (const auto& output : derivation_.layer.outputs) returned += (returned.empty() ? "" : ", ") + output;
    std::string note;
    if (derivation_.layer.returns_loss()) {
      note = fmt::format("the loss itself: its upstream gradient is 1");
    } else {
      for (const auto& output : derivation_.layer.outputs) note += (note.empty() ? "upstream " : ", ") + ("d" + output);
    }
    line(fmt::format("returns {} ({})", returned, note));
  }

  static bool is_derivative(const Gradient& gradient) { return gradient.left->kind == language::Kind::derivative; }

  void introduced() {
    if (derivation_.introduced.empty()) return;
    blank();
    heading(derivation_.introduced.size() == 1 ? "A name for the root" : "Names for the roots");
    for (const auto& d : derivation_.introduced) line(definition(d));
  }

  void derived(const Gradient& gradient) {
    blank();
    const std::string left = formula(gradient.left);
    if (is_derivative(gradient)) {
      heading(fmt::format("{}: a derivative", left));
    } else {
      heading(fmt::format("{}: the gradient of {}{}", left, gradient.of, gradient.of_tensor ? "" : ", on the way"));
    }
    for (const Gradient& derivative : gradient.derivatives) {
      steps(derivative);
      blank();
    }
    steps(gradient);
  }

  void steps(const Gradient& gradient) {
    const std::string left = formula(gradient.left);
    bool first = true;
    for (const auto& step : at_detail(gradient.steps, style().detail)) {
      equation(first ? left : std::string(columns(left), ' '), step.after);
      const bool bare = speaks_for_itself(step, style().detail);
      paragraph(styled("36", step.rule) + (bare ? "" : ": " + sentence(step.why)));
      if (style().detail != Detail::brief) paragraph(styled("2", check(step.checked)));
      first = false;
    }
  }

  [[nodiscard]] std::string check(const derive::Checked& c) const {
    const std::string modular =
        c.modular > 0 ? fmt::format("{} tests in F_p, ", c.modular) : "no test in F_p applies, ";
    return fmt::format("checked: {}{} points to {} digits, worst error {:.0e}", modular, c.points, c.digits, c.worst);
  }

  void results(const Selection& selection) {
    blank();
    heading("Results");
    for (const Gradient* gradient : selection.used) equation(formula(gradient->left), gradient->value);
    for (const Gradient* gradient : selection.derived) {
      if (!gradient->of_tensor) continue;
      equation(formula(gradient->left), gradient->value);
      if (is_derivative(*gradient)) continue;  // nobody computes a whole Jacobian
      const auto& cost = gradient->cost;
      line(fmt::format("      {} sum{}, {} sweep{}, {} operation{} an entry", cost.sums, cost.sums == 1 ? "" : "s",
                       cost.sweeps, cost.sweeps == 1 ? "" : "s", cost.flops, cost.flops == 1 ? "" : "s"));
    }
  }

  void checks(const Selection& selection) {
    blank();
    heading("Checks");
    paragraph(sentence(how_checked(selection)), "");
    for (const Gradient* gradient : selection.derived) {
      if (gradient->proof.proved || !gradient->proof.reason.empty()) line(sentence(how_checked(*gradient)));
    }
  }

  const derive::Derivation& derivation_;
};

}  // namespace

std::string to_text(const derive::Derivation& derivation, const std::vector<std::string>& tensors,
                    const TextStyle& style) {
  return DerivationPage(derivation, style).write(tensors);
}

}  // namespace chalktape::report
