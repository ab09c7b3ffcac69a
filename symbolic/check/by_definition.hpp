// The value of a function by its definition, in any field.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "symbolic/check/code.hpp"
#include "symbolic/language/function_definition.hpp"

namespace chalktape::check {

/// A formula of the scalar name x: numbers, pi, the arithmetic operations, powers and functions. Throws NotApplicable
/// for anything else, and what the field throws.
template <class Field>
typename Field::Element scalar_value(Field& field, const language::Expr& e, const typename Field::Element& x) {
  using language::Kind;
  const auto operand = [&](std::size_t k) { return scalar_value(field, e->operands[k], x); };
  switch (e->kind) {
    case Kind::number:
      return field.from(notation::exact_number(e->name));
    case Kind::access:
      if (e->name == "x") return x;
      if (e->name == "pi") return field.pi();
      break;
    case Kind::negate:
      return Field::subtract(field.from(std::int64_t{0}), operand(0));
    case Kind::add:
      return Field::add(operand(0), operand(1));
    case Kind::subtract:
      return Field::subtract(operand(0), operand(1));
    case Kind::multiply:
      return Field::multiply(operand(0), operand(1));
    case Kind::divide:
      return Field::divide(operand(0), operand(1));
    case Kind::power:
      if (const auto exponent = constant_value(e->operands[1]))
        return field.power(operand(0), exponent->numer().to_long(), exponent->denom().to_long());
      return field.power(operand(0), operand(1));
    case Kind::call: {
      std::vector<typename Field::Element> arguments;
      for (std::size_t k = 0; k < e->operands.size(); ++k) arguments.push_back(operand(k));
      return field.call(e->name, arguments);
    }
    default:
      break;
  }
  throw NotApplicable("a function is defined by more than its argument");
}

/// Nothing where the function has no definition.
template <class Field>
std::optional<typename Field::Element> by_definition(Field& field, const std::string& function,
                                                     const typename Field::Element& x) {
  const language::Expr definition = language::function_definition(function);
  if (definition == nullptr) return std::nullopt;
  return scalar_value(field, definition, x);
}

}  // namespace chalktape::check
