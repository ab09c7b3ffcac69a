#include "symbolic/present/constant_sums.hpp"

namespace chalktape::present {

using GiNaC::ex_to;
using notation::ex;
using notation::exvector;
using notation::is;
using notation::Reduce;

namespace {

bool mentions_level(const ex& e, int level) {
  return notation::contains(
      e, [level](const ex& x) { return notation::is_index(x) && notation::as_index(x).level() == level; });
}

bool is_constant_sum(const ex& e) {
  if (!notation::is_sum(e)) return false;
  const auto& r = ex_to<Reduce>(e);
  for (int level = r.first_level(); level <= r.last_level(); ++level)
    if (!mentions_level(r.raw_body(), level)) return true;
  return false;
}

ex counted(const ex& e) {
  const ex inner = notation::map_operands(e, counted);
  if (!is_constant_sum(inner)) return inner;
  const notation::Opened opened = notation::open(ex_to<Reduce>(inner));
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

ex without_constant_sums(const ex& e) { return notation::contains(e, is_constant_sum) ? counted(e) : e; }

}  // namespace chalktape::present
