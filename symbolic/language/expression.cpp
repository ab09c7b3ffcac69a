#include "symbolic/language/expression.hpp"

#include <algorithm>
#include <utility>

namespace chalktape::language {
namespace {

Expr make(Expression node) { return std::make_shared<const Expression>(std::move(node)); }

}  // namespace

Expr number(std::string written) { return make({.kind = Kind::number, .name = std::move(written)}); }

Expr access(std::string name, std::vector<Index> indices, Role role) {
  return make({.kind = Kind::access, .name = std::move(name), .indices = std::move(indices), .role = role});
}

Expr delta(Index a, Index b) { return make({.kind = Kind::delta, .indices = {std::move(a), std::move(b)}}); }

Expr negate(Expr a) { return make({.kind = Kind::negate, .operands = {std::move(a)}}); }

Expr binary(Kind kind, Expr a, Expr b) { return make({.kind = kind, .operands = {std::move(a), std::move(b)}}); }

Expr call(std::string function, std::vector<Expr> arguments) {
  return make({.kind = Kind::call, .name = std::move(function), .operands = std::move(arguments)});
}

Expr reduce(std::string reduction, std::vector<Index> bound, Expr body) {
  return make(
      {.kind = Kind::reduce, .name = std::move(reduction), .indices = std::move(bound), .operands = {std::move(body)}});
}

Expr derivative(Expr of, Expr with_respect_to, std::vector<std::string> held) {
  return make(
      {.kind = Kind::derivative, .operands = {std::move(of), std::move(with_respect_to)}, .held = std::move(held)});
}

bool equal(const Expr& a, const Expr& b) {
  if (a == b) return true;
  if (a == nullptr || b == nullptr) return false;
  return a->kind == b->kind && a->name == b->name && a->role == b->role && a->indices == b->indices &&
         a->held == b->held &&
         std::equal(a->operands.begin(), a->operands.end(), b->operands.begin(), b->operands.end(),
                    [](const Expr& x, const Expr& y) { return equal(x, y); });
}

bool reaches_all_entries(const Expression& access) {
  std::set<std::string> names;
  for (const Index& index : access.indices) names.insert(index.name);
  return names.size() == access.indices.size();
}

void collect_names(const Expr& e, std::set<std::string>& names) {
  if (e->kind == Kind::access) names.insert(e->name);
  for (const Expr& operand : e->operands) collect_names(operand, names);
}

}  // namespace chalktape::language
