#include "symbolic/present/text.hpp"

#include <string_view>

#include "symbolic/present/precedence.hpp"

namespace chalktape::present {

using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;

namespace {

std::string_view operator_sign(Kind kind) {
  switch (kind) {
    case Kind::add:
      return " + ";
    case Kind::subtract:
      return " - ";
    case Kind::multiply:
      return "*";
    case Kind::divide:
      return "/";
    default:
      return "^";
  }
}

// Appends to one string, so that printing is linear in the tree's size.
class TextPrinter {
 public:
  std::string print(const Expression& expression) {
    node(expression);
    return std::move(out_);
  }

 private:
  void node(const Expression& e) {
    switch (e.kind) {
      case Kind::number:
        out_ += e.name;
        break;
      case Kind::access:
        out_ += e.name;
        out_ += index_list(e.indices);
        break;
      case Kind::delta:
        out_ += "delta";
        out_ += index_list(e.indices);
        break;
      case Kind::negate:
        out_ += '-';
        operand(e, 0);
        break;
      case Kind::call:
        out_ += e.name;
        arguments(e);
        break;
      case Kind::reduce:
        out_ += e.name;
        out_ += index_list(e.indices);
        arguments(e);
        break;
      case Kind::derivative:
        out_ += "diff";
        arguments(e);
        break;
      default:
        operand(e, 0);
        out_ += operator_sign(e.kind);
        operand(e, 1);
    }
  }

  void operand(const Expression& parent, std::size_t position) {
    const bool parentheses = needs_parentheses(parent, position);
    if (parentheses) out_ += '(';
    node(*parent.operands[position]);
    if (parentheses) out_ += ')';
  }

  void arguments(const Expression& e) {
    std::string_view separator = "(";
    for (const Expr& argument : e.operands) {
      out_ += separator;
      node(*argument);
      separator = ", ";
    }
    separator = "; ";
    for (const std::string& held : e.held) {
      out_ += separator;
      out_ += held;
      separator = ", ";
    }
    out_ += ')';
  }

  std::string out_;
};

}  // namespace

std::string to_text(const Expr& expression) { return TextPrinter().print(*expression); }

std::string index_list(const std::vector<Index>& indices) {
  if (indices.empty()) return {};
  std::string list = "[";
  for (const Index& index : indices) {
    if (list.size() > 1) list += ',';
    list += index.name;
  }
  return list + "]";
}

std::string to_text(const language::Definition& definition) {
  return definition.name + index_list(definition.indices) + " = " + to_text(definition.value);
}

}  // namespace chalktape::present
