// Laws of products and sums of terms.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "symbolic/rules/cost.hpp"
#include "symbolic/rules/rule.hpp"
#include "symbolic/rules/terms.hpp"

namespace chalktape::rules {

using GiNaC::ex_to;
using GiNaC::numeric;
using notation::Access;
using notation::is;
using present::Sentence;

namespace {

/// A term as a number times powers of bases, by the bases' keys. A base under a whole power is positive by its key, so
/// that a − b and b − a, between which GiNaC chooses by its hashes, are the same base.
struct Monomial {
  numeric coefficient = 1;
  std::map<std::string, std::pair<ex, numeric>> powers;

  void multiply(const ex& base, const numeric& exponent) {
    const bool flipped = exponent.is_integer() && notation::is_negative(base);
    if (flipped && exponent.is_odd()) coefficient = -coefficient;
    const ex positive = flipped ? ex(-base) : base;
    const auto [entry, added] = powers.emplace(notation::key(positive), std::pair(positive, exponent));
    if (added) return;
    entry->second.second = entry->second.second + exponent;
    if (entry->second.second.is_zero()) powers.erase(entry);
  }
  [[nodiscard]] numeric exponent_of(const std::string& base) const {
    const auto found = powers.find(base);
    return found == powers.end() ? numeric(0) : found->second.second;
  }
  [[nodiscard]] bool is_number() const { return powers.empty(); }
  [[nodiscard]] bool has_powers_of(const Monomial& other) const {
    const auto same = [](const auto& a, const auto& b) {
      return a.first == b.first && a.second.second == b.second.second;
    };
    return std::ranges::equal(powers, other.powers, same);
  }
  [[nodiscard]] ex value() const {
    ex product = coefficient;
    for (const auto& [key, power] : powers) product *= GiNaC::pow(power.first, power.second);
    return product;
  }
};

Monomial monomial(const ex& term) {
  Monomial m;
  for (const ex& factor : notation::factors(term)) {
    const bool power = is<GiNaC::power>(factor) && is<numeric>(factor.op(1));
    if (is<numeric>(factor)) {
      m.coefficient = m.coefficient * ex_to<numeric>(factor);
    } else {
      m.multiply(power ? factor.op(0) : factor, power ? ex_to<numeric>(factor.op(1)) : numeric(1));
    }
  }
  return m;
}

std::vector<Monomial> monomials(const exvector& terms) {
  std::vector<Monomial> result;
  for (const ex& term : terms) result.push_back(monomial(term));
  return result;
}

bool is_size(const ex& e) { return is<Access>(e) && ex_to<Access>(e).role() == language::Role::size; }

/// The power of a base that can leave all the terms: the smallest in magnitude if all agree in sign; of a size also the
/// common denominator.
numeric common_exponent(const std::vector<Monomial>& terms, const std::string& key, const ex& base) {
  numeric low = terms.front().exponent_of(key), high = low;
  for (const Monomial& m : terms) {
    low = std::min(low, m.exponent_of(key));
    high = std::max(high, m.exponent_of(key));
  }
  if (low.is_positive()) return low;
  if (high.is_negative()) return is_size(base) ? low : high;
  return is_size(base) ? low : numeric(0);
}

/// The greatest number that divides all coefficients. The common denominator leaves only where it is small: nobody
/// writes x + 0.044715*x^3 with 200000 as its divisor.
numeric content(const std::vector<Monomial>& terms) {
  const numeric largest_denominator = 100;
  numeric numerators = 0, denominators = 1, shared = 0;
  for (const Monomial& m : terms) {
    numerators = GiNaC::gcd(numerators, m.coefficient.numer());
    denominators = GiNaC::lcm(denominators, m.coefficient.denom());
    shared = GiNaC::gcd(shared, m.coefficient.denom());
  }
  if (denominators > largest_denominator) denominators = shared;
  return GiNaC::abs(numerators / denominators);
}

/// What leaves all the terms; 1 if nothing but a number does (a number alone would be multiplied in again).
Monomial common_factor_of(const std::vector<Monomial>& terms) {
  std::map<std::string, ex> bases;
  for (const Monomial& m : terms) {
    for (const auto& [key, power] : m.powers) bases.emplace(key, power.first);
  }
  Monomial factor;
  for (const auto& [key, base] : bases) {
    const numeric exponent = common_exponent(terms, key, base);
    if (!exponent.is_zero()) factor.powers.emplace(key, std::pair(base, exponent));
  }
  if (!factor.is_number()) factor.coefficient = content(terms);
  return factor;
}

ex factored(const std::vector<Monomial>& terms, const Monomial& factor) {
  ex rest = 0;
  for (Monomial m : terms) {
    m.coefficient = m.coefficient / factor.coefficient;
    for (const auto& [key, power] : factor.powers) m.multiply(power.first, -power.second);
    rest += m.value();
  }
  return factor.value() * rest;
}

std::optional<Rewrite> common_factor(const ex& node, const Context& context, const Target& /*target*/) {
  if (!is<GiNaC::add>(node)) return std::nullopt;
  const std::vector<Monomial> terms = monomials(notation::terms(node));
  const Monomial factor = common_factor_of(terms);
  if (factor.is_number()) return std::nullopt;
  const ex after = factored(terms, factor);
  if (cost(after, context) > cost(node, context)) return std::nullopt;
  return Rewrite{after, Sentence("{} is common to {} terms",
                                 {context.bare_tree(factor.value()), terms.size() == 2 ? "both" : "all"})};
}

/// Terms that together are a number times a sum. A number does not stay in front of a sum: GiNaC multiplies it in.
struct Parts {
  numeric coefficient;
  std::vector<Monomial> of_sum, others;
};

std::optional<Parts> parts_of(const ex& sum, const std::vector<Monomial>& terms) {
  Parts parts{0, {}, terms};
  for (const Monomial& wanted : monomials(notation::terms(sum))) {
    const auto found = std::find_if(parts.others.begin(), parts.others.end(),
                                    [&](const Monomial& term) { return term.has_powers_of(wanted); });
    if (found == parts.others.end()) return std::nullopt;
    const numeric coefficient = found->coefficient / wanted.coefficient;
    if (parts.of_sum.empty()) parts.coefficient = coefficient;
    if (coefficient != parts.coefficient) return std::nullopt;
    parts.of_sum.push_back(std::move(*found));
    parts.others.erase(found);
  }
  return parts;
}

/// Terms that share a factor, and all that is left as it is.
struct Grouping {
  std::vector<Monomial> group, rest;
  size_t hidden = 0;  ///< terms of which the group has the sum

