#include "symbolic/emit/exponentials.hpp"

#include <algorithm>
#include <cmath>

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
using present::Sentence;

/// A largest exponent with more symbols is left alone: nobody would read it, and names in it may stand for more names.
constexpr std::size_t most_symbols = 60;

bool is_call(const Expr& e, std::string_view function) { return e->kind == Kind::call && e->name == function; }

bool is_sum(const Expr& e) { return e->kind == Kind::reduce && (e->name == "sum" || e->name == "mean"); }

Expr add(const Expr& a, const Expr& b) { return language::binary(Kind::add, a, b); }
Expr multiply(const Expr& a, const Expr& b) {
  if (written_number(a) == 1.0) return b;
  return written_number(b) == 1.0 ? a : language::binary(Kind::multiply, a, b);
}
Expr power(const Expr& a, const Expr& n) {
  return written_number(a) == 1.0 ? a : language::binary(Kind::power, a, n);
}
Expr exponential(const Expr& a) {
  return written_number(a) == 0.0 ? language::number("1") : language::call("exp", {a});
}
/// e·exp(a)
Expr scaled(const Expr& e, const Expr& a) {
  const Expr factor = exponential(a);
  if (written_number(factor) == 1.0) return e;
  return written_number(e) == 1.0 ? factor : multiply(e, factor);
}
/// a where the power has a whole exponent above 0.
std::optional<Expr> whole_power(const Expr& e) {
  const auto exponent = written_number(e->operands[1]);
  return exponent && *exponent > 0 && std::floor(*exponent) == *exponent ? std::optional(e->operands[0]) : std::nullopt;
}

Expr access(const Definition& definition) {
  return language::access(definition.name, definition.indices, language::Role::definition);
}

}  // namespace

Definition SafeExponentials::safe(const Definition& definition, std::vector<Definition>& added,
                                  std::vector<Rewriting>& rewritings, bool is_gradient) {
  current_ = definition.name;
  is_gradient_ = is_gradient;
  added_ = &added;
  rewritings_ = &rewritings;
  Definition result = definition;
  result.value = rewrite(definition.value);
  know(result);
  return result;
}

void SafeExponentials::know(const Definition& definition) {
  known_[definition.name] = definition;
  if (is_positive(definition.value)) positive_.insert(definition.name);
  if (settled_.contains(definition.name)) return;
  const Factors factors = factors_of(definition.value, Powers::repeated);
  if (std::ranges::any_of(factors.below, [&](const Expr& factor) { return peak(factor).has_value(); })) return;
  if (is_gradient_) return;
  if (const auto largest = peak(definition.value)) peak_of_.emplace(definition.name, *largest);
}

Expr SafeExponentials::rewrite(const Expr& e) {
  if (e->kind == Kind::multiply || e->kind == Kind::divide || e->kind == Kind::negate || e->kind == Kind::power)
    if (auto quotient = safe_quotient(e)) return *quotient;
  if (is_call(e, "log"))
    if (auto logarithm = safe_logarithm(e->operands[0])) return *logarithm;
  Expression copy = *e;
  bool changed = false;
  for (Expr& operand : copy.operands) {
    Expr after = rewrite(operand);
    changed = changed || after != operand;
    operand = std::move(after);
  }
  return changed ? std::make_shared<const Expression>(std::move(copy)) : e;
}

std::optional<Expr> SafeExponentials::safe_quotient(const Expr& e) {
  Factors factors = factors_of(e, Powers::repeated);
  const auto is_exponential = [&](const Expr& factor) { return peak(factor).has_value(); };
  if (std::ranges::none_of(factors.below, is_exponential)) return std::nullopt;

  std::vector<Expr> below;
  std::vector<Expr> open;  // shifts that no factor above has taken
  std::vector<Expr> shifts;
  for (Expr& factor : factors.below) {
    const auto largest = peak(factor);
    if (!largest) {
      below.push_back(rewrite(factor));
    } else if (const auto a = exponent(factor)) {  // exp(b)/exp(a) = exp(b − a); 1/exp(a) does no harm
      const auto above = std::ranges::find_if(factors.above, [&](const Expr& e) { return exponent(e).has_value(); });
      if (above == factors.above.end()) {
        below.push_back(rewrite(factor));
      } else {
        *above = exponential(difference(*exponent(*above), *a));
      }
    } else if (!replace_by_sigmoid(factor, factors.above)) {
      const Expr m = named_peak(factor, *largest);
      below.push_back(shifted(factor, m));
      shifts.push_back(m);
      note("shift-exponentials",
           Sentence("above and below the fraction bar, exponentials are divided by exp of the largest exponent "
                    "below it, {}: none overflows, and one of those below is 1",
                    {m}));
    }
  }
  std::vector<Expr> above;
  for (const Expr& factor : factors.above) {
    if (!shifts.empty() && is_exponential(factor)) {
      above.push_back(shifted(factor, shifts.front()));
      shifts.erase(shifts.begin());
    } else {
      above.push_back(rewrite(factor));
    }
  }
  for (const Expr& m : shifts) above.push_back(exponential(negated(m)));
  return product_of({factors.negative, std::move(above), std::move(below)});
}

