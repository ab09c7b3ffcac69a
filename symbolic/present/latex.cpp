#include "symbolic/present/latex.hpp"

#include <string_view>

#include <fmt/format.h>

#include "engine/ops/registry.hpp"
#include "symbolic/present/precedence.hpp"

namespace chalktape::present {

using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;
using language::Role;

namespace {

/// \tanh, \operatorname{relu}: what stands before the parenthesis in the LaTeX of the function's op.
std::string function_name(const Expression& call) {
  const int arity = call.operands.size() > 1 ? 2 : 1;  // max(a, b, c), where a maximum is written out
  const engine::Op* const op = engine::find_function(call.name, arity);
  const std::size_t end = op == nullptr ? std::string_view::npos : op->latex.find(R"(\left()");
  return end == std::string_view::npos ? fmt::format(R"(\operatorname{{{}}})", call.name)
                                       : std::string(op->latex.substr(0, end));
}

class LatexPrinter {
 public:
  explicit LatexPrinter(const Typesetting& typesetting) : typesetting_(typesetting) {}

  // `goes_on`: a factor follows, which an open sum would swallow.
  void node(const Expression& e, bool goes_on) {
    switch (e.kind) {
      case Kind::number:
        number(e.name);
        break;
      case Kind::access:
        access(e);
        break;
      case Kind::delta:
        out_ += fmt::format(R"(\delta_{{{}}})", latex_subscripts(e.indices));
        break;
      case Kind::negate:
        out_ += '-';
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
        out_ += e.kind == Kind::add ? " + " : " - ";
        operand(e, 1, goes_on);
        break;
      case Kind::multiply:
        operand(e, 0, true);
        out_ += begins_with_digit(*e.operands[1]) ? R"( \cdot )" : R"(\,)";
        operand(e, 1, goes_on);
        break;
      case Kind::divide:
        fraction(e);
        break;
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void operand(const Expression& parent, std::size_t position, bool goes_on) {
    const Expression& e = *parent.operands[position];
    if (needs_typeset_parentheses(parent, position, goes_on)) {
      in_parentheses(e);
    } else {
      node(e, goes_on);
    }
  }

  void in_parentheses(const Expression& e) {
    out_ += R"(\left()";
    node(e, false);
    out_ += R"(\right))";
  }

  void in_braces(const Expression& e) {
    out_ += '{';
    node(e, false);
    out_ += '}';
  }

  void number(const std::string& written) {
    const auto parts = scientific(written);
    if (!parts) {
      out_ += written;
    } else if (parts->is_power_of_ten()) {
      out_ += fmt::format("10^{{{}}}", parts->exponent);
    } else {
      out_ += fmt::format(R"({} \cdot 10^{{{}}})", parts->mantissa, parts->exponent);
    }
  }

  void named(const std::string& name, const std::vector<Index>& indices) {
    const TypesetName typeset = typesetting_.latex(name);
    const bool needs_braces = typeset.has_subscript && !indices.empty();
    // The empty group keeps TeX from taking the braces off an accented letter.
    out_ += needs_braces ? "{{}" + typeset.text + "}" : typeset.text;
    if (!indices.empty()) out_ += fmt::format("_{{{}}}", latex_subscripts(indices));
  }

  void access(const Expression& e) {
    if (e.role != Role::gradient) {
      named(e.name, e.indices);
      return;
    }
    const GradientName gradient = split_gradient(e.name);
    const std::string_view total = gradient.is_total ? R"(^{\mathrm{tot}})" : "";
    const std::string_view differential = gradient.is_total ? R"(\mathrm{d})" : R"(\partial )";
    switch (typesetting_.gradients()) {
      case GradientNotation::d:
        out_ += R"(\mathrm{d})";
        named(gradient.of, e.indices);
        out_ += total;
        break;
      case GradientNotation::leibniz:
        out_ += fmt::format(R"(\frac{{{0}L}}{{{0})", differential);
        named(gradient.of, e.indices);
        out_ += '}';
        break;
      case GradientNotation::bar:
        out_ += fmt::format(R"(\overline{{{}}})", typesetting_.latex(gradient.of).text);
        if (!e.indices.empty()) out_ += fmt::format("_{{{}}}", latex_subscripts(e.indices));
        out_ += total;
        break;
    }
  }

  void fraction(const Expression& e) {
    out_ += R"(\frac)";
    in_braces(*e.operands[0]);
    in_braces(*e.operands[1]);
  }

  void power(const Expression& e) {
    const Expression& base = *e.operands[0];
    if (takes_exponent(base) && !(base.kind == Kind::access && typesetting_.latex(base.name).has_superscript)) {
      node(base, false);
    } else {
      in_parentheses(base);
    }
    out_ += "^{";
    exponent(*e.operands[1]);
    out_ += '}';
  }

  void exponent(const Expression& e) {
    if (e.kind == Kind::negate && precedence_of(*e.operands[0]) >= Precedence::product) {
      out_ += '-';
      exponent(*e.operands[0]);
    } else if (is_flat_fraction(e)) {
      exponent(*e.operands[0]);
      out_ += '/';
      node(*e.operands[1], false);
    } else {
      node(e, false);
    }
  }

  void call(const Expression& e) {
    if (e.name == "sqrt") {
      out_ += R"(\sqrt)";
      in_braces(*e.operands[0]);
      return;
    }
    const bool is_abs = e.name == "abs";
    if (!is_abs) out_ += function_name(e);
    std::string_view separator = is_abs ? R"(\left|)" : R"(\left()";
    for (const Expr& argument : e.operands) {
      out_ += separator;
      node(*argument, false);
      separator = ", ";
    }
    out_ += is_abs ? R"(\right|)" : R"(\right))";
  }

  void reduce(const Expression& e) {
    if (e.name == "mean") {
      out_ += R"(\frac{1}{)";
      std::string_view separator;
      for (const Index& index : e.indices) {
        out_ += separator;
        out_ += typesetting_.latex(index.range).text;
        separator = R"(\,)";
      }
      out_ += '}';
    }
    const bool is_extremum = e.name == "max" || e.name == "min";
    if (is_extremum) {
      out_ += fmt::format("\\{}_{{{}}} ", e.name, latex_subscripts(e.indices));
    } else {
      for (const Index& index : e.indices) {
        out_ +=
            fmt::format(R"(\sum_{{{}=1}}^{{{}}} )", latex_subscripts({index}), typesetting_.latex(index.range).text);
      }
    }
    const Expression& body = *e.operands[0];
    if (body_needs_parentheses(body)) {
      in_parentheses(body);
    } else {
      node(body, false);
    }
  }

  void derivative(const Expression& e) {
    const Expression& of = *e.operands[0];
    const bool is_simple = of.kind == Kind::access && of.role != Role::gradient;
    if (!e.held.empty()) out_ += R"(\left.)";
    out_ += R"(\frac{\partial)";
    if (is_simple) {
      out_ += ' ';
      node(of, false);
    }
    out_ += R"(}{\partial )";
    node(*e.operands[1], false);
    out_ += '}';
    if (!is_simple) in_parentheses(of);
    if (e.held.empty()) return;
    out_ += R"(\right|_{)";
    std::string_view separator;
    for (const std::string& held : e.held) {
      out_ += separator;
      out_ += typesetting_.latex(held).text;
      separator = ",";
    }
    out_ += '}';
  }

  const Typesetting& typesetting_;
  std::string out_;
};

}  // namespace

std::string to_latex(const Expr& expression, const Typesetting& typesetting) {
  LatexPrinter printer(typesetting);
  printer.node(*expression, false);
  return printer.take();
}

std::string to_latex(const language::Definition& definition, const Typesetting& typesetting) {
  const Expr left = language::access(definition.name, definition.indices, Role::definition);
  return to_latex(left, typesetting) + " = " + to_latex(definition.value, typesetting);
}

}  // namespace chalktape::present
