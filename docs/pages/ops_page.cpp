#include <array>
#include <span>

#include <fmt/format.h>

#include "docs/pages/pages.hpp"
#include "engine/ops/registry.hpp"

namespace chalktape::docs {

using engine::Interval;
using engine::Op;
using engine::OpKind;

namespace {

struct Family {
  std::string_view title;
  std::string_view about;
  std::array<OpKind, 2> kinds;
};

constexpr std::array<Family, 5> families{{
    {"Elementwise, one operand", "", {OpKind::unary_function, OpKind::unary_atom}},
    {"Elementwise, two operands",
     "The operands are broadcast as NumPy does it; a gradient is summed over the axes along which its operand was.",
     {OpKind::binary, OpKind::binary}},
    {"Reductions",
     "Over any axes, which go or stay with length 1 (`keepdim`). n is the number of entries that are reduced, t of "
     "those "
     "that attain the extremum.",
     {OpKind::reduction, OpKind::reduction}},
    {"Movement",
     "Entries change their place; the derivative is 1 where an entry came from x.",
     {OpKind::movement, OpKind::movement}},
    {"Contraction",
     "A sum of products in einsum notation, `ij,jk->ik`: any pattern. The derivative by an operand is a contraction of "
     "the "
     "upstream gradient with the other one.",
     {OpKind::contraction, OpKind::contraction}},
}};

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

/// The op's LaTeX with its operands' letters; a bar would end the table's cell.
std::string formula(const Op& op) {
  std::string text(op.latex);
  text = replaced(std::move(text), "#1", op.arity == 1 ? "x" : "a");
  text = replaced(std::move(text), "#2", "b");
  text = replaced(std::move(text), "#c", "c");
  text = replaced(std::move(text), "#i", "i");
  return "$" + replaced(std::move(text), "|", "\\vert ") + "$";
}

std::string derivatives(const Op& op) {
  std::string text = fmt::format("`{}`", op.derivative[0]);
  if (op.arity == 2) text += fmt::format(", `{}`", op.derivative[1]);
  if (!op.passes_gradient) text += " (backward ends here)";
  return text;
}

std::string domains(const Op& op) {
  const auto one = [](const Interval& interval) { return fmt::format("[{}, {}]", interval.low, interval.high); };
  return op.arity == 1 ? one(op.domain[0]) : one(op.domain[0]) + ", " + one(op.domain[1]);
}

std::string row(const Op& op) {
  const std::string function = op.function.empty() ? "" : fmt::format("`{}`", op.function);
  return fmt::format("| `{}` | {} | {} | {} | {} |\n", op.name, formula(op), derivatives(op), function, domains(op));
}

}  // namespace

std::string ops_page() {
  std::string text =
      "# The ops\n\n"
      "<!-- Written by `./run docs` from the ops' registry, engine/ops/registry.cpp: change it there. -->\n\n"
      "What a tape can record. An op is one struct in `engine/ops/`: value, pullback, and what this page says of it.\n"
      "Derivatives are written in the language, by the operand x, or by a and by b; y is the result, c a constant\n"
      "exponent. *Function* is the op's name in the language, where it is a function there. *Tested on* is where "
      "generated\n"
      "tests draw the operands' entries: each op's gradient, and the gradient of its gradient, are compared with "
      "central\n"
      "differences there and at declared points.\n";
  for (const Family& family : families) {
    text += fmt::format("\n## {}\n\n", family.title);
    if (!family.about.empty()) text += fmt::format("{}\n\n", family.about);
    text += "| op | formula | derivative | function | tested on |\n| --- | --- | --- | --- | --- |\n";
    for (const Op& op : engine::all_ops())
      if (op.kind == family.kinds[0] || op.kind == family.kinds[1]) text += row(op);
  }
  return text;
}

}  // namespace chalktape::docs
