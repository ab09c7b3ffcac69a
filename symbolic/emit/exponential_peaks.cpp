// The largest exponent of a combination of exponentials, and the combination without it.
#include <algorithm>
#include <cmath>

#include "symbolic/emit/exponentials.hpp"
#include "symbolic/emit/trees.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/present/written_out.hpp"

namespace chalktape::emit {
namespace {

using language::Definition;
using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;

/// A largest exponent with more symbols is left alone: nobody would read it, and names in it may stand for more names.
constexpr std::size_t most_symbols = 60;

Expr multiply(const Expr& a, const Expr& b) {
  if (written_number(a) == 1.0) return b;
  return written_number(b) == 1.0 ? a : language::binary(Kind::multiply, a, b);
}
Expr power(const Expr& a, const Expr& n) { return written_number(a) == 1.0 ? a : language::binary(Kind::power, a, n); }
/// e·exp(a)
Expr scaled(const Expr& e, const Expr& a) {
  const Expr factor = exponential(a);
  if (written_number(factor) == 1.0) return e;
  return written_number(e) == 1.0 ? factor : multiply(e, factor);
}
/// a where the power has a whole exponent above 0.
std::optional<Expr> whole_power(const Expr& e) {
  const double exponent = written_number(e->operands[1]).value_or(0);
  return exponent > 0 && std::floor(exponent) == exponent ? std::optional(e->operands[0]) : std::nullopt;
}

Expr access(const Definition& definition) {
  return language::access(definition.name, definition.indices, language::Role::definition);
}

}  // namespace

std::optional<Expr> SafeExponentials::peak(const Expr& e) const {
  auto largest = unnamed_peak(e);
  if (!largest || written_number(*largest) == 0.0) return std::nullopt;
  if (present::count_symbols(*largest) > most_symbols) return std::nullopt;
  const auto named = named_peaks_.find(present::to_text(*largest));
  return named == named_peaks_.end() ? largest : named->second;
}

std::optional<Expr> SafeExponentials::unnamed_peak(const Expr& e) const {
  const auto of = [&](std::size_t k) { return peak(e->operands[k]); };
  switch (e->kind) {
    case Kind::call:
      if (e->name == "exp") return e->operands[0];
      return std::nullopt;
    case Kind::access: {
      const auto found = peak_of_.find(e->name);
      if (found == peak_of_.end()) return std::nullopt;
      const Definition& named = known_.at(e->name);
      return instantiated({named.name, named.indices, found->second, {}}, e->indices);
    }
    case Kind::negate:
      return of(0);
    case Kind::multiply: {
      const auto a = of(0);
      const auto b = of(1);
      if (a && b) return add(*a, *b);
      return a ? a : b;
    }
    case Kind::divide: {
      auto a = of(0);
      const auto b = of(1);
      if (!b || exponent(e->operands[1])) return a;
      return difference(a.value_or(language::number("0")), *b);
    }
    case Kind::power: {
      const auto base = whole_power(e);
      const auto a = base ? peak(*base) : std::nullopt;
      return a ? std::optional(multiply(e->operands[1], *a)) : std::nullopt;
    }
    case Kind::add:
    case Kind::subtract: {
      auto a = of(0);
      const auto b = of(1);
      if (!a && !b) return std::nullopt;
      if (a && b && language::equal(*a, *b)) return a;
      return language::call("max", {a.value_or(language::number("0")), b.value_or(language::number("0"))});
    }
    case Kind::reduce: {
      if (e->name != "sum" && e->name != "mean") return std::nullopt;
      const auto inner = of(0);
      if (!inner) return std::nullopt;
      std::vector<Index> over;
      for (const Index& index : free_indices(*inner))
        if (std::ranges::any_of(e->indices, [&](const Index& b) { return b.name == index.name; }))
          over.push_back(index);
      return over.empty() ? *inner : language::reduce("max", over, *inner);
    }
    default:
      return std::nullopt;
  }
}

Expr SafeExponentials::named_peak(const Expr& e, const Expr& peak_of_e) {
  if (peak_of_e->kind == Kind::access) return peak_of_e;  // a name already
  const bool is_name = e->kind == Kind::access && language::reaches_all_entries(*e);
  if (is_name) {
    auto found = peaks_.find(e->name);
    if (found == peaks_.end()) {
      const Definition& named = known_.at(e->name);
      const Expr own = peak(named.value).value();
      found = peaks_.emplace(e->name, Definition{fresh(e->name + "_max"), free_indices(own), own, {}}).first;
      settled_.insert(found->second.name);
      added_->push_back(found->second);
    }
    std::vector<Index> at;
    const Definition& named = known_.at(e->name);
    for (const Index& index : found->second.indices) {
      const auto place = std::ranges::find(named.indices, index.name, &Index::name) - named.indices.begin();
      at.push_back(e->indices[static_cast<std::size_t>(place)]);
      at.back().range = index.range;
    }
    return language::access(found->second.name, at, language::Role::definition);
  }
  Definition definition{fresh(current_ + "_max"), free_indices(peak_of_e), peak_of_e, {}};
  settled_.insert(definition.name);
  added_->push_back(definition);
  named_peaks_.emplace(present::to_text(peak_of_e), access(definition));
  return access(definition);
}

Expr SafeExponentials::shifted(const Expr& e, const Expr& m) {
  switch (e->kind) {
    case Kind::call:
      if (e->name == "exp") return exponential(difference(rewrite(e->operands[0]), m));
      break;
    case Kind::access:
      if (peak(e)) return shifted_name(e, m);
      break;
    case Kind::negate:
      return negated(shifted(e->operands[0], m));
    case Kind::multiply: {
      const auto a = peak(e->operands[0]);
      const auto b = peak(e->operands[1]);
      if (a && b)
        return scaled(multiply(shifted(e->operands[0], *a), shifted(e->operands[1], *b)), difference(add(*a, *b), m));
      if (a) return multiply(shifted(e->operands[0], m), rewrite(e->operands[1]));
      if (b) return multiply(rewrite(e->operands[0]), shifted(e->operands[1], m));
      break;
    }
    case Kind::divide: {
      const auto a = peak(e->operands[0]);
      const auto b = peak(e->operands[1]);
      if (!b || exponent(e->operands[1])) {
        if (!a) break;
        return language::binary(Kind::divide, shifted(e->operands[0], m), rewrite(e->operands[1]));
      }
      const Expr above = a ? shifted(e->operands[0], *a) : rewrite(e->operands[0]);
      return scaled(language::binary(Kind::divide, above, shifted(e->operands[1], *b)),
                    difference(difference(a.value_or(language::number("0")), *b), m));
    }
    case Kind::power:
      if (const auto base = whole_power(e))
        if (const auto a = peak(*base))
          return scaled(power(shifted(*base, *a), e->operands[1]), difference(multiply(e->operands[1], *a), m));
      break;
    case Kind::add:
    case Kind::subtract:
      return language::binary(e->kind, shifted(e->operands[0], m), shifted(e->operands[1], m));
    case Kind::reduce:
      if (peak(e)) {
        const Expr clear = with_bound_apart(e, free_indices(m));
        return language::reduce(e->name, clear->indices, shifted(clear->operands[0], m));
      }
      break;
    default:
      break;
  }
  return scaled(rewrite(e), negated(m));
}

Expr SafeExponentials::shifted_name(const Expr& e, const Expr& m) {
  const Definition& named = known_.at(e->name);
  std::map<std::string, Index> own;  // from the access's indices to the definition's
  for (std::size_t k = 0; k < e->indices.size(); ++k) own.emplace(e->indices[k].name, named.indices[k]);
  const bool reaches =
      language::reaches_all_entries(*e) &&
      std::ranges::all_of(free_indices(m), [&](const Index& index) { return own.contains(index.name); });
  if (!reaches) return shifted(formula(e).value(), m);
  const Expr shift = with_indices(m, own);
  const std::string key = e->name + " " + present::to_text(shift);
  auto twin = twins_.find(key);
  if (twin == twins_.end()) {
    Definition definition{{}, named.indices, shifted(named.value, shift), {}};
    definition.name = fresh(e->name + "_shifted");
    twin = twins_.emplace(key, definition.name).first;
    settled_.insert(definition.name);
    know(definition);
    added_->push_back(definition);
  }
  return language::access(twin->second, e->indices, language::Role::definition);
}

}  // namespace chalktape::emit
