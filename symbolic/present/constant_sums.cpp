#include "symbolic/present/constant_sums.hpp"

#include <algorithm>

namespace chalktape::present {

using GiNaC::ex_to;
using notation::ex;
using notation::exvector;
using notation::is;
using notation::Reduce;

namespace {

/// Whether some access is by the index: then it says what the index runs over.
bool has_known_range(const ex& e, const ex& index) {
  return notation::contains(e, [&](const ex& x) { return is<notation::Access>(x) && notation::depends_on(x, index); });
}

bool is_level(const ex& e, int level) { return notation::is_index(e) && notation::as_index(e).level() == level; }

/// Whether some bound index stands in no access.
bool is_unwritable(const ex& e) {
  if (!notation::is_sum(e)) return false;
  const auto& r = ex_to<Reduce>(e);
  for (int level = r.first_level(); level <= r.last_level(); ++level) {
    const bool is_used = notation::contains(r.raw_body(), [level](const ex& x) {
      return is<notation::Access>(x) &&
             std::any_of(x.begin(), x.end(), [&](const ex& i) { return is_level(i, level); });
    });
    if (!is_used) return true;
  }
  return false;
}

/// delta[i,k], both of whose indices are bound here and neither of a known range.
bool is_open_delta(const ex& e, const notation::Opened& opened) {
  const auto is_open = [&](const ex& i) {
    const auto is_it = [&](const ex& bound) { return bound.is_equal(i); };
    return std::any_of(opened.indices.begin(), opened.indices.end(), is_it) && !has_known_range(opened.body, i);
  };
  return is<notation::Delta>(e) && is_open(e.op(0)) && is_open(e.op(1));
}

/// Takes one factor that is such a delta away, and its first index with it.
bool contract(notation::Opened& opened) {
  for (const ex& factor : notation::factors(opened.body)) {
    if (!is_open_delta(factor, opened)) continue;
    const ex gone = factor.op(0);
    opened.body = notation::replace_indices(opened.body / factor, {{gone, factor.op(1)}});
    std::erase_if(opened.indices, [&](const ex& i) { return i.is_equal(gone); });
    return true;
  }
  return false;
}

/// The terms of the body multiplied out around a sum of terms that hides such a delta; none where there is no such sum.
exvector terms_around_delta(const notation::Opened& opened) {
  exvector result;
  for (const ex& factor : notation::factors(opened.body)) {
    const auto is_open = [&](const ex& x) { return is_open_delta(x, opened); };
    const ex terms = notation::contains(factor, is_open) ? factor.expand() : factor;
    if (!is<GiNaC::add>(terms) || !notation::contains(terms, is_open)) continue;
    for (const ex& term : notation::operands(terms)) result.push_back(term * opened.body / factor);
    return result;
  }
  return result;
}

ex counted(const ex& e) {
  ex inner = notation::map_operands(e, counted);
  if (!is_unwritable(inner)) return inner;
  notation::Opened opened = notation::open(ex_to<Reduce>(inner));
  while (contract(opened)) {
  }
  if (const exvector terms = terms_around_delta(opened); !terms.empty()) {
    ex total = 0;
    for (const ex& term : terms) total += counted(notation::sum(term, opened.indices));
    return total;
  }
  ex times = 1;
  exvector kept;
  for (const ex& i : opened.indices) {
    if (notation::depends_on(opened.body, i)) {
      kept.push_back(i);
    } else {
      times *= notation::size(notation::as_index(i).range());
    }
  }
  return times * notation::sum(opened.body, kept);
}

}  // namespace

ex without_constant_sums(const ex& e) { return notation::contains(e, is_unwritable) ? counted(e) : e; }

}  // namespace chalktape::present
