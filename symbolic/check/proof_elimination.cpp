// Generators with a relation are eliminated, the last first.
#include <algorithm>

#include "symbolic/check/proof_field.hpp"

namespace chalktape::check {

Polynomial Symbolic::numerator(const Polynomial& p) {
  std::set<int> common;
  Polynomial result = without_common_factor(p, common);
  // The entries of an array often differ from the truth by the same, but for a factor.
  const std::uint64_t hash = hash_of(result);
  const auto [begin, end] = zeros_.equal_range(hash);
  const bool is_known = std::any_of(begin, end, [&](const auto& zero) { return same_terms(zero.second, result); });
  if (result.is_zero() || is_known) return {};
  const Polynomial given = result;
  result = eliminated(std::move(result), &common);
  // Multiplied by a divisor g, a term may have become one in which σ² is 1.
  if (!result.is_zero() && !signs_.empty()) result = eliminated(std::move(result), &common);
  if (result.is_zero() && !without_ties_) zeros_.emplace(hash, given);
  // A factor that was left out of sight may itself be 0.
  for (const int g : common) {
    if (result.is_zero()) break;
    if (generator(g).relation == Relation::equal && numerator(Polynomial(generator(g).value)).is_zero()) result = {};
  }
  return result;
}

Polynomial Symbolic::expanded(const Polynomial& p) { return eliminated(p, nullptr); }

bool Symbolic::is_same(const Polynomial& a, const Polynomial& b) { return numerator(ring_.subtract(a, b)).is_zero(); }

Polynomial Symbolic::eliminated(Polynomial p, std::set<int>* common) {
  int below = static_cast<int>(generators_.size());
  for (;;) {
    if (common != nullptr) p = without_common_factor(p, *common);
    int last = -1;
    ring_.charge(p.terms.size());
    for (const PolynomialTerm& term : p.terms) {
      for (const Ring::Factor& f : ring_.factors(term.monomial)) {
        if (f.generator < below && f.generator > last && generator(f.generator).relation != Relation::none)
          last = f.generator;
      }
    }
    if (last < 0) return p;
    p = without(last, p, common != nullptr);
    below = last;  // its relation mentions only generators before it
  }
}

/// What all terms have in common does not decide whether they add up to 0, unless it is 0 itself (`common` notes what
/// that is of the generators) or has a sign.
Polynomial Symbolic::without_common_factor(const Polynomial& p, std::set<int>& common) {
  if (p.is_zero()) return p;
  Ring::Factored parts = ring_.factored(p);
  std::vector<Ring::Factor> kept;
  for (const Ring::Factor& f : ring_.factors(parts.monomial)) {
    if (signs_.contains(f.generator) || generator(f.generator).involves_sign) {
      kept.push_back(f);
    } else if (f.exponent > 0) {
      common.insert(f.generator);
    }
  }
  if (kept.empty()) return parts.primitive;
  return ring_.multiply(parts.primitive, ring_.single(1, ring_.monomial(kept)));
}

/// p, its terms grouped by the exponent of g; for a numerator multiplied by what makes these not negative. A named sum
/// g = V is put in; of s^n = V the powers below n stay.
Polynomial Symbolic::without(int g, const Polynomial& p, bool clear_divisors) {
  std::map<int, Polynomial> by_exponent;
  int least = 0;
  for (const PolynomialTerm& term : p.terms) least = std::min(least, ring_.exponent(term.monomial, g));
  const Generator& given = generator(g);
  const Relation relation = given.relation;
  const int degree = relation == Relation::power ? given.degree : relation == Relation::sign ? 2 : 1;
  const int shift = clear_divisors ? (-least + degree - 1) / degree * degree : 0;
  Polynomial kept;  // divided by g, and to stay so
  kept.denominator = p.denominator;
  ring_.charge(p.terms.size());
  for (const PolynomialTerm& term : p.terms) {
    const int exponent = ring_.exponent(term.monomial, g);
    if (exponent + shift < 0) {
      kept.terms.push_back(term);
      continue;
    }
    Polynomial& group = by_exponent[exponent + shift];
    group.denominator = p.denominator;
    group.terms.push_back({ring_.product(term.monomial, ring_.power_of(g, -exponent)), term.coefficient});
  }
  for (auto& [exponent, group] : by_exponent) {
    std::sort(group.terms.begin(), group.terms.end(),
              [](const PolynomialTerm& a, const PolynomialTerm& b) { return a.monomial < b.monomial; });
  }
  if (relation == Relation::sign) return ring_.add(kept, without_sign(g, by_exponent));
  // Horner's scheme in V, for each power below n by itself.
  const Polynomial value = given.value;
  Polynomial result = std::move(kept);
  for (int residue = 0; residue < degree; ++residue) {
    Polynomial sum;
    int highest = by_exponent.empty() ? -1 : by_exponent.rbegin()->first;
    highest -= ((highest - residue) % degree + degree) % degree;
    for (int exponent = highest; exponent >= residue; exponent -= degree) {
      sum = ring_.multiply(sum, value);
      if (const auto group = by_exponent.find(exponent); group != by_exponent.end())
        sum = ring_.add(sum, group->second);
    }
    result = ring_.add(result, ring_.multiply(sum, ring_.single(1, ring_.power_of(g, residue))));
  }
  return result;
}

/// σ³ = σ, and g·σ² = g for the generator g whose sign it is, also where g is divided by. Without ties σ² = 1.
Polynomial Symbolic::without_sign(int s, const std::map<int, Polynomial>& by_exponent) {
  const int of = ring_.factors(generator(s).value.terms[0].monomial)[0].generator;
  const bool never_ties = without_ties_ && !generator(of).is_piecewise;
  Polynomial result;
  for (const auto& [exponent, group] : by_exponent) {
    std::map<int, Polynomial> reduced;  // by the power of σ that is left
    const int odd = exponent % 2;
    for (const PolynomialTerm& term : group.terms) {
      const bool is_one = never_ties || exponent == 0 || ring_.exponent(term.monomial, of) != 0;
      const int left = odd == 1 ? 1 : is_one ? 0 : 2;
      reduced[left].terms.push_back(term);
    }
    for (auto& [left, part] : reduced) {
      part.denominator = group.denominator;
      result = ring_.add(result, ring_.multiply(part, ring_.single(1, ring_.power_of(s, left))));
    }
  }
  return result;
}

}  // namespace chalktape::check
