#include "symbolic/present/mathml.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "engine/text.hpp"
#include "symbolic/present/latex_name.hpp"
#include "symbolic/present/precedence.hpp"

namespace chalktape::present {

using engine::is_digit;

using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;
using language::Role;

namespace {

constexpr std::string_view apply_function = "<mo>&#x2061;</mo>", invisible_times = "<mo>&#x2062;</mo>";

/// An identifier of any kind of letters: longer ones are upright by themselves.
std::string identifier(std::string_view text) { return fmt::format("<mi>{}</mi>", escaped_html(text)); }

NameMarkup markup_of(const std::string& name, const Typesetting& typesetting) {
  if (auto markup = name_markup(typesetting.latex(name).text)) return *markup;
  return {.base = identifier(typesetting.unicode(name).text)};
}

std::string in_row(const std::string& elements) { return "<mrow>" + elements + "</mrow>"; }

/// base with scripts, of which any may be missing.
std::string with_scripts(const std::string& base, const std::string& below, const std::string& above) {
  if (below.empty() && above.empty()) return base;
  if (above.empty()) return fmt::format("<msub>{}{}</msub>", base, in_row(below));
  if (below.empty()) return fmt::format("<msup>{}{}</msup>", base, in_row(above));
  return fmt::format("<msubsup>{}{}{}</msubsup>", base, in_row(below), in_row(above));
}

class MathmlPrinter {
 public:
  MathmlPrinter(const Typesetting& typesetting, const Marks& marks) : typesetting_(typesetting), marks_(marks) {}

  // `goes_on`: a factor follows, which an open sum would swallow.
  void node(const Expression& e, bool goes_on) {
    const auto mark = marks_.find(&e);
    if (mark == marks_.end()) return bare(e, goes_on);
    out_ += "<mrow" + mark->second + ">";
    bare(e, goes_on);
    out_ += "</mrow>";
  }

  std::string take() { return std::move(out_); }

 private:
  void bare(const Expression& e, bool goes_on) {
    switch (e.kind) {
      case Kind::number:
        number(e.name);
        break;
      case Kind::access:
        access(e);
        break;
      case Kind::delta:
        out_ += with_scripts("<mi>δ</mi>", indices_to_mathml(e.indices), "");
        break;
      case Kind::negate:
        out_ += R"(<mo form="prefix">−</mo>)";
        operand(e, 0, goes_on);
        break;
      case Kind::power:
        power(e);
        break;
      case Kind::call:
        call(e);
        break;
      case Kind::reduce:
        reduce(e);
        break;
      case Kind::derivative:
        derivative(e);
        break;
      case Kind::add:
      case Kind::subtract:
        operand(e, 0, false);
        out_ += e.kind == Kind::add ? "<mo>+</mo>" : "<mo>−</mo>";
        operand(e, 1, goes_on);
        break;
      case Kind::multiply:
        operand(e, 0, true);
        out_ += begins_with_digit(*e.operands[1]) ? "<mo>·</mo>" : invisible_times;
        operand(e, 1, goes_on);
        break;
      case Kind::divide:
        out_ += "<mfrac>";
        row(*e.operands[0]);
        row(*e.operands[1]);
        out_ += "</mfrac>";
        break;
    }
  }

  void operand(const Expression& parent, std::size_t position, bool goes_on) {
    const Expression& e = *parent.operands[position];
    needs_typeset_parentheses(parent, position, goes_on) ? fenced(e) : node(e, goes_on);
  }

  void fenced(const Expression& e) {
    out_ += "<mrow><mo>(</mo>";
    node(e, false);
    out_ += "<mo>)</mo></mrow>";
  }

  /// One element, whatever e is.
  void row(const Expression& e) {
    out_ += "<mrow>";
    node(e, false);
    out_ += "</mrow>";
  }

  void number(const std::string& written) {
    const auto parts = scientific(written);
    if (!parts) {
      out_ += "<mn>" + written + "</mn>";
      return;
    }
    const bool negative = parts->exponent.starts_with('-');
    out_ += "<mrow>";
    if (!parts->is_power_of_ten()) out_ += fmt::format("<mn>{}</mn><mo>·</mo>", parts->mantissa);
    out_ += fmt::format("<msup><mn>10</mn><mrow>{}<mn>{}</mn></mrow></msup></mrow>", negative ? "<mo>−</mo>" : "",
                        parts->exponent.substr(negative ? 1 : 0));
  }

