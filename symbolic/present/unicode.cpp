#include "symbolic/present/unicode.hpp"

#include <string_view>

#include "symbolic/present/precedence.hpp"

namespace chalktape::present {

using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;
using language::Role;

namespace {

class UnicodePrinter {
 public:
  explicit UnicodePrinter(const Typesetting& typesetting) : typesetting_(typesetting) {}

  // `goes_on`: a factor or divisor follows, which an open sum would swallow.
  void node(const Expression& e, bool goes_on) {
    switch (e.kind) {
      case Kind::number:
        out_ += e.name;
        break;
      case Kind::access:
        access(e);
        break;
      case Kind::delta:
        out_ += "δ" + unicode_subscripts(e.indices);
        break;
      case Kind::negate:
        out_ += "−";
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
        out_ += e.kind == Kind::add ? " + " : " − ";
        operand(e, 1, goes_on);
        break;
      case Kind::multiply:
      case Kind::divide:
        operand(e, 0, true);
        out_ += e.kind == Kind::multiply ? "·" : "/";
        operand(e, 1, goes_on);
        break;
    }
  }

  std::string take() { return std::move(out_); }

 private:
  // Forms that look like a product though the language has them as one piece.
  [[nodiscard]] static bool is_open_sum(const Expression& e) {
    return e.kind == Kind::reduce && (e.name == "sum" || e.name == "mean");
  }
  [[nodiscard]] bool looks_like_quotient(const Expression& e) const {
    const bool leibniz =
        e.kind == Kind::access && e.role == Role::gradient && typesetting_.gradients() == GradientNotation::leibniz;
    return leibniz || (e.kind == Kind::derivative && e.held.empty());
  }

  void operand(const Expression& parent, std::size_t position, bool goes_on) {
    const Expression& e = *parent.operands[position];
    const bool is_divisor = parent.kind == Kind::divide && position == 1;
    const bool is_factor_behind = parent.kind == Kind::multiply && position == 1;
    bool parentheses = needs_parentheses(parent, position);
    if (is_open_sum(e)) parentheses = goes_on || is_divisor || (is_factor_behind && e.name == "mean");
    if (looks_like_quotient(e)) parentheses = is_divisor || (parent.kind == Kind::divide);
    if (parentheses) {
      in_parentheses(e);
    } else {
      node(e, goes_on);
    }
  }

  void in_parentheses(const Expression& e) {
    out_ += '(';
    node(e, false);
    out_ += ')';
  }

  void access(const Expression& e) {
    if (e.role != Role::gradient) {
      out_ += typesetting_.unicode(e.name).text + unicode_subscripts(e.indices);
      return;
    }
    const GradientName gradient = split_gradient(e.name);
    const std::string of = typesetting_.unicode(gradient.of).text;
    const std::string total = gradient.is_total ? "ᵗᵒᵗ" : "";
    switch (typesetting_.gradients()) {
      case GradientNotation::d:
        out_ += "d" + of + total;
        break;
      case GradientNotation::leibniz:
        out_ += (gradient.is_total ? "dL/d" : "∂L/∂") + of;
        break;
      case GradientNotation::bar:
        out_ += of + "\u0304" + total;
        break;
    }
    out_ += unicode_subscripts(e.indices);
  }

  void power(const Expression& e) {
    const Expression& base = *e.operands[0];
    const Expression& exponent = *e.operands[1];
    const bool bare = precedence_of(base) == Precedence::atom && !is_open_sum(base) && !looks_like_quotient(base) &&
                      base.kind != Kind::reduce && !has_superscript(base) && !is_scientific(base);
    if (bare) {
      node(base, false);
    } else {
      in_parentheses(base);
    }
    const bool negative = exponent.kind == Kind::negate;
    const Expression& magnitude = negative ? *exponent.operands[0] : exponent;
    if (magnitude.kind == Kind::number) {
      if (const auto digits = unicode_superscript(magnitude.name)) {
        out_ += (negative ? "⁻" : "") + *digits;
        return;
      }
    }
    out_ += '^';
    const bool simple = exponent.kind == Kind::number || exponent.kind == Kind::access;
    if (simple && !looks_like_quotient(exponent)) {
      node(exponent, false);
    } else {
      in_parentheses(exponent);
    }
  }

  [[nodiscard]] bool has_superscript(const Expression& e) const {
    if (e.kind != Kind::access) return false;
    return e.role == Role::gradient || typesetting_.unicode(e.name).has_superscript;
  }

  [[nodiscard]] static bool is_scientific(const Expression& e) {
    return e.kind == Kind::number && e.name.find_first_of("eE") != std::string::npos;
  }

  void call(const Expression& e) {
    if (e.name == "abs") {
      out_ += '|';
      node(*e.operands[0], false);
      out_ += '|';
      return;
    }
    out_ += e.name == "sqrt" ? "√" : e.name;
    std::string_view separator = "(";
    for (const Expr& argument : e.operands) {
      out_ += separator;
      node(*argument, false);
      separator = ", ";
    }
    out_ += ')';
  }

  void reduce(const Expression& e) {
    const Expression& body = *e.operands[0];
    if (!is_open_sum(e)) {
      out_ += e.name + unicode_subscripts(e.indices);
      in_parentheses(body);
      return;
    }
    if (e.name == "mean") mean_divisor(e.indices);
    out_ += "Σ" + unicode_subscripts(e.indices);
    if (body_needs_parentheses(body)) {
      in_parentheses(body);
    } else {
      out_ += ' ';
      node(body, false);
    }
  }

  void mean_divisor(const std::vector<Index>& indices) {
    out_ += indices.size() > 1 ? "1/(" : "1/";
    std::string_view separator;
    for (const Index& index : indices) {
      out_ += separator;
      out_ += typesetting_.unicode(index.range).text;
      separator = "·";
    }
    out_ += indices.size() > 1 ? ")·" : "·";
  }

  void derivative(const Expression& e) {
    if (!e.held.empty()) out_ += '(';
    out_ += "∂";
    const Expression& of = *e.operands[0];
    if (of.kind == Kind::access && !looks_like_quotient(of)) {
      node(of, false);
    } else {
      in_parentheses(of);
    }
    out_ += "/∂";
    node(*e.operands[1], false);
    std::string_view separator = " |";
    for (const std::string& held : e.held) {
      out_ += separator;
      out_ += typesetting_.unicode(held).text;
      separator = ",";
    }
    if (!e.held.empty()) out_ += ')';
  }

  const Typesetting& typesetting_;
  std::string out_;
};

}  // namespace

std::string to_unicode(const Expr& expression, const Typesetting& typesetting) {
  UnicodePrinter printer(typesetting);
  printer.node(*expression, false);
  return printer.take();
}

std::string to_unicode(const language::Definition& definition, const Typesetting& typesetting) {
  return typesetting.unicode(definition.name).text + unicode_subscripts(definition.indices) + " = " +
         to_unicode(definition.value, typesetting);
}

}  // namespace chalktape::present