// 1/(1 + exp(a)) = sigmoid(−a), exp(a)/(1 + exp(a)) = sigmoid(a).
bool SafeExponentials::replace_by_sigmoid(Expr& factor, std::vector<Expr>& above) {
  const auto a = one_plus_exponent(factor);
  if (!a) return false;
  note("name-sigmoid",
       Sentence("1/(1 + exp(a)) is sigmoid(-a), which is computed without overflow; here a is {}", {*a}));
  for (Expr& other : above) {
    const auto b = exponent(other);
    if (!b || !language::equal(*a, *b)) continue;
    other = language::call("sigmoid", {rewrite(*a)});
    return true;
  }
  above.push_back(language::call("sigmoid", {rewrite(negated(*a))}));
  return true;
}

std::optional<Expr> SafeExponentials::safe_logarithm(const Expr& argument) {
  if (const Expr inside = unfolded(argument);
      inside->kind == Kind::subtract && written_number(inside->operands[0]) == 1.0) {
    if (const auto a = sigmoid_argument(inside->operands[1])) {  // log(1 − sigmoid(a))
      note("name-softplus", Sentence("log(1 - sigmoid(a)) is -softplus(a), which is never log(0); here a is {}", {*a}));
      return language::negate(language::call("softplus", {rewrite(*a)}));
    }
  }
  const Factors factors = factors_of(unfolded(argument), Powers::repeated);
  const auto is_opened = [&](const Expr& e) {
    return peak(e).has_value() || exponent(e).has_value() || sigmoid_argument(e).has_value();
  };
  const auto positive = [&](const Expr& e) { return is_positive(e); };
  if (factors.negative || !std::ranges::all_of(factors.above, positive) ||
      !std::ranges::all_of(factors.below, positive))
    return std::nullopt;
  if (std::ranges::none_of(factors.above, is_opened) && std::ranges::none_of(factors.below, is_opened))
    return std::nullopt;

  std::vector<std::pair<Expr, bool>> terms;  // with a minus?
  for (const Expr& factor : factors.above) append_logarithm(factor, false, terms);
  for (const Expr& factor : factors.below) append_logarithm(factor, true, terms);
  // Differences of exponents first: they are what is small.
  std::ranges::stable_partition(terms, [](const auto& term) { return !is_call(term.first, "log"); });
  const auto positive_term = std::ranges::find(terms, false, &std::pair<Expr, bool>::second);
  Expr result;
  if (positive_term != terms.end()) {
    result = positive_term->first;
    terms.erase(positive_term);
  } else {
    result = negated(terms.front().first);
    terms.erase(terms.begin());
  }
  for (const auto& [term, negative] : terms) result = negative ? difference(result, term) : add(result, term);
  return result;
}

void SafeExponentials::append_logarithm(const Expr& factor, bool negative,
                                        std::vector<std::pair<Expr, bool>>& terms) {
  if (written_number(factor) == 1.0) return;
  if (const auto a = exponent(factor)) {  // may be a difference: x − m
    if ((*a)->kind == Kind::subtract) {
      terms.emplace_back(rewrite((*a)->operands[0]), negative);
      terms.emplace_back(rewrite((*a)->operands[1]), !negative);
    } else {
      terms.emplace_back(rewrite(*a), negative);
    }
  } else if (const auto s = sigmoid_argument(factor)) {
    note("name-softplus", Sentence("log(sigmoid(a)) is -softplus(-a), which is never log(0); here a is {}", {*s}));
    terms.emplace_back(language::call("softplus", {rewrite(negated(*s))}), !negative);
  } else if (const auto b = one_plus_exponent(factor)) {
    note("name-softplus", Sentence("log(1 + exp(a)) is softplus(a), which does not overflow; here a is {}", {*b}));
    terms.emplace_back(language::call("softplus", {rewrite(*b)}), negative);
  } else if (const auto largest = peak(factor)) {
    const Expr m = named_peak(factor, *largest);
    note("shift-exponentials",
         Sentence("the largest exponent, {}, is taken out of the logarithm: no exponential overflows, and one is 1",
                  {m}));
    terms.emplace_back(m, negative);
    terms.emplace_back(language::call("log", {shifted(factor, m)}), negative);
  } else {
    terms.emplace_back(language::call("log", {rewrite(factor)}), negative);
  }
}

std::optional<Expr> SafeExponentials::formula(const Expr& e) const {
  if (e->kind != Kind::access) return std::nullopt;
  const auto found = known_.find(e->name);
  if (found == known_.end() || found->second.indices.size() != e->indices.size()) return std::nullopt;
  return instantiated(found->second, e->indices);
}