  [[nodiscard]] std::string named(const std::string& name, const std::vector<Index>& indices,
                                  const std::string& power = {}) const {
    const NameMarkup markup = markup_of(name, typesetting_);
    // x_max with an index: the name is one thing, the index another.
    const std::string base = markup.subscript.empty() || indices.empty()
                                 ? markup.base
                                 : in_row(with_scripts(markup.base, markup.subscript, ""));
    const std::string below = indices.empty() ? markup.subscript : indices_to_mathml(indices);
    return with_scripts(base, below, markup.superscript + power);
  }

  void access(const Expression& e) {
    if (e.role != Role::gradient) {
      out_ += named(e.name, e.indices);
      return;
    }
    const GradientName gradient = split_gradient(e.name);
    const std::string total = gradient.is_total ? R"(<mi mathvariant="normal">tot</mi>)" : "";
    const std::string upright_d = R"(<mi mathvariant="normal">d</mi>)";
    switch (typesetting_.gradients()) {
      case GradientNotation::d:
        out_ += in_row(upright_d + named(gradient.of, e.indices, total));
        break;
      case GradientNotation::leibniz: {
        const std::string differential = gradient.is_total ? upright_d : "<mo>∂</mo>";
        out_ += fmt::format("<mfrac><mrow>{0}<mi>L</mi></mrow><mrow>{0}{1}</mrow></mfrac>", differential,
                            named(gradient.of, e.indices));
        break;
      }
      case GradientNotation::bar:
        out_ += with_scripts(fmt::format(R"(<mover accent="true">{}<mo>¯</mo></mover>)", named(gradient.of, {})),
                             indices_to_mathml(e.indices), total);
        break;
    }
  }

  [[nodiscard]] bool takes_exponent(const Expression& e) const {
    return present::takes_exponent(e) &&
           !(e.kind == Kind::access && !markup_of(e.name, typesetting_).superscript.empty());
  }

  void power(const Expression& e) {
    const Expression& base = *e.operands[0];
    if (base.kind == Kind::access && !base.indices.empty() && takes_exponent(base)) return indexed_power(e, base);
    out_ += "<msup>";
    takes_exponent(base) ? row(base) : fenced(base);
    out_ += "<mrow>";
    exponent(*e.operands[1]);
    out_ += "</mrow></msup>";
  }

  /// x_ij², the exponent above the indices. A mark of the base stands at its letter.
  void indexed_power(const Expression& e, const Expression& base) {
    const NameMarkup markup = markup_of(base.name, typesetting_);
    const std::string letter =
        markup.subscript.empty() ? markup.base : in_row(with_scripts(markup.base, markup.subscript, ""));
    const auto mark = marks_.find(&base);
    out_ += "<msubsup>" + (mark == marks_.end() ? letter : "<mrow" + mark->second + ">" + letter + "</mrow>") +
            in_row(indices_to_mathml(base.indices)) + "<mrow>";
    exponent(*e.operands[1]);
    out_ += "</mrow></msubsup>";
  }

  void exponent(const Expression& e) {
    if (e.kind == Kind::negate && precedence_of(*e.operands[0]) >= Precedence::product) {
      out_ += R"(<mo form="prefix">−</mo>)";
      exponent(*e.operands[0]);
    } else if (is_flat_fraction(e)) {
      exponent(*e.operands[0]);
      out_ += "<mo>/</mo>";
      node(*e.operands[1], false);
    } else {
      node(e, false);
    }
  }

  void call(const Expression& e) {
    if (e.name == "sqrt") {
      out_ += "<msqrt>";
      node(*e.operands[0], false);
      out_ += "</msqrt>";
      return;
    }
    const bool is_abs = e.name == "abs";
    out_ += "<mrow>";
    if (!is_abs) out_ += identifier(e.name) + std::string(apply_function);
    out_ += is_abs ? R"(<mo form="prefix" fence="true">|</mo>)" : "<mo>(</mo>";
    for (const Expr& argument : e.operands) {
      if (argument != e.operands.front()) out_ += "<mo>,</mo>";
      node(*argument, false);
    }
    out_ += is_abs ? R"(<mo form="postfix" fence="true">|</mo></mrow>)" : "<mo>)</mo></mrow>";
  }

