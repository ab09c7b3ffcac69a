#include "symbolic/emit/exponentials.hpp"

#include <algorithm>
#include <deque>
#include <numeric>

#include "symbolic/present/text.hpp"

namespace chalktape::emit {

using language::Definition;
using language::Expr;
using language::Expression;
using language::Kind;
using present::Sentence;

Definition SafeExponentials::safe(const Definition& definition, std::vector<Definition>& added,
                                  std::vector<Rewriting>& rewritings) {
  current_ = definition.name;
  added_ = &added;
  rewritings_ = &rewritings;
  Definition result = definition;
  const Expr bare = without_stops(definition.value);
  result.value = rewrite(bare);
  know(result);
  if (result.value == bare) result.value = definition.value;
  Definition& given = given_[definition.name] = definition;
  given.value = bare;
  return result;
}

void SafeExponentials::know(const Definition& definition) {
  known_[definition.name] = definition;
  if (is_positive(definition.value)) positive_.insert(definition.name);
  if (settled_.contains(definition.name)) return;
  order_.push_back(definition.name);
  know_peak(definition);
}

void SafeExponentials::know_peak(const Definition& definition) {
  if (exponentials_in(factors_of(definition.value, Powers::repeated)).second > 0) return;
  if (const auto largest = peak(definition.value)) peak_of_.insert_or_assign(definition.name, *largest);
}

std::pair<std::ptrdiff_t, std::ptrdiff_t> SafeExponentials::exponentials_in(const Factors& factors) const {
  const auto is_exponential = [&](const Expr& factor) { return peak(factor).has_value(); };
  return {std::ranges::count_if(factors.above, is_exponential), std::ranges::count_if(factors.below, is_exponential)};
}

std::optional<Expr> SafeExponentials::with_names_opened(Factors factors) const {
  const auto [above, below] = exponentials_in(factors);
  const bool grows = above > below;
  const bool is_masked =
      std::ranges::any_of(factors.above, [&](const Expr& factor) { return lowered_by(factor) != nullptr; });
  bool found = false;
  for (Expr& factor : factors.above) {
    const auto given = formula_in(given_, factor);
    if (!given) continue;
    const Factors parts = factors_of(*given, Powers::repeated);
    const auto [over, under] = exponentials_in(parts);
    const bool is_product = parts.above.size() + parts.below.size() > 1;
    if (!(grows && over < under) && !(is_masked && is_product && over > 0)) continue;
    factor = *given;
    found = true;
  }
  return found ? std::optional(product_of(factors)) : std::nullopt;
}

Expr SafeExponentials::rewrite(const Expr& e) {
  if (e->kind == Kind::multiply || e->kind == Kind::divide || e->kind == Kind::power) {
    const Factors factors = factors_of(e, Powers::repeated);
    if (auto product = absorbed_in_sigmoid(factors)) return rewrite(*product);
    if (auto product = without_cancelling_divisor(factors)) return rewrite(*product);
    if (auto product = folded_in_quotient(factors)) return rewrite(*product);
    if (auto product = distributed_to_quotients(factors)) return rewrite(*product);
    if (auto product = with_names_opened(factors)) return rewrite(*product);
    if (auto product = safe_product(factors)) return *product;
  }
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

std::optional<Expr> SafeExponentials::safe_product(Factors factors) {
  if (const auto [above, below] = exponentials_in(factors); below == 0 && above < 2) return std::nullopt;
  // First, so that exponentials beside them are still whole.
  for (std::size_t k = 0; k < factors.below.size();) {
    if (const auto a = one_plus_exponent(factors.below[k])) {
      factors.below.erase(factors.below.begin() + static_cast<std::ptrdiff_t>(k));
      multiply_by_sigmoid(*a, factors);
      k = 0;
    } else {
      ++k;
    }
  }
  for (const Expr& factor : factors.below) find_masks(factor);

  std::vector<Expr> below, lone;  // `lone`: exponentials below, which may stand there by themselves
  std::deque<Expr> shifts;        // that no factor above has taken
  for (const Expr& factor : factors.below) {
    const auto largest = peak(factor);
    if (!largest) {
      below.push_back(rewrite(factor));
    } else if (exponent(factor)) {
      lone.push_back(factor);
    } else {
      const Expr m = named_peak(factor, *largest);
      below.push_back(shifted(factor, m));
      shifts.push_back(m);
      note("shift-exponentials",
           Sentence("above and below the fraction bar, exponentials are divided by exp of the largest exponent "
                    "below it, {}: none overflows, and one of those below is 1",
                    {m}));
    }
  }

  struct Above {
    Expr factor, shift;  // null where it has none
    bool is_exponential;
  };
  std::vector<Above> above;
  std::size_t left = lone.size();  // exponents that are by themselves
  for (const Expr& factor : factors.above) {
    above.push_back({factor, nullptr, peak(factor).has_value()});
    if (!above.back().is_exponential) continue;
    if (shifts.empty()) {
      ++left;
    } else {
      above.back().shift = shifts.front();
      shifts.pop_front();
    }
  }
  left += shifts.size();
  const auto is_shifted_exponential = [&](const Above& a) { return a.shift != nullptr && exponent(a.factor); };
  // exp(a)·exp(b)/exp(c) = exp(a + b − c)
  const bool joins = left > 1 || (left == 1 && std::ranges::any_of(above, is_shifted_exponential));

  std::vector<Expr> masks;  // what they lower exponents beside them by
  for (const Above& a : above)
    if (const Expr lowered = a.is_exponential ? nullptr : lowered_by(a.factor)) masks.push_back(lowered);

  Factors result{factors.negative, {}, std::move(below)};
  std::vector<Term> exponents;
  std::optional<std::size_t> place;  // of the joint exponential
  const auto join = [&](const Expr& term, bool negative) {
    if (!place) {
      place = result.above.size();
      result.above.push_back(nullptr);
    }
    for (Term& t : terms_of(term)) exponents.push_back({t.negative != negative, t.value});
  };
  for (const Above& a : above) {
    if (!a.is_exponential || (a.shift == nullptr && !joins)) {
      result.above.push_back(rewrite(a.factor));
    } else if (const auto x = joins ? exponent(a.factor) : std::nullopt) {
      join(rewrite(*x), false);
      if (a.shift != nullptr) join(a.shift, true);
    } else if (a.shift != nullptr) {
      Expr shift = a.shift;
      if (exponent(a.factor)) shift = std::accumulate(masks.begin(), masks.end(), shift, add);
      result.above.push_back(shifted(a.factor, shift));
    } else {
      const Expr m = named_peak(a.factor, peak(a.factor).value());
      result.above.push_back(shifted(a.factor, m));
      join(m, false);
    }
  }
  for (const Expr& m : shifts) join(m, true);
  for (const Expr& factor : lone) {
    if (joins) {
      join(rewrite(*exponent(factor)), true);
    } else {
      result.below.push_back(rewrite(factor));
    }
  }
  if (place)
    for (const Expr& lowered : masks) join(lowered, true);
  if (place) result.above[*place] = exponential(sum_of(without_cancelling(std::move(exponents))));
  return product_of(result);
}

// 1/(1 + exp(a)) = sigmoid(−a), exp(a)/(1 + exp(a)) = sigmoid(a).
void SafeExponentials::multiply_by_sigmoid(const Expr& a, Factors& product) {
  note("name-sigmoid",
       Sentence("1/(1 + exp(a)) is sigmoid(-a), which is computed without overflow; here a is {}", {a}));
  const bool is_beside_exponential = std::ranges::any_of(
      product.above, [&](const Expr& e) { return exponent(e) && language::equal(*exponent(e), a); });
  if (!divide_by_one_plus(a, product)) {
    product.above.push_back(language::call("sigmoid", {negated(a)}));
  } else if (!is_beside_exponential) {
    note_absorbed(negated(a));
  }
}

std::optional<Expr> SafeExponentials::safe_logarithm(const Expr& argument) {
  const Expr inside = formula(argument).value_or(argument);
  if (inside->kind == Kind::subtract && written_number(inside->operands[0]) == 1.0) {
    if (const auto a = sigmoid_argument(inside->operands[1])) {  // log(1 − sigmoid(a))
      note("name-softplus", Sentence("log(1 - sigmoid(a)) is -softplus(a), which is never log(0); here a is {}", {*a}));
      return language::negate(language::call("softplus", {rewrite(*a)}));
    }
  }
  const Factors factors = factors_of(inside, Powers::repeated);
  const auto is_opened = [&](const Expr& e) {
    return peak(e).has_value() || exponent(e).has_value() || sigmoid_argument(e).has_value();
  };
  // What is not known to be positive is so where the logarithm exists, if it is alone.
  const auto unknown = [&](const Expr& e) { return !is_positive(e); };
  if (factors.negative ||
      std::ranges::count_if(factors.above, unknown) + std::ranges::count_if(factors.below, unknown) > 1)
    return std::nullopt;
  for (const auto* side : {&factors.above, &factors.below})
    for (const Expr& factor : *side) find_masks(factor);
  if (std::ranges::none_of(factors.above, is_opened) && std::ranges::none_of(factors.below, is_opened))
    return std::nullopt;

  std::vector<std::pair<Expr, bool>> terms;  // with a minus?
  for (const Expr& factor : factors.above) append_logarithm(factor, false, terms);
  for (const Expr& factor : factors.below) append_logarithm(factor, true, terms);
  // Differences of exponents first: they are what is small.
  std::stable_partition(terms.begin(), terms.end(), [](const auto& term) { return !is_call(term.first, "log"); });
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

void SafeExponentials::append_logarithm(const Expr& factor, bool negative, std::vector<std::pair<Expr, bool>>& terms) {
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
    const Expr rest = shifted(factor, m);
    note("shift-exponentials",
         Sentence("the largest exponent, {}, is taken out of the logarithm: no exponential overflows, and one is 1",
                  {m}));
    terms.emplace_back(m, negative);
    if (written_number(rest) != 1.0) terms.emplace_back(language::call("log", {rest}), negative);
  } else {
    terms.emplace_back(language::call("log", {rewrite(factor)}), negative);
  }
}

std::optional<Expr> SafeExponentials::formula_in(const std::map<std::string, Definition>& definitions, const Expr& e) {
  if (e->kind != Kind::access) return std::nullopt;  // a reduction has a name too, and so may a definition: mean
  const auto found = definitions.find(e->name);
  if (found == definitions.end()) return std::nullopt;
  return instantiated(found->second, e->indices);
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

std::string SafeExponentials::fresh(const std::string& name) {
  std::string found = name;
  for (int number = 2; !taken_.insert(found).second; ++number) found = name + std::to_string(number);
  return found;
}

void SafeExponentials::note(std::string rule, Sentence why) {
  rewritings_->push_back({std::move(rule), std::move(why)});
}

}  // namespace chalktape::emit
