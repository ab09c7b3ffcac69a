#include "symbolic/emit/cpp_text.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/ops/functions.hpp"

namespace chalktape::emit {
namespace {

using engine::Buffer;
using engine::Shape;
using language::Expr;
using language::Kind;
using language::Role;

/// "0.5", "2.0", "1e-05": a double in C++.
std::string double_text(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

CppText product(const std::string& a, const std::string& b) { return {a + " * " + b, 1}; }

}  // namespace

std::string in_parentheses(const CppText& text, int needed) {
  return text.precedence < needed ? "(" + text.text + ")" : text.text;
}

CppScope::CppScope(const CppFunction& function, const Program& program, Names& names)
    : function_(function), program_(program), names_(names) {}

std::string CppScope::helper(const std::string& name) {
  helpers_.insert(name);
  return names_.helper(program_.layer.name + "_detail") + "::" + name;
}

std::string CppScope::size(const std::string& symbol) {
  used_.insert(symbol);
  return names_.of(symbol);
}

std::string CppScope::extents(const Shape& shape, std::size_t first, std::size_t last) {
  std::string text;
  for (std::size_t axis = first; axis < std::min(last, shape.size()); ++axis)
    if (shape[axis] != 1) text += (text.empty() ? "" : " * ") + extent(shape[axis]);
  return text.empty() ? "1" : text;
}

std::vector<std::string> CppScope::index_variables(const Shape& extents) {
  std::vector<std::string> variables;
  std::set<std::string> taken;
  const auto letters = [&](const std::string& range) -> std::string {
    for (const auto* statements : {&program_.forward, &program_.backward})
      for (const Statement& statement : *statements)
        for (const auto& index : statement.definition.indices)
          if (index.range == range && !taken.contains(index.name)) return index.name;
    std::string name = "i";
    while (taken.contains(name)) ++name.back();
    return name;
  };
  for (const std::int64_t length : extents) {
    const std::string letter = letters(function_.symbol(length));
    taken.insert(letter);
    variables.push_back(names_.helper(letter, "index"));
  }
  return variables;
}

bool CppScope::is_indexed(int buffer) const {
  const Buffer& b = function_.loops.buffer(buffer);
  return !function_.scalars.contains(b.node) && b.role != Buffer::Role::constant;
}

bool CppScope::has_memory(int buffer) const {
  return is_indexed(buffer) && !function_.deltas.contains(function_.loops.buffer(buffer).node);
}

std::string CppScope::memory(int buffer) {
  const auto found = memory_.find(buffer);
  if (found != memory_.end()) return found->second;
  const Buffer& b = function_.loops.buffer(buffer);
  std::string name;
  for (std::size_t k = 0; k < function_.loops.outputs.size() && name.empty(); ++k)
    if (function_.loops.outputs[k] == buffer) name = names_.of(function_.results[k]);
  if (const auto given = function_.given.find(b.node); name.empty() && given != function_.given.end())
    name = names_.of(given->second);
  if (const auto named = function_.named.find(b.node); name.empty() && named != function_.named.end())
    name = names_.of(function_.statements[named->second].definition.name);
  if (name.empty()) {  // part of a statement's formula
    const std::string& owner = function_.statements.at(function_.owners.at(b.node)).definition.name;
    const auto clashes = [&](const std::string& candidate) {
      return std::ranges::any_of(memory_, [&](const auto& entry) { return entry.second == candidate; });
    };
    std::string wanted = owner + "_part";
    for (int number = 2; clashes(names_.helper(wanted)); ++number) wanted = owner + "_part" + std::to_string(number);
    name = names_.helper(wanted);
  }
  return memory_[buffer] = name;
}

std::vector<std::string> CppScope::coordinates(int buffer, const engine::Strides& strides,
                                               const std::vector<std::string>& variables) const {
  const Shape& shape = function_.loops.buffer(buffer).shape;
  const engine::Strides own = engine::row_major_strides(shape);
  std::vector<std::string> result(shape.size());
  for (std::size_t k = 0; k < strides.size(); ++k) {
    std::int64_t left = strides[k];
    // Along a diagonal a stride is the sum of several: from the largest down there is one way to write it so.
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] == 1 || left < own[axis]) continue;
      left -= own[axis];
      result[axis] += (result[axis].empty() ? "" : " + ") + variables[k];
    }
    if (left != 0) throw std::logic_error("a stride of a loop program is no sum of its buffer's strides");
  }
  return result;
}

std::string CppScope::offset(const Shape& shape, const std::vector<std::string>& coordinates) {
  std::string text;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 1) continue;
    const std::string& index = coordinates[axis];
    if (text.empty()) {
      text = index;
    } else {
      const bool is_simple = text.find(' ') == std::string::npos;
      text = fmt::format("{} * {}{}", is_simple ? text : fmt::format("({})", text), extent(shape[axis]),
                         index.empty() ? "" : fmt::format(" + {}", index));
    }
  }
  return text.empty() ? "0" : text;
}

