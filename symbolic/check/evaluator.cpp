#include "symbolic/check/evaluator.hpp"

namespace chalktape::check {

using GiNaC::numeric;

std::optional<numeric> constant_value(const language::Expr& e) {
  using language::Kind;
  if (e->kind == Kind::number) return notation::exact_number(e->name);
  std::vector<numeric> operands;
  for (const auto& operand : e->operands) {
    const auto value = constant_value(operand);
    if (!value) return std::nullopt;
    operands.push_back(*value);
  }
  switch (e->kind) {
    case Kind::negate:
      return -operands[0];
    case Kind::add:
      return operands[0] + operands[1];
    case Kind::subtract:
      return operands[0] - operands[1];
    case Kind::multiply:
      return operands[0] * operands[1];
    case Kind::divide:
      if (operands[1].is_zero()) return std::nullopt;
      return operands[0] / operands[1];
    default:
      return std::nullopt;
  }
}

}  // namespace chalktape::check