  void sort(const std::vector<Monomial>& terms, const std::string& base, bool inverse) {
    for (const Monomial& m : terms) {
      const numeric e = m.exponent_of(base);
      (inverse ? e.is_negative() : e.is_positive()) ? group.push_back(m) : rest.push_back(m);
    }
  }
};

/// The terms with a power of the base, above the line or below it. Above the line, terms that are the base together
/// count: a + b + (a + b) c = (a + b) (1 + c).
Grouping grouped(const std::vector<Monomial>& terms, const std::string& key, const ex& base, bool inverse) {
  Grouping grouping;
  if (const auto parts = !inverse && is<GiNaC::add>(base) ? parts_of(base, terms) : std::nullopt) {
    Monomial whole{parts->coefficient, {}};
    whole.multiply(base, 1);
    grouping.sort(parts->others, key, inverse);
    grouping.group.push_back(whole);
    grouping.hidden = parts->of_sum.size();
  } else {
    grouping.sort(terms, key, inverse);
  }
  return grouping;
}

std::optional<Rewrite> collect(const ex& node, const Context& context, const Target& /*target*/) {
  if (!is<GiNaC::add>(node)) return std::nullopt;
  const std::vector<Monomial> terms = monomials(notation::terms(node));
  // Terms that share a base above the line, and those that share one below it, are groups apart.
  std::map<std::pair<std::string, bool>, ex> bases;
  for (const Monomial& m : terms) {
    for (const auto& [key, power] : m.powers) bases.emplace(std::pair(key, power.second.is_negative()), power.first);
  }
  std::optional<Rewrite> best;
  double best_cost = cost(node, context);
  for (const auto& [place, base] : bases) {
    const auto [group, rest, hidden] = grouped(terms, place.first, base, place.second);
    if (group.size() < 2 || (rest.empty() && hidden == 0)) continue;
    const Monomial factor = common_factor_of(group);
    if (factor.is_number()) continue;
    ex after = factored(group, factor);
    for (const Monomial& m : rest) after += m.value();
    const double c = cost(after, context);
    if (c < best_cost) {
      best_cost = c;
      const auto shared = context.bare_tree(factor.value());
      const std::string all = std::to_string(terms.size());
      best = Rewrite{after,
                     hidden == 0
                         ? Sentence("{} of the {} terms share {}", {std::to_string(group.size()), all, shared})
                         : Sentence("{} of the {} terms share {}, {} of them together",
                                    {std::to_string(group.size() - 1 + hidden), all, shared, std::to_string(hidden)})};
    }
  }
  return best;
}

constexpr double most_terms = 200;

std::optional<Rewrite> merge_exponentials(const ex& node, const Context& context, const Target& /*target*/) {
  if (!is<GiNaC::mul>(node)) return std::nullopt;
  ex argument = 0, rest = 1;
  std::vector<language::Expr> merged;
  for (const ex& factor : notation::factors(node)) {
    const bool power = is<GiNaC::power>(factor) && is<numeric>(factor.op(1));
    const ex base = power ? factor.op(0) : factor;
    if (!notation::is_call(base, "exp")) {
      rest *= factor;
      continue;
    }
    argument += (power ? factor.op(1) : ex(1)) * base.op(0);
    merged.push_back(context.tree(factor));
  }
  if (merged.size() < 2) return std::nullopt;
  const ex after = notation::call("exp", {argument});
  return Rewrite{rest * after, present::listed(merged).append(" multiply: what they are of adds up, ",
                                                              Sentence("{}", {context.tree(after)}))};
}

bool is_choice(const ex& e) {
  const auto is_part = [](const ex& term) {
    const exvector factors = notation::factors(term);
    return std::all_of(factors.begin(), factors.end(),
                       [](const ex& f) { return is<numeric>(f) || notation::is_call(f, "step"); });
  };
  return is<GiNaC::add>(e) && std::all_of(e.begin(), e.end(), is_part);
}

/// x − μ, x_i − x_j: values that may be close to each other. (A gradient's N dy − dβ − … is meant to be split.)
bool is_difference_of_values(const ex& e) {
  if (!is<GiNaC::add>(e)) return false;
  bool added = false, subtracted = false;
  for (const ex& term : e) {
    numeric sign = 1;
    bool is_value = !is<numeric>(term);
    for (const ex& factor : notation::factors(term)) {
      if (is<numeric>(factor)) {
        sign = ex_to<numeric>(factor);
      } else {
        is_value = is_value && is<Access>(factor) && ex_to<Access>(factor).role() != language::Role::gradient;
      }
    }
    if (is_value) (sign.is_negative() ? subtracted : added) = true;
  }
  return added && subtracted;
}

/// b^γ: to GiNaC b^(γ−1) multiplied out is b^γ/b, which has no value where b is 0.
bool is_symbolic_power(const ex& e) { return is<GiNaC::power>(e) && !is<numeric>(e.op(1)); }

/// Multiplied out, but for the parts that are to stay whole.
ex multiplied_out(const ex& e, const std::function<bool(const ex&)>& stays) {
  GiNaC::exmap parts;
  const std::function<ex(const ex&)> named = [&](const ex& part) -> ex {
    if (stays(part)) {
      const GiNaC::symbol name;
      parts.emplace(name, part);
      return name;
    }
    if (!is<GiNaC::add>(part) && !is<GiNaC::mul>(part) && !is<GiNaC::power>(part)) return part;
    return notation::map_operands(part, named);
  };
  return named(e).expand().subs(parts, GiNaC::subs_options::no_pattern);
}

/// 1 + step(a) − step(b), which chooses a branch, stays whole: otherwise the branch that is not taken would leave the
/// rounding of its terms, and these may be huge beside the other's. So do differences: the rounding of x y − μ y is
/// that of x y, however small (x − μ) y is.
std::optional<Rewrite> distribute(const ex& node, const Context& context, const Target& /*target*/) {
  if (!is<GiNaC::mul>(node) && !is<GiNaC::power>(node)) return std::nullopt;
  if (terms_after(node) > most_terms) return std::nullopt;
  const ex after = multiplied_out(
      node, [](const ex& part) { return is_choice(part) || is_difference_of_values(part) || is_symbolic_power(part); });
  if (!is<GiNaC::add>(after)) return std::nullopt;
  return Rewrite{after, Sentence("the product {} is multiplied out", {context.bare_tree(node)})};
}

/// Only the factors that hold a delta are multiplied out, so that it meets its sum; all that has none stays whole.
std::optional<Rewrite> distribute_delta(const ex& node, const Context& context, const Target& /*target*/) {
  if (!is<GiNaC::mul>(node)) return std::nullopt;
  const auto any = [](const ex&) { return true; };
  ex with = 1, without = 1;
  for (const ex& factor : node) {
    const ex base = is<GiNaC::power>(factor) ? factor.op(0) : factor;
    (is<GiNaC::add>(base) && shows_delta(factor, any) ? with : without) *= factor;
  }
  if (is<numeric>(without) || terms_after(with) > most_terms) return std::nullopt;
  ex after = 0;
  const ex split = multiplied_out(with, [&](const ex& part) { return !is<numeric>(part) && !shows_delta(part, any); });
  if (!is<GiNaC::add>(split)) return std::nullopt;
  for (const ex& term : split) after += term * without;
  return Rewrite{after, Sentence("the product {} is multiplied out around its deltas", {context.bare_tree(node)})};
}

constexpr std::array<Rule, 5> all_algebra_rules{{
    {"common-factor",
     "a c + b c = (a + b) c",
     "the result does not cost more",
     "fewer factors",
     {"v[i]*g[j] - v[i]*mu[j]", "v[i]*(g[j] - mu[j])", "", ""},
     {"v[i]*g[j] - mu[j]", "v[i]*g[j] - mu[j]", "", ""},
     common_factor,
     Weight::bookkeeping},
    {"collect",
     "a c + b c + d = (a + b) c + d",
     "the result costs less",
     "the cost falls",
     {"v[i]*g[j] + v[i]*mu[j] + w[i]", "v[i]*(g[j] + mu[j]) + w[i]", "", ""},
     {"v[i]*g[j] + mu[j] + w[i]", "v[i]*g[j] + mu[j] + w[i]", "", ""},
     collect,
     Weight::bookkeeping},
    {"merge-exponentials",
     "exp(a)^m exp(b)^n = exp(m a + n b)",
     "none",
     "one exponential fewer",
     {"v[i]*exp(A[i,j])/exp(w[i])", "v[i]*exp(A[i,j] - w[i])", "", ""},
     {"exp(A[i,j])*w[i]", "exp(A[i,j])*w[i]", "", ""},
     merge_exponentials,
     Weight::idea,
     /*holds_in_every_field=*/false},
    {"distribute",
     "(a + b) c = a c + b c",
     "at most 200 terms; a + b is no choice between branches, as 1 + step(a) is, and no difference of values, as x − μ "
     "is",
     "fewer products of sums",
     {"v[i]*(g[j] + mu[j])", "v[i]*g[j] + v[i]*mu[j]", "", ""},
     {"v[i]*g[j]", "v[i]*g[j]", "", ""},
     distribute,
     Weight::bookkeeping},
    {"distribute-delta",
     "(δ_ik a + b) c = δ_ik a c + b c",
     "at most 200 terms",
     "deltas stand in fewer products",
     {"sum[k]((delta[i,k]*v[i] + w[k])*(v[k] + w[k]))", "sum[k](delta[i,k]*v[i]*(v[k] + w[k]) + w[k]*(v[k] + w[k]))",
      "", ""},
     {"v[i]*(g[j] + mu[j])", "v[i]*(g[j] + mu[j])", "", ""},
     distribute_delta,
     Weight::bookkeeping},
}};

}  // namespace

bool shows_delta(const ex& e, const std::function<bool(const ex&)>& wanted) {
  if (!notation::traits(e).has_delta) return false;
  if (is<notation::Delta>(e)) return wanted(e);
  if (is<GiNaC::power>(e)) return e.op(1).info(GiNaC::info_flags::posint) && shows_delta(e.op(0), wanted);
  if (!is<GiNaC::add>(e) && !is<GiNaC::mul>(e)) return false;
  return std::any_of(e.begin(), e.end(), [&](const ex& part) { return shows_delta(part, wanted); });
}

ex with_common_factor_out(const ex& sum) {
  const std::vector<Monomial> terms = monomials(notation::terms(sum));
  const Monomial factor = common_factor_of(terms);
  return factor.is_number() ? sum : factored(terms, factor);
}

double terms_after(const ex& e) {
  if (is<GiNaC::add>(e)) {
    double total = 0;
    for (const ex& term : e) total += terms_after(term);
    return total;
  }
  if (is<GiNaC::mul>(e)) {
    double total = 1;
    for (const ex& factor : e) total *= terms_after(factor);
    return total;
  }
  if (is<GiNaC::power>(e) && is<GiNaC::add>(e.op(0)) && e.op(1).info(GiNaC::info_flags::posint)) {
    return std::pow(terms_after(e.op(0)), ex_to<numeric>(e.op(1)).to_double());
  }
  return 1;
}

std::span<const Rule> algebra_rules() { return all_algebra_rules; }

}  // namespace chalktape::rules
