// Everything multiplied out, split, pulled out and contracted, in one pass from the leaves up.
#include <algorithm>
#include <cmath>

#include "symbolic/rules/apply.hpp"
#include "symbolic/rules/memo.hpp"
#include "symbolic/rules/terms.hpp"

namespace chalktape::rules {

using GiNaC::ex_to;
using GiNaC::numeric;
using notation::as_index;
using notation::Delta;
using notation::is;
using notation::Reduce;

namespace {

constexpr double most_summands = 400;
struct TooManyTerms {};

ex product_expanded(const ex& e) {
  if (terms_after(e) > most_summands) throw TooManyTerms{};
  return e.expand();
}

ex normal_form(const ex& e);

/// Σ over `indices` of one term that has no sum of terms in it: deltas contracted, what does not change outside.
ex sum_of_term(ex term, exvector indices) {
  term = without_delta_powers(term);
  while (const auto found = find_contraction(term, indices)) {
    term = without_delta_powers(contracted(term, *found, indices));
  }
  ex outside = 1, inside = 1;
  exvector kept;
  for (const ex& i : indices) {
    if (notation::depends_on(term, i)) {
      kept.push_back(i);
    } else {
      outside *= notation::size(as_index(i).range());
    }
  }
  for (const ex& factor : notation::factors(term)) {
    const bool varies =
        std::any_of(kept.begin(), kept.end(), [&](const ex& i) { return notation::depends_on(factor, i); });
    (varies ? inside : outside) *= factor;
  }
  if (notation::is_negative(inside)) {
    outside = -outside;
    inside = -inside;
  }
  return outside * notation::sum(inside, kept);
}

ex normal_sum(const Reduce& r) {
  const notation::Opened opened = notation::open(r);
  const ex body = normal_form(opened.body);
  exvector parts;
  for (const ex& term : notation::terms(body)) parts.push_back(sum_of_term(term, opened.indices));
  return product_expanded(GiNaC::add(parts));
}

ex normal_form(const ex& e) {
  if (e.nops() == 0 || is<notation::Access>(e) || is<Delta>(e)) return e;
  if (notation::is_sum(e)) return normal_sum(ex_to<Reduce>(e));
  return product_expanded(without_delta_powers(notation::map_operands(e, normal_form)));
}

}  // namespace

std::optional<ex> expanded(const ex& e, const Context& context) {
  const auto work_out = [&]() -> std::optional<ex> {
    try {
      return normal_form(e);
    } catch (const TooManyTerms&) {
      return std::nullopt;
    }
  };
  if (!context.memo) return work_out();
  if (const auto& known = context.memo->expanded(e)) return *known;
  auto result = work_out();
  context.memo->expanded(e) = result;
  return result;
}

}  // namespace chalktape::rules
