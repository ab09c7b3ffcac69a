// An emission target of one's own: a layer's forward pass and its derived backward pass as Python on nested lists.
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include <fmt/core.h>

#include "symbolic/check/verify.hpp"
#include "symbolic/emit/names.hpp"
#include "symbolic/emit/program.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"
#include "symbolic/present/text.hpp"

using namespace chalktape;
using language::Expr;
using language::Kind;

namespace {

class PlainPython {
 public:
  explicit PlainPython(const emit::Program& program)
      : program_(program), names_(program, [](std::string_view name) { return name == "lambda" || name == "in"; }) {}

  [[nodiscard]] std::string text() const {
    const language::Layer& layer = program_.layer;
    std::string inputs;
    for (const auto& tensor : layer.tensors) inputs += names_.of(tensor.name) + ", ";
    for (const auto& constant : layer.constants) inputs += names_.of(constant.name) + ", ";
    for (const auto& size : layer.sizes) inputs += names_.of(size) + ", ";
    std::string upstream;
    for (const auto& name : program_.upstream) upstream += names_.of(name) + ", ";
    return "import math\n\n\n" + function(layer.name + "_forward", inputs, program_.for_outputs(), layer.outputs) +
           "\n\n" + function(layer.name + "_backward", upstream + inputs, program_.for_results(), program_.results);
  }

 private:
  [[nodiscard]] std::string function(const std::string& name, const std::string& parameters,
                                     const std::vector<emit::Statement>& statements,
                                     const std::vector<std::string>& results) const {
    std::string text = "def " + name + "(" + parameters.substr(0, parameters.size() - 2) + "):\n";
    for (const emit::Statement& statement : statements) {
      const language::Definition& d = statement.definition;
      std::string value = expression(d.value);
      for (auto index = d.indices.rbegin(); index != d.indices.rend(); ++index)
        value = fmt::format("[{}{}]", value, loop(*index));
      text += "    # " + present::to_text(d) + "\n    " + names_.of(d.name) + " = " + value + "\n";
    }
    text += "    return ";
    for (const std::string& result : results) text += (result == results.front() ? "" : ", ") + names_.of(result);
    return text + "\n";
  }

  [[nodiscard]] std::string loop(const language::Index& index) const {
    return " for " + index.name + " in range(" + names_.of(index.range) + ")";
  }

  [[nodiscard]] std::string expression(const Expr& e) const {
    const auto operand = [&](std::size_t k) { return expression(e->operands[k]); };
    const auto infix = [&](const char* sign) { return "(" + operand(0) + sign + operand(1) + ")"; };
    switch (e->kind) {
      case Kind::number:
        return e->name;
      case Kind::access: {
        if (e->role == language::Role::pi) return "math.pi";
        std::string text = names_.of(e->name);
        for (const language::Index& index : e->indices) text += "[" + index.name + "]";
        return text;
      }
      case Kind::delta:
        return "(" + e->indices[0].name + " == " + e->indices[1].name + ")";
      case Kind::negate:
        return "(-" + operand(0) + ")";
      case Kind::add:
        return infix(" + ");
      case Kind::subtract:
        return infix(" - ");
      case Kind::multiply:
        return infix(" * ");
      case Kind::divide:
        return infix(" / ");
      case Kind::power:
        return infix(" ** ");
      case Kind::call:
        if (e->name == "exp" || e->name == "log" || e->name == "sqrt")
          return "math." + e->name + "(" + operand(0) + ")";
        throw std::runtime_error("no Python yet for the function " + e->name);
      case Kind::reduce: {
        std::string entries = operand(0), count = "1";
        for (const language::Index& index : e->indices) {
          entries += loop(index);
          count += " * " + names_.of(index.range);
        }
        if (e->name == "mean") return "(sum(" + entries + ") / (" + count + "))";
        return e->name + "(" + entries + ")";  // sum, max and min are functions of Python too
      }
      case Kind::derivative:
        break;
    }
    throw std::runtime_error("no Python for a derivative that is only written down");
  }

  const emit::Program& program_;
  emit::Names names_;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto* const builtin = language::find_builtin_layer(argc > 1 ? argv[1] : "softmax");
    if (builtin == nullptr) throw std::runtime_error("there is no such layer");
    const auto layer = notation::load_layers(std::string(builtin->source), std::string(builtin->name)).front();
    std::cout << PlainPython(emit::make_program(check::verified_derivation(layer))).text();
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 2;
  }
}
