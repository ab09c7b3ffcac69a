// Exponentials beside a sigmoid of the same argument: exp(−a)·sigmoid(a) is at most 1, though exp(−a) overflows.
#include "symbolic/emit/exponentials.hpp"
#include "symbolic/emit/trees.hpp"

namespace chalktape::emit {

using language::Expr;
using language::Kind;
using present::Sentence;

namespace {

struct Term {
  bool negative = false;
  Expr value;
};

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
    std::vector<Term> terms;
    append_terms(factor, false, terms);
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
    Expr sum = terms.front().negative ? negated(terms.front().value) : terms.front().value;
    for (std::size_t k = 1; k < terms.size(); ++k)
      sum = language::binary(terms[k].negative ? Kind::subtract : Kind::add, sum, terms[k].value);
    factor = sum;
    return true;
  }
  return false;
}

std::optional<Expr> SafeExponentials::absorbed_in_sigmoid(const Expr& e) {
  const Factors factors = factors_of(e, Powers::repeated);
  for (std::size_t k = 0; k < factors.above.size(); ++k) {
    const auto a = sigmoid_argument(factors.above[k]);
    if (!a) continue;
    Factors others = factors;
    others.above.erase(others.above.begin() + static_cast<std::ptrdiff_t>(k));
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
