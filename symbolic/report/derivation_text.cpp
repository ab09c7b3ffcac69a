#include "symbolic/report/derivation_text.hpp"

#include <fmt/core.h>

#include "symbolic/present/text.hpp"
#include "symbolic/present/unicode.hpp"
#include "symbolic/report/selection.hpp"

namespace chalktape::report {

using derive::Gradient;
using language::Expr;

namespace {

constexpr std::size_t line_width = 100;

/// Columns on a terminal: code points that are not combining marks (the hats and bars over letters).
std::size_t columns(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool continues = (byte & 0xC0U) == 0x80U;
    const bool combining = byte == 0xCCU || byte == 0xCDU;  // U+0300 to U+036F
    if (!continues && !combining) ++count;
  }
  return count;
}

class Writer {
 public:
  Writer(const derive::Derivation& derivation, const TextStyle& style)
      : derivation_(derivation), style_(style), typesetting_(derivation.layer, style.notation) {}

  std::string write(const std::vector<std::string>& tensors) {
    const Selection selection = select(derivation_, tensors);
    heading(derivation_.layer.name + derivation_.layer.signature());
    forward();
    introduced();
    for (const Gradient* gradient : selection.derived) derived(*gradient);
    results(selection);
    checks(selection);
    return text_;
  }

 private:
  [[nodiscard]] std::string formula(const Expr& e) const {
    return style_.unicode ? present::to_unicode(e, typesetting_) : present::to_text(e);
  }
  [[nodiscard]] std::string definition(const language::Definition& d) const {
    return style_.unicode ? present::to_unicode(d, typesetting_) : present::to_text(d);
  }
  [[nodiscard]] std::string sentence(const present::Sentence& s) const {
    return style_.unicode ? present::to_unicode(s, typesetting_) : present::to_text(s);
  }
  [[nodiscard]] std::string styled(const char* code, const std::string& text) const {
    return style_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }

  void heading(const std::string& text) { text_ += styled("1", text) + "\n"; }
  void line(const std::string& text) { text_ += "  " + text + "\n"; }

  /// `left = e`, broken before top-level signs where it is long.
  void equation(const std::string& left, const Expr& e) {
    const std::string whole = left + " = " + formula(e);
    const auto terms = top_terms(e);
    if (columns(whole) <= line_width || terms.size() < 2) {
      line(whole);
      return;
    }
    const std::string indent(columns(left) + 1, ' ');
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const char* const sign = terms[i].negative ? "- " : i > 0 ? "+ " : "";
      line((i == 0 ? left + " = " : indent + "  ") + sign + formula(terms[i].value));
    }
  }

  /// A paragraph under a step, wrapped between words.
  void paragraph(const std::string& text, const std::string& indent = "      ") {
    std::string current;
    for (std::size_t start = 0; start <= text.size();) {
      const std::size_t end = std::min(text.find(' ', start), text.size());
      const std::string word = text.substr(start, end - start);
      if (!current.empty() && columns(current) + 1 + columns(word) + indent.size() > line_width + 10) {
        line(indent + current);
        current = word;
      } else {
        current += (current.empty() ? "" : " ") + word;
      }
      start = end + 1;
    }
    line(indent + current);
  }

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
    text_ += "\n";
    heading(derivation_.introduced.size() == 1 ? "A name for the root" : "Names for the roots");
    for (const auto& d : derivation_.introduced) line(definition(d));
  }

  void derived(const Gradient& gradient) {
    text_ += "\n";
    const std::string left = formula(gradient.left);
    if (is_derivative(gradient)) {
      heading(fmt::format("{}: a derivative", left));
    } else {
      heading(fmt::format("{}: the gradient of {}{}", left, gradient.of, gradient.of_tensor ? "" : ", on the way"));
    }
    for (const Gradient& derivative : gradient.derivatives) {
      steps(derivative);
      text_ += "\n";
    }
    steps(gradient);
  }

  void steps(const Gradient& gradient) {
    const std::string left = formula(gradient.left);
    bool first = true;
    for (const auto& step : at_detail(gradient.steps, style_.detail)) {
      equation(first ? left : std::string(columns(left), ' '), step.after);
      paragraph(fmt::format("{}: {}", styled("36", step.rule), sentence(step.why)));
      paragraph(styled("2", check(step.checked)));
      first = false;
    }
  }

  [[nodiscard]] std::string check(const derive::Checked& c) const {
    const std::string modular =
        c.modular > 0 ? fmt::format("{} tests in F_p, ", c.modular) : "no test in F_p applies, ";
    return fmt::format("checked: {}{} points to {} digits, worst error {:.0e}", modular, c.points, c.digits, c.worst);
  }

  void results(const Selection& selection) {
    text_ += "\n";
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
    text_ += "\n";
    heading("Checks");
    paragraph(sentence(how_checked(selection)), "");
  }

  const derive::Derivation& derivation_;
  TextStyle style_;
  present::Typesetting typesetting_;
  std::string text_;
};

}  // namespace

std::string to_text(const derive::Derivation& derivation, const std::vector<std::string>& tensors,
                    const TextStyle& style) {
  return Writer(derivation, style).write(tensors);
}

}  // namespace chalktape::report
