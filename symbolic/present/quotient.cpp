#include "symbolic/present/quotient.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

namespace chalktape::present {

using GiNaC::ex_to;
using GiNaC::numeric;
using language::Role;
using notation::Access;
using notation::Call;
using notation::Delta;
using notation::ex;
using notation::exvector;
using notation::is;
using notation::Partial;
using notation::Reduce;

namespace {

bool negative_integer(const ex& e) {
  return is<numeric>(e) && ex_to<numeric>(e).is_negative() && ex_to<numeric>(e).is_integer();
}

/// A positive number, a size or pi: what stands under a root of constants.
bool is_positive_constant(const ex& e) {
  if (is<numeric>(e)) return e.info(GiNaC::info_flags::posint);
  return is<Access>(e) && (ex_to<Access>(e).role() == Role::size || ex_to<Access>(e).role() == Role::pi);
}

void sort_factor(const ex& factor, Quotient& q) {
  const bool root = is<GiNaC::power>(factor) && is_positive_constant(factor.op(0));
  if (root && factor.op(1).is_equal(numeric(1, 2))) {
    q.root_above *= factor.op(0);
  } else if (root && factor.op(1).is_equal(numeric(-1, 2))) {
    q.root_below *= factor.op(0);
  } else if (is<numeric>(factor)) {
    q.coefficient = q.coefficient * ex_to<numeric>(factor);
  } else if (is<GiNaC::power>(factor) && negative_integer(factor.op(1))) {
    q.denominator.push_back(GiNaC::pow(factor.op(0), -factor.op(1)));
  } else {
    q.numerator.push_back(factor);
  }
}

bool has_delta(const exvector& factors) {
  return std::any_of(factors.begin(), factors.end(), [](const ex& f) { return is<Delta>(f); });
}

/// The order of terms: those with deltas first, then those with most indices, the upstream gradient before other terms
/// of its rank, then the shorter ones; signs and coefficients play no part.
struct TermOrder {
  explicit TermOrder(const ex& term) {
    const Quotient q = take_apart(term);
    ex core = 1;
    for (const ex& f : q.numerator) core *= f;
    for (const ex& f : q.denominator) core /= f;
    core *= q.root_above / q.root_below;
    const size_t term_rank = notation::free_indices(core).size();
    rank = -static_cast<int>(term_rank);
    const bool leads = std::any_of(q.numerator.begin(), q.numerator.end(), [&](const ex& f) {
      return is<Access>(f) && ex_to<Access>(f).role() == Role::gradient &&
             ex_to<Access>(f).indices().size() == term_rank && term_rank > 0;
    });
    gradient = leads ? 0 : 1;
    delta = has_delta(q.numerator) ? 0 : 1;
    size = static_cast<int>(q.numerator.size() + q.denominator.size());
    text = notation::key(core);
  }
  int delta, rank, gradient, size;
  std::string text;
  friend bool operator<(const TermOrder& a, const TermOrder& b) {
    return std::tie(a.delta, a.rank, a.gradient, a.size, a.text) <
           std::tie(b.delta, b.rank, b.gradient, b.size, b.text);
  }
};

}  // namespace

Quotient take_apart(const ex& e) {
  Quotient q;
  for (const ex& factor : notation::factors(e)) sort_factor(factor, q);
  // √2/2 is 1/√2.
  const numeric number = ex_to<numeric>(q.root_above.integer_content());
  if (!number.is_equal(1) && GiNaC::irem(q.coefficient.denom(), number).is_zero()) {
    q.coefficient = q.coefficient * number;
    q.root_above = q.root_above / number;
    q.root_below *= number;
  }
  return q;
}

int factor_class(const ex& e) {
  if (is<GiNaC::power>(e)) return factor_class(e.op(0));
  if (is<Access>(e)) {
    const auto& a = ex_to<Access>(e);
    if (a.role() == Role::size) return 0;
    const int rank = static_cast<int>(std::min<size_t>(a.indices().size(), 8));
    return 1 + 2 * rank + (a.role() == Role::gradient ? 1 : 0);
  }
  if (notation::is_attained(e)) return 23;  // it is printed as a sum
  if (is<Call>(e)) return 20;
  if (is<Delta>(e)) return 21;
  if (is<Partial>(e)) return 22;
  if (is<GiNaC::add>(e)) return 23;
  return 24;  // reductions
}

bool is_compound(const ex& e) {
  return is<GiNaC::add>(e) || is<Reduce>(e) || notation::is_attained(e) ||
         (is<GiNaC::power>(e) && e.op(1).info(GiNaC::info_flags::posint) && is_compound(e.op(0)));
}

exvector ordered_terms(const ex& sum) {
  std::vector<std::pair<TermOrder, ex>> order;
  for (const ex& term : sum) order.emplace_back(TermOrder(term), term);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  exvector result;
  for (auto& [where, term] : order) result.push_back(term);
  return result;
}

}  // namespace chalktape::present
