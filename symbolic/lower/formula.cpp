#include "symbolic/lower/formula.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "engine/ops/registry.hpp"

namespace chalktape::lower {
namespace {

using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;

void collect_free(const Expr& e, std::set<std::string>& found) {
  if (e->kind == Kind::reduce) {
    std::set<std::string> inner;
    collect_free(e->operands.front(), inner);
    for (const Index& bound : e->indices) inner.erase(bound.name);
    found.merge(inner);
    return;
  }
  for (const Index& index : e->indices) found.insert(index.name);
  for (const Expr& operand : e->operands) collect_free(operand, found);
}

/// The free indices of each factor.
void collect_factors(const Expr& e, std::vector<std::set<std::string>>& factors) {
  if (e->kind == Kind::multiply || e->kind == Kind::divide || e->kind == Kind::negate) {
    for (const Expr& operand : e->operands) collect_factors(operand, factors);
  } else {
    factors.push_back(free_indices(e));
  }
}

/// Whether a term of e, as an array, would be larger than each of its factors: then the sum is taken term by term.
bool has_growing_term(const Expr& e) {
  if (e->kind == Kind::add || e->kind == Kind::subtract)
    return has_growing_term(e->operands[0]) || has_growing_term(e->operands[1]);
  std::vector<std::set<std::string>> factors;
  collect_factors(e, factors);
  std::set<std::string> all;
  for (const auto& factor : factors) all.insert(factor.begin(), factor.end());
  return std::ranges::none_of(factors, [&](const auto& factor) { return factor.size() == all.size(); });
}

/// A function of known numbers, computed by its op.
Scalar folded_call(const engine::Op& op, const std::string& function, const std::vector<Value>& arguments) {
  std::vector<engine::Tensor> operands;
  std::string text = function + "(";
  bool symbolic = false;
  for (const Value& argument : arguments) {
    const auto& scalar = std::get<Scalar>(argument);
    if (!operands.empty()) text += ", ";
    text += scalar.text;
    symbolic = symbolic || scalar.symbolic;
    operands.push_back(engine::Tensor::full({}, scalar.value, engine::DType::f64));
  }
  text += ")";
  const double value = op.forward(operands, {}).item();
  if (!std::isfinite(value)) throw Error(text + " is not a finite number");
  // Not a literal any more: the node keeps the text as its name.
  return scalar_symbol(value, text);
}

}  // namespace

std::set<std::string> free_indices(const Expr& e) {
  std::set<std::string> found;
  collect_free(e, found);
  return found;
}

Value FormulaLowering::value_of(const Expr& e) {
  switch (e->kind) {
    case Kind::number:
      return scalar_number(number_value(e->name), e->name);
    case Kind::access:
      return access(*e);
    case Kind::delta:
      if (e->indices[0].name == e->indices[1].name) return scalar_number(1, "1");
      return builder_.identity(builder_.ranged(e->indices[0]), builder_.ranged(e->indices[1]));
    case Kind::negate:
    case Kind::multiply:
    case Kind::divide: {
      Product product;
      flatten(e, false, product);
      return finished(builder_, std::move(product));
    }
    case Kind::add:
    case Kind::subtract:
      return sum_of_two(*e);
    case Kind::power:
      return power(*e);
    case Kind::call:
      return call(*e);
    case Kind::reduce:
      return reduce(*e);
    case Kind::derivative:
      break;
  }
  throw Error("a derivative that is only written down has no value");
}

Value FormulaLowering::access(const Expression& e) {
  if (e.role == language::Role::pi) return scalar_symbol(std::numbers::pi, "pi");
  if (e.role == language::Role::size) return scalar_symbol(static_cast<double>(builder_.size_of(e.name)), e.name);
  return builder_.access(e.name, e.indices);
}

Value FormulaLowering::sum_of_two(const Expression& e) {
  bool subtracts = e.kind == Kind::subtract;
  Expr first = e.operands[0];
  Expr second = e.operands[1];
  if (second->kind == Kind::negate) {
    second = second->operands[0];
    subtracts = !subtracts;
  } else if (first->kind == Kind::negate && !subtracts) {
    std::swap(first, second);
    second = second->operands[0];
    subtracts = true;
  }
  const Value a = value_of(first);
  const Value b = value_of(second);
  const auto* const left = std::get_if<Scalar>(&a);
  const auto* const right = std::get_if<Scalar>(&b);
  if (left != nullptr && right != nullptr) return combined(subtracts ? Kind::subtract : Kind::add, *left, *right);
  return builder_.binary(subtracts ? "subtract" : "add", builder_.array(a), builder_.array(b));
}

Value FormulaLowering::power(const Expression& e) {
  const Value base = value_of(e.operands[0]);
  const Value exponent = value_of(e.operands[1]);
  const auto* const constant = std::get_if<Scalar>(&exponent);
  if (constant == nullptr) return builder_.binary("power", builder_.array(base), builder_.array(exponent));
  if (const auto* const scalar = std::get_if<Scalar>(&base)) return combined(Kind::power, *scalar, *constant);
  if (constant->is(0)) return scalar_number(1, "1");
  return builder_.power(std::get<Array>(base), constant->value);
}

Value FormulaLowering::call(const Expression& e) {
  const engine::Op* const op = engine::find_function(e.name, static_cast<int>(e.operands.size()));
  if (op == nullptr) throw Error("the engine has no function '" + e.name + "'");
  std::vector<Value> arguments;
  for (const Expr& operand : e.operands) arguments.push_back(value_of(operand));
  const auto known = [](const Value& value) { return std::holds_alternative<Scalar>(value); };
  if (std::ranges::all_of(arguments, known)) return folded_call(*op, e.name, arguments);
  if (arguments.size() == 1) return builder_.unary(op->name, builder_.array(arguments[0]));
  return builder_.binary(op->name, builder_.array(arguments[0]), builder_.array(arguments[1]));
}

Value FormulaLowering::reduce(const Expression& e) {
  const Expr& body = e.operands[0];
  Axes bound;
  for (const Index& index : e.indices) bound.push_back(builder_.ranged(index));
  for (const Index& index : bound)
    if (builder_.size_of(index.range) == 0) throw Error(e.name + " over the empty range " + index.range);
  if (e.name == "max" || e.name == "min") {
    builder_.enter(bound);
    Value value = value_of(body);
    builder_.leave(bound.size());
    if (std::holds_alternative<Scalar>(value)) return value;
    return builder_.reduce(e.name, std::get<Array>(value), bound);
  }
  const bool is_sum = body->kind == Kind::add || body->kind == Kind::subtract;
  if (is_sum && has_growing_term(body)) {
    const Expr left = language::reduce(e.name, e.indices, body->operands[0]);
    const Expr right = language::reduce(e.name, e.indices, body->operands[1]);
    return sum_of_two(*language::binary(body->kind, left, right));
  }
  builder_.enter(bound);
  Product product;
  flatten(body, false, product);
  product = summed(builder_, std::move(product), bound, e.name == "mean");
  builder_.leave(bound.size());
  return finished(builder_, std::move(product));
}

void FormulaLowering::flatten(const Expr& e, bool inverse, Product& product) {
  if (e->kind == Kind::multiply || e->kind == Kind::divide) {
    flatten(e->operands[0], inverse, product);
    flatten(e->operands[1], inverse != (e->kind == Kind::divide), product);
    return;
  }
  if (e->kind == Kind::negate) {
    product.coefficient = negated(product.coefficient);
    flatten(e->operands[0], inverse, product);
    return;
  }
  if (e->kind == Kind::delta && !inverse && e->indices[0].name != e->indices[1].name) {
    product.deltas.emplace_back(builder_.ranged(e->indices[0]), builder_.ranged(e->indices[1]));
    return;
  }
  const Value value = value_of(e);
  if (const auto* const scalar = std::get_if<Scalar>(&value)) {
    Scalar& side = inverse ? product.divisor : product.coefficient;
    side = combined(Kind::multiply, side, *scalar);
    if (inverse && scalar->value == 0) throw Error("division by " + scalar->text + ", which is 0");
    return;
  }
  (inverse ? product.divisors : product.factors).push_back(std::get<Array>(value));
}

}  // namespace chalktape::lower