Expr SafeExponentials::unfolded(const Expr& e) const {
  const auto inside = formula(e);
  if (!inside || settled_.contains(e->name)) return e;
  const Factors factors = factors_of(*inside, Powers::repeated);
  const auto opens = [&](const Expr& f) {
    return peak(f).has_value() || exponent(f).has_value() || sigmoid_argument(f).has_value();
  };
  const bool is_complement =
      (*inside)->kind == Kind::subtract && written_number((*inside)->operands[0]) == 1.0 && opens((*inside)->operands[1]);
  if (is_complement || std::ranges::any_of(factors.above, opens) || std::ranges::any_of(factors.below, opens))
    return *inside;
  return e;
}

std::optional<Expr> SafeExponentials::exponent(const Expr& e) const {
  if (is_call(e, "exp")) return e->operands[0];
  const auto inside = formula(e);
  return inside && is_call(*inside, "exp") ? std::optional((*inside)->operands[0]) : std::nullopt;
}

std::optional<Expr> SafeExponentials::sigmoid_argument(const Expr& e) const {
  if (is_call(e, "sigmoid")) return e->operands[0];
  const auto inside = formula(e);
  return inside && is_call(*inside, "sigmoid") ? std::optional((*inside)->operands[0]) : std::nullopt;
}

std::optional<Expr> SafeExponentials::one_plus_exponent(const Expr& e) const {
  const Expr inside = formula(e).value_or(e);
  if (inside->kind != Kind::add) return std::nullopt;
  for (const int one : {0, 1})
    if (written_number(inside->operands[static_cast<std::size_t>(one)]) == 1.0)
      return exponent(inside->operands[static_cast<std::size_t>(1 - one)]);
  return std::nullopt;
}

bool SafeExponentials::is_positive(const Expr& e) const {
  switch (e->kind) {
    case Kind::number:
      return written_number(e) > 0.0;
    case Kind::add:
    case Kind::multiply:
    case Kind::divide:
      return is_positive(e->operands[0]) && is_positive(e->operands[1]);
    case Kind::power:
      return is_positive(e->operands[0]);
    case Kind::reduce:
      return is_positive(e->operands[0]);
    case Kind::call:
      if (e->name == "sqrt") return is_positive(e->operands[0]);
      return e->name == "exp" || e->name == "sigmoid" || e->name == "softplus";
    case Kind::access:
      return e->role == language::Role::size || e->role == language::Role::pi || positive_.contains(e->name);
    default:
      return false;
  }
}

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
      const auto a = of(0);
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
      const auto a = of(0);
      const auto b = of(1);
      if (!a && !b) return std::nullopt;
      if (a && b && language::equal(*a, *b)) return a;
      return language::call("max", {a.value_or(language::number("0")), b.value_or(language::number("0"))});
    }
    case Kind::reduce: {
      if (!is_sum(e)) return std::nullopt;
      const auto inner = of(0);
      if (!inner) return std::nullopt;
      std::vector<Index> over;
      for (const Index& index : free_indices(*inner))
        if (std::ranges::any_of(e->indices, [&](const Index& b) { return b.name == index.name; })) over.push_back(index);
      return over.empty() ? *inner : language::reduce("max", over, *inner);
    }
    default:
      return std::nullopt;
  }
}

Expr SafeExponentials::named_peak(const Expr& e, const Expr& peak_of_e) {
  if (peak_of_e->kind == Kind::access) return peak_of_e;  // a name already
  const bool is_name = e->kind == Kind::access && formula(e) && language::reaches_all_entries(*e);
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
      if (a && (!b || exponent(e->operands[1])))
        return language::binary(Kind::divide, shifted(e->operands[0], m), rewrite(e->operands[1]));
      const Expr above = a ? shifted(e->operands[0], *a) : rewrite(e->operands[0]);
      return scaled(language::binary(Kind::divide, above, shifted(e->operands[1], *b)),
                    difference(difference(a.value_or(language::number("0")), *b), m));
    }
    case Kind::power:
      if (const auto base = whole_power(e))
        if (const auto a = peak(*base))
          return scaled(power(shifted(*base, *a), e->operands[1]),
                        difference(multiply(e->operands[1], *a), m));
      break;
    case Kind::add:
    case Kind::subtract:
      return language::binary(e->kind, shifted(e->operands[0], m), shifted(e->operands[1], m));
    case Kind::reduce:
      if (is_sum(e) && peak(e)) {
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
  const bool reaches = language::reaches_all_entries(*e) && std::ranges::all_of(free_indices(m), [&](const Index& index) {
                         return own.contains(index.name);
                       });
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

std::string SafeExponentials::fresh(const std::string& name) {
  std::string found = name;
  for (int number = 2; !taken_.insert(found).second; ++number) found = name + std::to_string(number);
  return found;
}

void SafeExponentials::note(std::string rule, Sentence why) { rewritings_->push_back({std::move(rule), std::move(why)}); }

}  // namespace chalktape::emit