  void reduce(const Expression& e) {
    out_ += "<mrow>";
    if (e.name == "mean") {
      std::string below;
      for (const Index& index : e.indices)
        below += (below.empty() ? "" : std::string(invisible_times)) + name_to_mathml(index.range, typesetting_);
      out_ += fmt::format("<mfrac><mn>1</mn>{}</mfrac>", in_row(below));
    }
    if (e.name == "max" || e.name == "min") {
      out_ += fmt::format(R"(<munder><mo movablelimits="false">{}</mo>{}</munder>)", e.name,
                          in_row(indices_to_mathml(e.indices)));
    } else {
      for (const Index& index : e.indices)
        out_ += fmt::format("<munderover><mo>∑</mo><mrow>{}<mo>=</mo><mn>1</mn></mrow>{}</munderover>",
                            indices_to_mathml({index}), name_to_mathml(index.range, typesetting_));
    }
    const Expression& body = *e.operands[0];
    body_needs_parentheses(body) ? fenced(body) : node(body, false);
    out_ += "</mrow>";
  }

  void derivative(const Expression& e) {
    const Expression& of = *e.operands[0];
    const bool is_simple = of.kind == Kind::access && of.role != Role::gradient;
    if (!e.held.empty()) out_ += "<msub><mrow>";
    out_ += "<mfrac><mrow><mo>∂</mo>";
    if (is_simple) node(of, false);
    out_ += "</mrow><mrow><mo>∂</mo>";
    node(*e.operands[1], false);
    out_ += "</mrow></mfrac>";
    if (!is_simple) fenced(of);
    if (e.held.empty()) return;
    out_ += R"(<mo form="postfix" fence="true">|</mo></mrow><mrow>)";
    for (const std::string& held : e.held) {
      if (&held != &e.held.front()) out_ += "<mo>,</mo>";
      out_ += name_to_mathml(held, typesetting_);
    }
    out_ += "</mrow></msub>";
  }

  const Typesetting& typesetting_;
  const Marks& marks_;
  std::string out_;
};

std::string in_math(const std::string& elements) { return "<math>" + elements + "</math>"; }

}  // namespace

std::string to_mathml(const Expr& expression, const Typesetting& typesetting, const Marks& marks) {
  MathmlPrinter printer(typesetting, marks);
  printer.node(*expression, false);
  return printer.take();
}

std::string name_to_mathml(const std::string& name, const Typesetting& typesetting) {
  const NameMarkup markup = markup_of(name, typesetting);
  return with_scripts(markup.base, markup.subscript, markup.superscript);
}

std::string indices_to_mathml(const std::vector<Index>& indices) {
  const bool needs_commas = std::any_of(indices.begin(), indices.end(),
                                        [](const Index& index) { return index.name.size() > 1 || index.is_literal(); });
  static const Typesetting plain;
  std::string result;
  for (const Index& index : indices) {
    if (needs_commas && !result.empty()) result += "<mo>,</mo>";
    result += index.is_literal() ? "<mn>" + index.name + "</mn>" : name_to_mathml(index.name, plain);
  }
  return result;
}

std::string to_html(const Sentence& sentence, const Typesetting& typesetting) {
  std::string text;
  for (const Sentence::Piece& piece : sentence.pieces()) {
    if (const auto* words = std::get_if<std::string>(&piece)) {
      text += escaped_html(*words);
    } else if (const auto* symbols = std::get_if<Symbols>(&piece)) {
      const bool is_number = std::all_of(symbols->text.begin(), symbols->text.end(), is_digit);
      text += in_math(is_number ? "<mn>" + symbols->text + "</mn>" : identifier(symbols->text));
    } else {
      text += in_math(to_mathml(std::get<Expr>(piece), typesetting));
    }
  }
  return text;
}

std::string escaped_html(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace chalktape::present
