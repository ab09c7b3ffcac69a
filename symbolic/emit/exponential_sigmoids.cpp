// Factors that make up for each other: exp(−a)·sigmoid(a) is at most 1, though exp(−a) overflows; f·(a + b/f) is b at
// 0.
#include <algorithm>
#include <utility>

#include "symbolic/emit/exponentials.hpp"
#include "symbolic/emit/trees.hpp"

namespace chalktape::emit {

using language::Expr;
using language::Kind;
using present::Sentence;

// exp(a)·p / (1 + exp(a)) = sigmoid(a)·p; and (exp(a)·p + q) / (1 + exp(a)) = sigmoid(a)·p + sigmoid(−a)·q.
bool SafeExponentials::divide_by_one_plus(const Expr& a, Factors& product) const {
  for (Expr& factor : product.above) {
    const auto b = exponent(factor);
    if (!b || !language::equal(*b, a)) continue;
    factor = language::call("sigmoid", {a});
    return true;
  }
  for (std::size_t k = 0; k < product.below.size(); ++k) {
    const auto b = exponent(product.below[k]);
    if (!b || !language::equal(negated(*b), a)) continue;
    product.below.erase(product.below.begin() + static_cast<std::ptrdiff_t>(k));
    product.above.push_back(language::call("sigmoid", {a}));
    return true;
  }
  for (Expr& factor : product.above) {
    if (factor->kind != Kind::add && factor->kind != Kind::subtract) continue;
    std::vector<Term> terms = terms_of(factor);
    bool found = false;
    for (Term& term : terms) {
      Factors factors = factors_of(term.value, Powers::repeated);
      if (divide_by_one_plus(a, factors)) {
        found = true;
      } else {
        factors.above.push_back(language::call("sigmoid", {negated(a)}));
      }
      term.negative = term.negative != factors.negative;
      factors.negative = false;
      term.value = product_of(factors);
    }
    if (!found) continue;
    factor = sum_of(terms);
    return true;
  }
  return false;
}

// f·p·(a + b/f) = p·(f·a + b), a sum or quotient that has a name opened, but no name in it: chains of names grow.
bool SafeExponentials::cancel(const Expr& f, Factors& product, bool opens_names) const {
  const auto below = std::ranges::find_if(product.below, [&](const Expr& e) { return language::equal(e, f); });
  if (below != product.below.end()) {
    product.below.erase(below);
    return true;
  }
  for (std::size_t k = 0; k < product.above.size(); ++k) {
    Expr& factor = product.above[k];
    if (const auto inside = opens_names ? formula(factor) : std::nullopt) {
      Factors factors = factors_of(*inside, Powers::repeated);
      if (!cancel(f, factors, /*opens_names=*/false)) continue;
      factor = product_of(factors);
      return true;
    }
    if (factor->kind != Kind::add && factor->kind != Kind::subtract) continue;
    std::vector<Term> terms = terms_of(factor);
    bool found = false;
    for (Term& term : terms) {
      Factors factors = factors_of(term.value, Powers::repeated);
      if (cancel(f, factors, opens_names)) {
        found = true;
      } else {
        factors.above.insert(factors.above.begin(), f);
      }
      term.negative = term.negative != factors.negative;
      factors.negative = false;
      term.value = product_of(factors);
    }
    if (!found) continue;
    factor = sum_of(terms);
    return true;
  }
  return false;
}

std::optional<Expr> SafeExponentials::without_cancelling_divisor(const Factors& factors) {
  for (std::size_t k = 0; k < factors.above.size(); ++k) {
    const Expr f = factors.above[k];
    if (!formula(f)) continue;  // a name: what is written out, a derivation has cancelled
    Factors others = without_factor(factors, k);
    if (!cancel(f, others)) continue;
    note("cancel-divisor",
         Sentence("f*(a + b/f) is f*a + b: where f comes to 0, the left side is 0 times infinity; here f "
                  "is {}",
                  {f}));
    return product_of(others);
  }
  return std::nullopt;
}

namespace {

/// Whether they are the same sum but for the order of its terms.
bool same_sum(const Expr& a, const Expr& b) {
  const std::vector<Term> left = terms_of(a), right = terms_of(b);
  return std::ranges::is_permutation(left, right, [](const Term& s, const Term& t) {
    return s.negative == t.negative && language::equal(s.value, t.value);
  });
}

/// Takes divisors out of the product; false where it has not all of them.
bool take_divisors(const std::vector<Expr>& divisors, Factors& product) {
  return std::ranges::all_of(divisors, [&](const Expr& divisor) {
    const auto found = std::ranges::find_if(product.below, [&](const Expr& e) { return same_sum(e, divisor); });
    if (found == product.below.end()) return false;
    product.below.erase(found);
    return true;
  });
}

}  // namespace

std::optional<Expr> SafeExponentials::folded_in_quotient(const Factors& factors) {
  for (std::size_t k = 0; k < factors.above.size(); ++k) {
    const auto a = exponent(factors.above[k]);
    if (!a || factors.above[k]->kind != Kind::access) continue;
    const auto& at = factors.above[k]->indices;
    for (const auto& [name, quotient] : given_) {
      if (quotient.indices.size() != at.size()) continue;
      const Factors parts = factors_of(instantiated(quotient, at), Powers::repeated);
      if (parts.negative || parts.above.size() != 1 || parts.below.empty()) continue;
      const auto b = exponent(parts.above.front());
      if (!b || !language::equal(*a, *b)) continue;
      Factors others = without_factor(factors, k);
      const Expr p = language::access(name, at, language::Role::definition);
      if (!take_divisors(parts.below, others) || !cancel(p, others)) continue;
      note("cancel-divisor",
           Sentence("e/s is {}, and f*(a + b/f) is f*a + b: where f comes to 0, the left side is 0 times infinity; "
                    "here f is {}",
                    {p, p}));
      return product_of(others);
    }
  }
  return std::nullopt;
}

std::optional<Expr> SafeExponentials::distributed_to_quotients(const Factors& factors) {
  for (std::size_t k = 0; k < factors.above.size(); ++k) {
    if (factors.above[k]->kind != Kind::access || !exponent(factors.above[k])) continue;
    for (std::size_t s = 0; s < factors.above.size(); ++s) {
      const Expr& factor = factors.above[s];
      std::vector<Term> terms = terms_of(formula_in(given_, factor).value_or(factor));
      bool found = false;
      for (Term& term : terms) {
        Factors parts = factors_of(term.value, Powers::repeated);
        parts.above.insert(parts.above.begin(), factors.above[k]);
        const auto folded = folded_in_quotient(parts);
        found = found || folded;
        term.value = folded ? *folded : product_of(parts);
      }
      if (!found) continue;
      Factors others = factors;
      others.above[s] = sum_of(terms);
      return product_of(without_factor(std::move(others), k));
    }
  }
  return std::nullopt;
}

std::optional<Expr> SafeExponentials::absorbed_in_sigmoid(const Factors& factors) {
  for (std::size_t k = 0; k < factors.above.size(); ++k) {
    const auto a = sigmoid_argument(factors.above[k]);
    if (!a) continue;
    Factors others = without_factor(factors, k);
    if (!divide_by_one_plus(negated(*a), others)) continue;
    note_absorbed(*a);
    return product_of(others);
  }
  return std::nullopt;
}

void SafeExponentials::note_absorbed(const Expr& a) {
  note("absorb-in-sigmoid",
       Sentence("exp(-a)*sigmoid(a) is sigmoid(-a): an exponential that overflows beside a sigmoid that is nearly 0 "
                "would be no number; here a is {}",
                {a}));
}

}  // namespace chalktape::emit
