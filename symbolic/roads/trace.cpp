#include "symbolic/roads/trace.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/shapes.hpp"
#include "engine/tensor_functions.hpp"
#include "symbolic/present/typesetting.hpp"
#include "symbolic/roads/numbers.hpp"

namespace chalktape::roads {
namespace {

using engine::Graph;
using engine::Node;
using engine::NodeId;
using engine::OpKind;
using engine::Tape;
using engine::Tensor;

constexpr std::int64_t entry_limit = 1000;
const std::string indent = "    ";

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

/// Names, shapes and formulas of nodes.
class Wording {
 public:
  Wording(const Problem& problem, const Tape& tape, const Forward& forward, bool unicode)
      : tape_(tape), forward_(forward), typesetting_(problem.layer), unicode_(unicode) {}

  [[nodiscard]] std::string name(NodeId node) const {
    const std::string plain = engine::display_name(tape_.graph(), node);
    return unicode_ && is_word(plain) ? typesetting_.unicode(plain).text : plain;
  }
  [[nodiscard]] std::string gradient(NodeId node) const { return "d" + name(node); }

  /// " [N x D]", or nothing for a scalar.
  [[nodiscard]] std::string shape(NodeId node) const {
    const std::vector<std::string> symbols = axes(node);
    if (symbols.empty()) return "";
    return fmt::format("  [{}]", fmt::join(symbols, unicode_ ? " × " : " x "));
  }
  [[nodiscard]] std::vector<std::string> axes(NodeId node) const {
    const auto found = forward_.environment.shapes.find(node);
    if (found != forward_.environment.shapes.end()) return found->second;
    std::vector<std::string> lengths;
    for (const auto length : tape_.shape(node)) lengths.push_back(fmt::format("{}", length));
    return lengths;
  }

  /// What the node is computed from: "x - mu", "mean of x over N", "sqrt(v5)".
  [[nodiscard]] std::string formula(NodeId node) const {
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

  /// "dy*x", the contribution to an operand.
  [[nodiscard]] std::string contribution(const engine::Contribution& contribution) const {
    const Node& what = tape_.graph()[contribution.node];
    const auto operands = engine::operands_of(tape_.graph(), contribution.node);
    const std::string g = gradient(contribution.node);
    std::map<char, std::string> words{{'x', name(operands.front())},
                                      {'a', name(operands.front())},
                                      {'b', name(operands.back())},
                                      {'y', name(contribution.node)}};
    if (const auto* power = std::get_if<engine::ConstantExponent>(&what.attributes))
      words['c'] = fmt::format("{}", power->exponent);
    if (const auto* reduction = std::get_if<engine::Reduction>(&what.attributes))
      words['n'] = fmt::format("{}", engine::reduced_count(tape_.shape(operands.front()), *reduction));
    const std::string_view derivative = what.op->derivative[static_cast<std::size_t>(contribution.position)];
    const std::string local = substituted(derivative, words);
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
    if (what.op->kind == OpKind::reduction) return text + ", for each entry of " + name(contribution.operand);
    if (what.op->kind == OpKind::movement) return text + ", moved back";
    const auto summed = engine::broadcast_axes(tape_.shape(contribution.operand), tape_.shape(contribution.node)).axes;
    if (summed.empty()) return text;
    return text + ", summed over " + listed(contribution.node, summed);
  }

 private:
  [[nodiscard]] static std::string atom(const Node& what, const std::string& x) {
    if (const auto* power = std::get_if<engine::ConstantExponent>(&what.attributes))
      return fmt::format("{}^{}", x, in_parentheses(fmt::format("{}", power->exponent)));
    if (what.op->name == "negate") return "-" + x;
    if (what.op->name == "square") return x + "^2";
    if (what.op->name == "reciprocal") return "1/" + x;
    return fmt::format("{}({})", what.op->name, x);
  }

  [[nodiscard]] std::string listed(NodeId node, const std::vector<int>& chosen) const {
    const auto symbols = axes(node);
    std::vector<std::string> names;
    for (const int axis : chosen) names.push_back(symbols[static_cast<std::size_t>(axis)]);
    return fmt::format("{}", fmt::join(names, ", "));
  }

  [[nodiscard]] std::string reduced(NodeId node) const {
    const NodeId operand = engine::operands_of(tape_.graph(), node).front();
    return listed(operand, engine::attributes_as<engine::Reduction>(tape_.graph()[node].attributes, "trace").axes);
  }

  /// "sum over D of x*W"
  [[nodiscard]] std::string contraction(NodeId node, const std::vector<std::string>& names) const {
    const auto operands = engine::operands_of(tape_.graph(), node);
    const auto letters =
        engine::letters_of(engine::attributes_as<engine::ContractionPattern>(tape_.graph()[node].attributes, "trace"));
    std::vector<int> summed;
    for (std::size_t axis = 0; axis < letters.a.size(); ++axis)
      if (letters.result.find(letters.a[axis]) == std::string::npos) summed.push_back(static_cast<int>(axis));
    return fmt::format("sum over {} of {}*{}", listed(operands.front(), summed), names[0], names[1]);
  }

  [[nodiscard]] std::string movement(NodeId node, const std::string& op, const std::string& x) const {
    if (op == "transpose") return x + " transposed";
    if (op == "diagonal") return "the diagonal of " + x;
    if (op == "broadcast_to") return x + " repeated";
    return fmt::format("{} as {}", x, fmt::join(axes(node), unicode_ ? "×" : "x"));
  }

  const Tape& tape_;
  const Forward& forward_;
  present::Typesetting typesetting_;
  bool unicode_;
};

/// Writes the backward sweep down while it runs.
class BackwardTrace final : public engine::BackwardObserver {
 public:
  BackwardTrace(const Tape& tape, const Forward& forward, const Wording& wording) : tape_(tape), wording_(wording) {
    for (const auto& [output, gradient] : forward.upstream) {
      add(output, gradient);
      ++contributions_[output];
      text_ += fmt::format("{} is the upstream gradient{}\n{}", wording.gradient(output), wording.shape(output),
                           values(output, gradient));
    }
  }

