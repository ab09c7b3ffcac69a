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

/// Takes one factor delta[i,k] away, both of its indices bound here and neither of a known range, and i with it.
bool contract(notation::Opened& opened) {
  const auto is_open = [&](const ex& i) {
    const auto is_it = [&](const ex& bound) { return bound.is_equal(i); };
    return std::any_of(opened.indices.begin(), opened.indices.end(), is_it) && !has_known_range(opened.body, i);
  };
  for (const ex& factor : notation::factors(opened.body)) {
    if (!is<notation::Delta>(factor) || !is_open(factor.op(0)) || !is_open(factor.op(1))) continue;
    const ex gone = factor.op(0);
    opened.body = notation::replace_indices(opened.body / factor, {{gone, factor.op(1)}});
    std::erase_if(opened.indices, [&](const ex& i) { return i.is_equal(gone); });
    return true;
  }
  return false;
}

ex counted(const ex& e) {
  ex inner = notation::map_operands(e, counted);
  if (!is_unwritable(inner)) return inner;
  notation::Opened opened = notation::open(ex_to<Reduce>(inner));
  while (contract(opened)) {
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