CppText CppScope::entry(int buffer, const std::vector<std::string>& coordinates) {
  const Buffer& b = function_.loops.buffer(buffer);
  if (const auto scalar_formula = function_.scalars.find(b.node); scalar_formula != function_.scalars.end())
    return {fmt::format("{}({})", type(), scalar(scalar_formula->second).text)};
  if (function_.deltas.contains(b.node))
    return {fmt::format("({} == {} ? {}(1) : {}(0))", coordinates.at(0), coordinates.at(1), type(), type())};
  if (b.role == Buffer::Role::constant)
    return {fmt::format("{}({})", type(), fmt::format("{}", function_.tape.value(b.node).item()))};
  if (const auto given = function_.given.find(b.node); given != function_.given.end()) {
    used_.insert(given->second);
    if (b.shape.empty()) return {memory(buffer)};
  }
  return {fmt::format("{}[{}]", memory(buffer), offset(b.shape, coordinates))};
}

CppText CppScope::scalar(const Expr& e) {
  const auto operand = [&](std::size_t k, int needed) { return in_parentheses(scalar(e->operands[k]), needed); };
  switch (e->kind) {
    case Kind::number:
      return {double_text(lower::number_value(e->name))};
    case Kind::access:
      if (e->role == Role::pi) return {"3.14159265358979323846"};
      if (e->role == Role::size) return {fmt::format("double({})", size(e->name))};
      break;
    case Kind::delta:
      return {"1.0"};  // of an index with itself: others are matrices
    case Kind::negate:
      return {"-" + operand(0, 2), 2};
    case Kind::add:
      return {operand(0, 0) + " + " + operand(1, 1), 0};
    case Kind::subtract:
      return {operand(0, 0) + " - " + operand(1, 1), 0};
    case Kind::multiply:
      return {operand(0, 1) + " * " + operand(1, 2), 1};
    case Kind::divide:
      return {operand(0, 1) + " / " + operand(1, 2), 1};
    case Kind::power:
      return {fmt::format("std::pow({}, {})", operand(0, 0), operand(1, 0))};
    case Kind::call: {
      std::vector<CppText> operands;
      for (const Expr& argument : e->operands) operands.push_back(scalar(argument));
      const auto* const op = engine::find_function(e->name, static_cast<int>(operands.size()));
      if (op != nullptr) return applied(*this, *op, {}, operands);
      break;
    }
    default:
      break;
  }
  // A reduction of a number, and what it cannot be.
  if (e->kind == Kind::reduce) {
    CppText inner = scalar(e->operands[0]);
    if (e->name != "sum") return inner;
    for (const auto& index : e->indices)
      inner = product(in_parentheses(inner, 1), fmt::format("double({})", size(index.range)));
    return inner;
  }
  throw std::logic_error("a number that depends on more than sizes");
}

CppText applied(CppScope& scope, const engine::Op& op, const engine::Attributes& attributes,
                const std::vector<CppText>& operands) {
  const CppText& a = operands.front();
  const CppText& b = operands.back();
  const auto infix = [&](const char* sign, int precedence) {
    return CppText{in_parentheses(a, precedence) + sign + in_parentheses(b, precedence + 1), precedence};
  };
  const auto called = [&](const std::string& function) {
    std::string text = function + "(" + a.text;
    if (operands.size() > 1) text += ", " + b.text;
    return CppText{text + ")"};
  };
  if (op.name == "add") return infix(" + ", 0);
  if (op.name == "subtract") return infix(" - ", 0);
  if (op.name == "multiply") return infix(" * ", 1);
  if (op.name == "divide") return infix(" / ", 1);
  if (op.name == "negate") return {"-" + in_parentheses(a, 3), 2};
  if (op.name == "reciprocal") return {scope.type() + "(1) / " + in_parentheses(a, 2), 1};
  if (op.name == "stop_gradient") return a;
  if (op.name == "power") return called("std::pow");
  if (op.name == "power_constant") {
    const double exponent = engine::attributes_as<engine::ConstantExponent>(attributes, op.name).exponent;
    constexpr double most_multiplied = 8;
    if (std::floor(exponent) == exponent && exponent > 0 && exponent <= most_multiplied)
      return {fmt::format("{}<{}>({})", scope.helper("whole_power"), exponent, a.text)};
    return {fmt::format("std::pow({}, {}({}))", a.text, scope.type(), double_text(exponent))};
  }
  for (const char* name : {"square", "sigmoid", "softplus", "relu", "step", "maximum", "minimum"})
    if (op.name == name) return called(scope.helper(name));
  if (op.name == "abs" || op.name == "erf") return called("std::" + std::string(op.name));
  const engine::Function* const function = engine::find_unary_function(op.function);
  if (function != nullptr && !function->library.empty()) return called("std::" + std::string(function->library));
  throw std::logic_error("no C++ for the op " + std::string(op.name));
}

}  // namespace chalktape::emit
