// Wrong formulas made from right ones: what a checker has to refuse.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "symbolic/language/layer.hpp"

namespace chalktape::tests {

using language::Expr;
using language::Kind;

/// Where a mutation may strike: each node, with the tree around it.
inline void for_each_node(const Expr& e, const std::function<Expr(const Expr&)>& rebuild,
                          const std::function<void(const Expr&, const std::function<Expr(const Expr&)>&)>& visit) {
  visit(e, rebuild);
  for (size_t i = 0; i < e->operands.size(); ++i) {
    const auto around = [&, i](const Expr& operand) {
      auto copy = std::make_shared<language::Expression>(*e);
      copy->operands[i] = operand;
      return rebuild(copy);
    };
    for_each_node(e->operands[i], around, visit);
  }
}

/// Wrong versions of a formula: a factor, a sign, a lost term, another name of the same shape, a wrong size.
inline std::vector<Expr> mutants(const Expr& value, const language::Layer& layer) {
  std::vector<Expr> result{language::binary(Kind::multiply, language::number("2"), value), language::negate(value)};
  if (!layer.sizes.empty()) {
    const Expr size = language::access(layer.sizes.front(), {}, language::Role::size);
    result.push_back(language::binary(Kind::divide, value, size));
  }
  const auto others = [&](const Expr& access) {
    std::vector<std::string> names;
    for (const auto& tensor : layer.tensors) names.push_back(tensor.name);
    for (const auto& definition : layer.definitions) names.push_back(definition.name);
    std::vector<Expr> swapped;
    for (const auto& name : names) {
      std::vector<std::string> ranges;
      for (const auto& i : access->indices) ranges.push_back(i.range);
      if (name == access->name || access->indices.empty() || layer.ranges_of(name) != ranges) continue;
      swapped.push_back(language::access(name, access->indices, language::Role::definition));
    }
    return swapped;
  };
  for_each_node(
      value, [](const Expr& e) { return e; },
      [&](const Expr& e, const std::function<Expr(const Expr&)>& rebuild) {
        switch (e->kind) {
          case Kind::add:
          case Kind::subtract:
            result.push_back(rebuild(e->operands[0]));
            result.push_back(rebuild(e->operands[1]));
            result.push_back(rebuild(
                language::binary(e->kind == Kind::add ? Kind::subtract : Kind::add, e->operands[0], e->operands[1])));
            break;
          case Kind::multiply:
          case Kind::divide:
            result.push_back(rebuild(e->operands[0]));
            break;
          case Kind::access:
            for (const Expr& other : others(e)) result.push_back(rebuild(other));
            break;
          default:
            break;
        }
      });
  return result;
}

}  // namespace chalktape::tests
