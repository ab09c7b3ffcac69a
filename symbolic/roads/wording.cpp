#include "symbolic/roads/wording.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/tensor/shapes.hpp"

namespace chalktape::roads {
namespace {

using engine::Node;
using engine::NodeId;
using engine::OpKind;

bool is_word(const std::string& text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || c == '_' || c == '.' || byte >= 0x80;
  });
}

std::string in_parentheses(const std::string& text) { return is_word(text) ? text : "(" + text + ")"; }

/// Whether the formula is a sum outside of all parentheses.
bool is_sum(std::string_view formula) {
  int depth = 0;
  for (std::size_t k = 1; k < formula.size(); ++k) {
    if (formula[k] == '(') ++depth;
    if (formula[k] == ')') --depth;
    if (depth == 0 && (formula[k] == '+' || formula[k] == '-') && formula[k - 1] == ' ') return true;
  }
  return false;
}

/// The formula with other words for some of its one-letter variables.
std::string substituted(std::string_view formula, const std::map<char, std::string>& words) {
  std::string text;
  for (std::size_t k = 0; k < formula.size();) {
    std::size_t end = k;
    while (end < formula.size() && std::isalpha(static_cast<unsigned char>(formula[end])) != 0) ++end;
    if (end == k) {
      text += formula[k++];
      continue;
    }
    const auto word = words.find(formula[k]);
    if (end == k + 1 && word != words.end()) {
      text += in_parentheses(word->second);
    } else {
      text += formula.substr(k, end - k);
    }
    k = end;
  }
  return text;
}

/// How an elementwise op of two operands is written.
std::string_view infix(std::string_view op) {
  static const std::map<std::string_view, std::string_view> signs{
      {"add", " + "}, {"subtract", " - "}, {"multiply", "*"}, {"divide", "/"}, {"power", "^"}};
  const auto found = signs.find(op);
  return found == signs.end() ? std::string_view{} : found->second;
}

std::string atom(const Node& what, const std::string& x) {
  if (const auto* power = std::get_if<engine::ConstantExponent>(&what.attributes))
    return fmt::format("{}^{}", x, in_parentheses(fmt::format("{}", power->exponent)));
  if (what.op->name == "negate") return "-" + x;
  if (what.op->name == "square") return x + "^2";
  if (what.op->name == "reciprocal") return "1/" + x;
  return fmt::format("{}({})", what.op->name, x);
}

}  // namespace

std::string Wording::name(NodeId node) const {
  const std::string plain = engine::display_name(tape_.graph(), node);
  return unicode_ && is_word(plain) ? typesetting_.unicode(plain).text : plain;
}

std::vector<std::string> Wording::axes(NodeId node) const {
  const auto found = forward_.environment.shapes.find(node);
  if (found != forward_.environment.shapes.end()) return found->second;
  std::vector<std::string> lengths;
  for (const auto length : tape_.shape(node)) lengths.push_back(fmt::format("{}", length));
  return lengths;
}

std::string Wording::shape(NodeId node) const {
  return fmt::format("{}", fmt::join(axes(node), unicode_ ? " × " : " x "));
}

std::string Wording::formula(NodeId node) const {
  const Node& what = tape_.graph()[node];
  const auto operands = engine::operands_of(tape_.graph(), node);
  std::vector<std::string> names;
  for (const NodeId operand : operands) names.push_back(in_parentheses(name(operand)));
  const std::string op(what.op->name);
  switch (what.op->kind) {
    case OpKind::binary:
      if (!infix(op).empty()) return names[0] + std::string(infix(op)) + names[1];
      return fmt::format("{}({}, {})", what.op->function, names[0], names[1]);
    case OpKind::unary_function:
      return fmt::format("{}({})", what.op->function, names[0]);
    case OpKind::unary_atom:
      return atom(what, names[0]);
    case OpKind::reduction:
      return fmt::format("{} of {} over {}", op, names[0], reduced(node));
    case OpKind::contraction:
      return contraction(node, names);
    case OpKind::movement:
      break;
  }
  return movement(node, op, names[0]);
}

std::string Wording::local_derivative(const BackwardStep& step) const {
  const Node& what = tape_.graph()[step.from];
  const auto operands = engine::operands_of(tape_.graph(), step.from);
  std::map<char, std::string> words{{'x', name(operands.front())},
                                    {'a', name(operands.front())},
                                    {'b', name(operands.back())},
                                    {'y', name(step.from)}};
  if (const auto* power = std::get_if<engine::ConstantExponent>(&what.attributes))
    words['c'] = fmt::format("{}", power->exponent);
  if (const auto* reduction = std::get_if<engine::Reduction>(&what.attributes))
    words['n'] = fmt::format("{}", engine::reduced_count(tape_.shape(operands.front()), *reduction));
  return substituted(what.op->derivative[static_cast<std::size_t>(step.position)], words);
}

std::string Wording::contribution(const BackwardStep& step) const {
  const Node& what = tape_.graph()[step.from];
  const std::string g = gradient(step.from);
  const std::string local = local_derivative(step);
  if (what.op->kind == OpKind::contraction) return "sum of " + g + "*" + local;
  std::string text;
  if (local == "1") {
    text = g;
  } else if (local == "-1") {
    text = "-" + g;
  } else if (local.starts_with("1/")) {
    text = g + local.substr(1);
  } else {
    text = g + "*" + (is_sum(local) || local.front() == '-' ? "(" + local + ")" : local);
  }
  if (what.op->kind == OpKind::reduction) return text + ", for each entry of " + name(step.node);
  if (what.op->kind == OpKind::movement) return text + ", moved back";
  const auto summed = engine::broadcast_axes(tape_.shape(step.node), tape_.shape(step.from)).axes;
  if (summed.empty()) return text;
  return text + ", summed over " + listed(step.from, summed);
}

/// "N, D"
std::string Wording::listed(NodeId node, const std::vector<int>& chosen) const {
  const auto symbols = axes(node);
  std::vector<std::string> names;
  for (const int axis : chosen) names.push_back(symbols[static_cast<std::size_t>(axis)]);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string Wording::reduced(NodeId node) const {
  const NodeId operand = engine::operands_of(tape_.graph(), node).front();
  return listed(operand, engine::attributes_as<engine::Reduction>(tape_.graph()[node].attributes, "trace").axes);
}

/// "sum over D of x*W"
std::string Wording::contraction(NodeId node, const std::vector<std::string>& names) const {
  const auto operands = engine::operands_of(tape_.graph(), node);
  const auto letters =
      engine::letters_of(engine::attributes_as<engine::ContractionPattern>(tape_.graph()[node].attributes, "trace"));
  std::vector<int> summed;
  for (std::size_t axis = 0; axis < letters.a.size(); ++axis)
    if (letters.result.find(letters.a[axis]) == std::string::npos) summed.push_back(static_cast<int>(axis));
  return fmt::format("sum over {} of {}*{}", listed(operands.front(), summed), names[0], names[1]);
}

std::string Wording::movement(NodeId node, const std::string& op, const std::string& x) const {
  if (op == "transpose") return x + " transposed";
  if (op == "diagonal") return "the diagonal of " + x;
  if (op == "broadcast_to") return x + " repeated";
  return fmt::format("{} as {}", x, fmt::join(axes(node), unicode_ ? "×" : "x"));
}

}  // namespace chalktape::roads
