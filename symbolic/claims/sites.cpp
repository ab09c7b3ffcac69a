#include "symbolic/claims/sites.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace chalktape::claims {

using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;

namespace {

void collect(const Expr& e, const Expr& parent, std::vector<std::size_t>& path, std::vector<Index>& scope,
             std::vector<Site>& sites) {
  sites.push_back({e, path, scope, parent});
  if (e->kind == Kind::derivative) return;
  const std::size_t outside = scope.size();
  if (e->kind == Kind::reduce) scope.insert(scope.end(), e->indices.begin(), e->indices.end());
  for (std::size_t k = 0; k < e->operands.size(); ++k) {
    if (e->kind == Kind::power && k == 1) continue;
    path.push_back(k);
    collect(e->operands[k], e, path, scope, sites);
    path.pop_back();
  }
  scope.resize(outside);
}

Expr replaced(const Expr& e, const std::vector<std::size_t>& path, std::size_t depth, const Expr& node) {
  if (depth == path.size()) return node;
  Expression changed = *e;
  changed.operands[path[depth]] = replaced(e->operands[path[depth]], path, depth + 1, node);
  return std::make_shared<const Expression>(std::move(changed));
}

bool has(const std::vector<Index>& indices, const std::string& name) {
  return std::any_of(indices.begin(), indices.end(), [&](const Index& i) { return i.name == name; });
}

/// Letters as people go on with, none of `taken`.
std::string fresh_letter(const std::vector<Index>& taken) {
  for (const char* letter :
       {"k", "l", "m", "p", "q", "r", "s", "t", "u", "v", "a", "b", "c", "d", "e", "f", "g", "h"}) {
    if (!has(taken, letter)) return letter;
  }
  for (int number = 1;; ++number) {
    std::string name = "k" + std::to_string(number);
    if (!has(taken, name)) return name;
  }
}

using Letters = std::vector<std::pair<std::string, Index>>;

/// `letters`: what stands for which, the innermost last. `taken`: letters that must not be bound again.
Expr relettered(const Expr& e, Letters& letters, std::vector<Index>& taken) {
  Expression node = *e;
  const std::size_t outside = letters.size(), taken_outside = taken.size();
  for (Index& index : node.indices) {
    if (node.kind == Kind::reduce) {
      const Index before = index;
      if (has(taken, index.name)) index.name = fresh_letter(taken);
      letters.emplace_back(before.name, index);
      taken.push_back(index);
    } else {
      const auto found =
          std::find_if(letters.rbegin(), letters.rend(), [&](const auto& entry) { return entry.first == index.name; });
      if (found != letters.rend()) {
        const language::Span span = index.span;
        index = found->second;
        index.span = span;
      }
    }
  }
  for (Expr& operand : node.operands) operand = relettered(operand, letters, taken);
  letters.resize(outside);
  taken.resize(taken_outside);
  return std::make_shared<const Expression>(std::move(node));
}

void collect_free(const Expr& e, std::vector<Index>& bound, std::vector<Index>& free) {
  const std::size_t outside = bound.size();
  for (const Index& index : e->indices) {
    if (e->kind == Kind::reduce) {
      bound.push_back(index);
    } else if (!index.is_literal() && !has(bound, index.name) && !has(free, index.name)) {
      free.push_back(index);
    }
  }
  for (const Expr& operand : e->operands) collect_free(operand, bound, free);
  bound.resize(outside);
}

}  // namespace

bool Site::is_term() const {
  if (!parent) return true;
  switch (parent->kind) {
    case Kind::add:
    case Kind::subtract:
    case Kind::reduce:
    case Kind::call:
    case Kind::power:
      return true;
    default:
      return false;
  }
}

std::vector<Site> sites_of(const Expr& e, const std::vector<Index>& free) {
  std::vector<Site> sites;
  std::vector<std::size_t> path;
  std::vector<Index> scope = free;
  collect(e, nullptr, path, scope, sites);
  return sites;
}

Expr replaced(const Expr& e, const std::vector<std::size_t>& path, const Expr& node) {
  return replaced(e, path, 0, node);
}

Expr with_letters(const Expr& e, const std::vector<Index>& from, const std::vector<Index>& to) {
  Letters letters;
  for (std::size_t i = 0; i < from.size(); ++i) letters.emplace_back(from[i].name, to[i]);
  std::vector<Index> taken = to;
  for (const Index& free : free_letters(e)) {
    if (!has(from, free.name)) taken.push_back(free);
  }
  return relettered(e, letters, taken);
}

Expr without_shadows(const Expr& e, const std::vector<Index>& free) {
  Letters letters;
  std::vector<Index> taken = free;
  return relettered(e, letters, taken);
}

Expr without_idle_indices(const Expr& e) {
  Expression node = *e;
  for (Expr& operand : node.operands) operand = without_idle_indices(operand);
  if (node.kind != Kind::reduce) return std::make_shared<const Expression>(std::move(node));
  const std::vector<Index> used = free_letters(node.operands[0]);
  std::vector<Index> kept;
  Expr count;
  for (const Index& index : node.indices) {
    if (has(used, index.name)) {
      kept.push_back(index);
    } else if (node.name == "sum") {
      Expr size = language::access(index.range, {}, language::Role::size);
      count = count ? language::binary(Kind::multiply, count, size) : std::move(size);
    }
  }
  node.indices = std::move(kept);
  Expr rest = node.indices.empty() ? node.operands[0] : std::make_shared<const Expression>(std::move(node));
  return count ? language::binary(Kind::multiply, count, rest) : rest;
}

std::vector<Index> free_letters(const Expr& e) {
  std::vector<Index> bound, free;
  collect_free(e, bound, free);
  return free;
}

}  // namespace chalktape::claims