  void on_complete(NodeId node, const Tensor& cotangent) override {
    text_ += "\n";
    if (tape_.graph()[node].role == engine::NodeRole::input) {
      text_ += fmt::format("{} is complete\n", wording_.gradient(node));
      return;
    }
    text_ += fmt::format("{} = {}\n", wording_.name(node), wording_.formula(node));
    // With a single contribution, it stands above.
    if (contributions_[node] > 1)
      text_ += fmt::format("  {} is complete, from {} contributions\n{}", wording_.gradient(node), contributions_[node],
                           values(node, cotangent));
  }

  void on_contribution(const engine::Contribution& contribution) override {
    const NodeId operand = contribution.operand;
    const bool meets = sums_.contains(operand);
    text_ += fmt::format("  {} {} {}\n{}", wording_.gradient(operand), meets ? "+=" : "=",
                         wording_.contribution(contribution), values(operand, contribution.contribution));
    ++contributions_[operand];
    add(operand, contribution.contribution);
    if (meets) text_ += fmt::format("  so far {}\n{}", wording_.gradient(operand), values(operand, sums_.at(operand)));
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void add(NodeId node, const Tensor& part) {
    const auto found = sums_.find(node);
    if (found == sums_.end()) {
      sums_.emplace(node, part.copy());
    } else {
      found->second = found->second + part;
    }
  }
  [[nodiscard]] std::string values(NodeId node, const Tensor& tensor) const {
    return matrix_text(tensor, indent, wording_.axes(node));
  }

  const Tape& tape_;
  const Wording& wording_;
  std::map<NodeId, Tensor> sums_;
  std::map<NodeId, int> contributions_;
  std::string text_;
};

std::string heading(const Problem& problem) {
  const std::string sizes = sizes_text(problem);
  return fmt::format("{}: {}{}seed {}\n", problem.layer.name, sizes, sizes.empty() ? "" : ", ", problem.seed);
}

}  // namespace

std::string trace(const Problem& problem, bool unicode) {
  Tape tape;
  const Forward forward = record_forward(tape, problem, problem.dtype);
  for (NodeId node = 0; node < tape.size(); ++node)
    if (engine::element_count(tape.shape(node)) > entry_limit)
      throw Error(fmt::format("{} has more than {} entries, and every number is printed: give smaller sizes",
                              engine::display_name(tape.graph(), node), entry_limit));
  const Wording wording(problem, tape, forward, unicode);

  std::string text = heading(problem) + "\nFORWARD\n";
  for (NodeId node = 0; node < tape.size(); ++node) {
    const Node& what = tape.graph()[node];
    const bool is_number = what.role == engine::NodeRole::constant && !problem.constants.contains(what.name);
    if (is_number) continue;  // a number of the formula: its name is what it is
    const std::string name = wording.name(node);
    text += "\n" + (what.op == nullptr ? name : name + " = " + wording.formula(node)) + wording.shape(node) + "\n" +
            matrix_text(tape.value(node), indent, wording.axes(node));
  }

  text += "\nBACKWARD\n\n";
  BackwardTrace backward(tape, forward, wording);
  const engine::Gradients gradients = tape.backward(forward.upstream, forward.tensors, &backward, engine::NoPath::zero);
  text += backward.text() + "\nGRADIENTS\n";
  for (const NodeId tensor : forward.tensors)
    text += fmt::format("\n{}{}\n{}", wording.gradient(tensor), wording.shape(tensor),
                        matrix_text(gradients.of(tensor), indent, wording.axes(tensor)));
  return text;
}

}  // namespace chalktape::roads
