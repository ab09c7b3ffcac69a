// The largest exponent of a combination of exponentials, and the combination without it.
#include <algorithm>
#include <cmath>
#include <functional>

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

/// What exponents beside a mask that is 0 are lowered by: logits are smaller.
constexpr const char* far_below = "1e9";

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
struct RootOrPower {
  Expr exponent;
  bool is_whole;  ///< and above 0: of anything, not only of what is positive
};
bool is_fraction(const Expr& e) {
  if (e->kind == Kind::negate) return is_fraction(e->operands[0]);
  if (e->kind != Kind::divide) return written_number(e).has_value();
  return is_fraction(e->operands[0]) && is_fraction(e->operands[1]);
}
/// Of a power with a number, or a square root.
std::optional<RootOrPower> root_or_power(const Expr& e) {
  if (is_call(e, "sqrt"))
    return RootOrPower{language::binary(Kind::divide, language::number("1"), language::number("2")), false};
  const Expr& n = e->operands[1];
  if (!is_fraction(n)) return std::nullopt;
  const double exponent = written_number(n).value_or(0);
  return RootOrPower{n, exponent > 0 && std::floor(exponent) == exponent};
}
/// The factor's text with one letter for every index: what stands at other indices is the same mask.
std::string text_without_indices(const Expr& e) {
  std::map<std::string, Index> same;
  for (const Index& index : free_indices(e)) same.emplace(index.name, Index{"_", index.range, {}});
  return present::to_text(with_indices(e, same));
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
      return e->name == "sqrt" ? peak_of_power(e) : std::nullopt;
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
      if (const auto one = a ? a : b) {
        const Expr lowered = lowered_by(e->operands[a ? 1 : 0]);
        return lowered == nullptr ? *one : difference(*one, lowered);
      }
      return std::nullopt;
    }
    case Kind::divide: {
      auto a = of(0);
      const auto b = of(1);
      if (!b) return a;
      return difference(a.value_or(language::number("0")), *b);
    }
    case Kind::power:
      return peak_of_power(e);
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

std::optional<Expr> SafeExponentials::peak_of_power(const Expr& e) const {
  const auto root = root_or_power(e);
  if (!root || !(root->is_whole || is_positive(e->operands[0]))) return std::nullopt;
  const auto a = peak(e->operands[0]);
  return a ? std::optional(multiply(root->exponent, *a)) : std::nullopt;
}

void SafeExponentials::find_masks(const Expr& e) {
  const std::size_t before = masks_.size();
  std::set<std::pair<std::string, std::set<std::string>>> visited;
  // `bound` are the indices of the sums around it.
  const std::function<void(const Expr&, const std::set<std::string>&)> walk = [&](const Expr& part,
                                                                                  const std::set<std::string>& bound) {
    const auto largest = peak(part);
    if (!largest) return;
    const auto varies = [&](const Index& index) { return bound.contains(index.name); };
    if (part->kind == Kind::multiply && std::ranges::any_of(free_indices(*largest), varies)) {
      for (const Expr& factor : part->operands)
        if (may_mask(factor)) masks_.insert(text_without_indices(factor));
    }
    if (const auto named = known_.find(part->name); part->kind == Kind::access && named != known_.end()) {
      std::set<std::string> inside;
      for (std::size_t k = 0; k < part->indices.size(); ++k)
        if (varies(part->indices[k])) inside.insert(named->second.indices[k].name);
      if (visited.emplace(part->name, inside).second) walk(named->second.value, inside);
      return;
    }
    std::set<std::string> inside = bound;
    if (part->kind == Kind::reduce)
      for (const Index& index : part->indices) inside.insert(index.name);
    for (const Expr& operand : part->operands) walk(operand, inside);
  };
  walk(e, {});
  if (masks_.size() == before) return;
  for (const std::string& name : order_) know_peak(known_.at(name));
}

bool SafeExponentials::may_mask(const Expr& factor) const {
  return !peak(factor) && !written_number(factor) && !is_positive(factor);
}

Expr SafeExponentials::lowered_by(const Expr& factor) const {
  if (masks_.empty() || !may_mask(factor)) return nullptr;
  if (!masks_.contains(text_without_indices(factor))) {
    const bool is_opposite = factor->kind == Kind::subtract && masks_.contains(text_without_indices(negated(factor)));
    return is_opposite ? lowered_by(negated(factor)) : nullptr;
  }
  const Expr one = language::number("1");
  const bool is_one_or_zero = is_call(factor, "step") || factor->kind == Kind::delta;
  const Expr is_zero =
      factor->kind == Kind::subtract && written_number(factor->operands[0]) == 1.0 &&
              (is_call(factor->operands[1], "step") || factor->operands[1]->kind == Kind::delta)
          ? factor->operands[1]
          : language::binary(Kind::subtract, one,
                             is_one_or_zero ? factor : language::call("step", {language::call("abs", {factor})}));
  return language::binary(Kind::multiply, language::number(far_below), is_zero);
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
      if (const auto largest = peak(e)) {  // a root
        const Expr own = peak(e->operands[0]).value();
        const Expr rest = shifted(e->operands[0], own);
        const bool is_one = written_number(rest) == 1.0;
        return scaled(is_one ? rest : language::call(e->name, {rest}), difference(*largest, m));
      }
      break;
    case Kind::access:
      if (peak(e)) return shifted_name(e, m);
      break;
    case Kind::negate:
      return negated(shifted(e->operands[0], m));
    case Kind::multiply: {
      const auto a = peak(e->operands[0]);
      const auto b = peak(e->operands[1]);
      // One after the other: twins get their names in this order, whatever order a compiler gives arguments.
      if (a && b) {
        const Expr first = shifted(e->operands[0], *a);
        const Expr second = shifted(e->operands[1], *b);
        return scaled(multiply(first, second), difference(add(*a, *b), m));
      }
      const auto shift_beside = [&](const Expr& factor) {
        const Expr lowered = lowered_by(factor);
        return lowered == nullptr ? m : add(m, lowered);
      };
      if (!a && !b) break;
      const Expr first = a ? shifted(e->operands[0], shift_beside(e->operands[1])) : rewrite(e->operands[0]);
      const Expr second = b ? shifted(e->operands[1], shift_beside(e->operands[0])) : rewrite(e->operands[1]);
      return multiply(first, second);
    }
    case Kind::divide: {
      const auto a = peak(e->operands[0]);
      const auto b = peak(e->operands[1]);
      if (!b) {
        if (!a) break;
        const Expr above = shifted(e->operands[0], m);
        return language::binary(Kind::divide, above, rewrite(e->operands[1]));
      }
      const Expr above = a ? shifted(e->operands[0], *a) : rewrite(e->operands[0]);
      const Expr below = shifted(e->operands[1], *b);
      return scaled(written_number(below) == 1.0 ? above : language::binary(Kind::divide, above, below),
                    difference(difference(a.value_or(language::number("0")), *b), m));
    }
    case Kind::power:
      if (const auto largest = peak(e)) {
        const Expr own = peak(e->operands[0]).value();
        return scaled(power(shifted(e->operands[0], own), e->operands[1]), difference(*largest, m));
      }
      break;
    case Kind::add:
    case Kind::subtract: {
      const Expr first = shifted(e->operands[0], m);
      return language::binary(e->kind, first, shifted(e->operands[1], m));
    }
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
