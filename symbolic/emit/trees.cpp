#include "symbolic/emit/trees.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <utility>

#include "engine/ops/functions.hpp"
#include "symbolic/language/function_definition.hpp"
#include "symbolic/lower/lower.hpp"

namespace chalktape::emit {
namespace {

using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;

/// Powers above this stay powers.
constexpr double most_repeats = 4;

void collect_free(const Expr& e, std::set<std::string>& bound, std::vector<Index>& found) {
  std::vector<std::string> opened;
  if (e->kind == Kind::reduce) {
    for (const Index& index : e->indices)
      if (bound.insert(index.name).second) opened.push_back(index.name);
  } else {
    for (const Index& index : e->indices) {
      const bool known = std::ranges::any_of(found, [&](const Index& other) { return other.name == index.name; });
      if (!known && !bound.contains(index.name)) found.push_back(index);
    }
  }
  for (const Expr& operand : e->operands) collect_free(operand, bound, found);
  for (const std::string& name : opened) bound.erase(name);
}

void collect_index_names(const Expr& e, std::set<std::string>& names) {
  for (const Index& index : e->indices) names.insert(index.name);
  for (const Expr& operand : e->operands) collect_index_names(operand, names);
}

/// A function's definition at an argument: that in the place of x.
Expr at(const Expr& definition, const Expr& argument) {
  if (definition->kind == Kind::access && definition->name == "x") return argument;
  Expression copy = *definition;
  if (copy.kind == Kind::access && copy.name == "pi") copy.role = language::Role::pi;
  for (Expr& operand : copy.operands) operand = at(operand, argument);
  return std::make_shared<const Expression>(std::move(copy));
}

std::string fresh(const std::string& letter, const std::set<std::string>& taken) {
  for (int number = 2;; ++number) {
    std::string name = letter + std::to_string(number);
    if (!taken.contains(name)) return name;
  }
}

}  // namespace

std::vector<Index> free_indices(const Expr& e) {
  std::vector<Index> found;
  std::set<std::string> bound;
  collect_free(e, bound, found);
  return found;
}

Expr with_indices(const Expr& e, const std::map<std::string, Index>& to) {
  if (to.empty()) return e;
  Expression copy = *e;
  std::map<std::string, Index> inner = to;
  if (e->kind == Kind::reduce) {
    for (Index& index : copy.indices) inner.erase(index.name);
    std::set<std::string> taken;
    for (const auto& [from, index] : inner) taken.insert(index.name);
    for (Index& index : copy.indices) {
      if (!taken.contains(index.name)) continue;
      std::set<std::string> all = taken;
      collect_index_names(e, all);
      Index renamed = index;
      renamed.name = fresh(index.name, all);
      inner[index.name] = renamed;
      taken.insert(renamed.name);
      index = renamed;
    }
  } else {
    for (Index& index : copy.indices)
      if (const auto found = to.find(index.name); found != to.end()) index = found->second;
  }
  for (Expr& operand : copy.operands) operand = with_indices(operand, inner);
  return std::make_shared<const Expression>(std::move(copy));
}

Expr with_bound_apart(const Expr& e, const std::vector<Index>& names) {
  std::set<std::string> all;
  for (const Index& index : names) all.insert(index.name);
  const std::set<std::string> clashing = all;
  collect_index_names(e, all);
  Expression copy = *e;
  std::map<std::string, Index> to;
  for (Index& index : copy.indices) {
    if (!clashing.contains(index.name)) continue;
    Index renamed = index;
    renamed.name = fresh(index.name, all);
    all.insert(renamed.name);
    to.emplace(index.name, renamed);
    index = renamed;
  }
  if (to.empty()) return e;
  for (Expr& operand : copy.operands) operand = with_indices(operand, to);
  return std::make_shared<const Expression>(std::move(copy));
}

Expr instantiated(const language::Definition& definition, const std::vector<Index>& at) {
  std::map<std::string, Index> to;
  for (std::size_t k = 0; k < at.size(); ++k) {
    if (at[k].name == definition.indices[k].name) continue;
    Index index = at[k];
    if (index.range.empty()) index.range = definition.indices[k].range;
    to.emplace(definition.indices[k].name, index);
  }
  return with_indices(definition.value, to);
}

Expr with_functions_written_out(const Expr& e, const std::function<Expr(const std::string&)>& definition_of) {
  Expression copy = *e;
  for (Expr& operand : copy.operands) operand = with_functions_written_out(operand, definition_of);
  if (e->kind == Kind::call && e->operands.size() == 1) {
    const Expr definition = definition_of(e->name);
    if (definition != nullptr) return at(with_functions_written_out(definition, definition_of), copy.operands[0]);
  }
  return copy.operands == e->operands ? e : std::make_shared<const Expression>(std::move(copy));
}

Expr definition_to_emit(const std::string& function) {
  const engine::Function* const known = engine::find_unary_function(function);
  return known == nullptr || !known->library.empty() ? nullptr : language::function_definition(function);
}

bool is_call(const Expr& e, std::string_view function) { return e->kind == Kind::call && e->name == function; }

Expr add(const Expr& a, const Expr& b) { return language::binary(Kind::add, a, b); }

Expr exponential(const Expr& a) {
  return written_number(a) == 0.0 ? language::number("1") : language::call("exp", {a});
}

Expr negated(const Expr& e) {
  if (e->kind == Kind::negate) return e->operands[0];
  if (e->kind == Kind::subtract) return language::binary(Kind::subtract, e->operands[1], e->operands[0]);
  return language::negate(e);
}

Expr difference(const Expr& a, const Expr& b) {
  if (language::equal(a, b)) return language::number("0");
  if (written_number(b) == 0.0) return a;
  if (written_number(a) == 0.0) return negated(b);
  if (b->kind == Kind::negate) return language::binary(Kind::add, a, b->operands[0]);
  return language::binary(Kind::subtract, a, b);
}

namespace {

void flatten(const Expr& e, bool below, Powers powers, Factors& to) {
  switch (e->kind) {
    case Kind::negate:
      to.negative = !to.negative;
      flatten(e->operands[0], below, powers, to);
      return;
    case Kind::multiply:
    case Kind::divide:
      flatten(e->operands[0], below, powers, to);
      flatten(e->operands[1], below != (e->kind == Kind::divide), powers, to);
      return;
    case Kind::power: {
      if (powers == Powers::kept) break;
      const auto exponent = written_number(e->operands[1]);
      if (!exponent || *exponent == 0 || std::abs(*exponent) > most_repeats || std::floor(*exponent) != *exponent)
        break;
      Factors base;
      flatten(e->operands[0], below != (*exponent < 0), powers, base);
      const int times = static_cast<int>(std::abs(*exponent));
      to.negative = to.negative != (base.negative && times % 2 == 1);
      for (int k = 0; k < times; ++k) {
        to.above.insert(to.above.end(), base.above.begin(), base.above.end());
        to.below.insert(to.below.end(), base.below.begin(), base.below.end());
      }
      return;
    }
    default:
      break;
  }
  (below ? to.below : to.above).push_back(e);
}

Expr product(const std::vector<Expr>& factors) {
  Expr result = factors.front();
  for (std::size_t k = 1; k < factors.size(); ++k) result = language::binary(Kind::multiply, result, factors[k]);
  return result;
}

}  // namespace

namespace {

void append_terms(const Expr& e, bool negative, std::vector<Term>& terms) {
  if (e->kind == Kind::add || e->kind == Kind::subtract) {
    append_terms(e->operands[0], negative, terms);
    append_terms(e->operands[1], negative != (e->kind == Kind::subtract), terms);
  } else if (e->kind == Kind::negate) {
    append_terms(e->operands[0], !negative, terms);
  } else {
    terms.push_back({negative, e});
  }
}

}  // namespace

std::vector<Term> terms_of(const Expr& e) {
  std::vector<Term> terms;
  append_terms(e, false, terms);
  return terms;
}

Expr sum_of(const std::vector<Term>& terms) {
  if (terms.empty()) return language::number("0");
  Expr sum = terms.front().negative ? negated(terms.front().value) : terms.front().value;
  for (std::size_t k = 1; k < terms.size(); ++k)
    sum = language::binary(terms[k].negative ? Kind::subtract : Kind::add, sum, terms[k].value);
  return sum;
}

std::vector<Term> without_cancelling(std::vector<Term> terms) {
  for (std::size_t k = 0; k < terms.size();) {
    const auto opposite = std::ranges::find_if(terms, [&](const Term& other) {
      return other.negative != terms[k].negative && language::equal(other.value, terms[k].value);
    });
    if (opposite == terms.end()) {
      ++k;
      continue;
    }
    terms.erase(opposite);  // behind k: those before have none
    terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(k));
  }
  return terms;
}

Expr without_stops(const Expr& e) {
  if (is_call(e, "stop")) return without_stops(e->operands[0]);
  Expression copy = *e;
  for (Expr& operand : copy.operands) operand = without_stops(operand);
  return copy.operands == e->operands ? e : std::make_shared<const Expression>(std::move(copy));
}

Factors factors_of(const Expr& e, Powers powers) {
  Factors factors;
  flatten(e, false, powers, factors);
  return factors;
}

Factors without_factor(Factors factors, std::size_t above) {
  factors.above.erase(factors.above.begin() + static_cast<std::ptrdiff_t>(above));
  return factors;
}

Expr product_of(const Factors& factors) {
  std::vector<Expr> above;  // a factor 1 says nothing
  std::ranges::copy_if(factors.above, std::back_inserter(above),
                       [](const Expr& e) { return written_number(e) != 1.0; });
  Expr result = above.empty() ? language::number("1") : product(above);
  if (factors.negative) result = negated(result);
  if (!factors.below.empty()) result = language::binary(Kind::divide, result, product(factors.below));
  return result;
}

}  // namespace chalktape::emit
