// Binding, looking and rewriting: the functions of algebra.hpp that walk expressions.
#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "symbolic/notation/algebra.hpp"

namespace chalktape::notation {

using GiNaC::ex_to;
using GiNaC::numeric;

namespace {

/// Adapts a function to GiNaC's map.
struct Mapper : GiNaC::map_function {
  explicit Mapper(const std::function<ex(const ex&)>& function) : f(function) {}
  ex operator()(const ex& e) override { return f(e); }
  const std::function<ex(const ex&)>& f;
};

/// Whether one of the indices may stand in e.
bool may_hold(const ex& e, const std::vector<std::pair<ex, ex>>& replacements) {
  const Traits& held = traits(e);
  return std::any_of(replacements.begin(), replacements.end(), [&](const auto& pair) {
    const int level = as_index(pair.first).level();
    if (level > 0) return level <= held.highest_level;
    return std::any_of(held.free.begin(), held.free.end(), [&](const ex& i) { return i.is_equal(pair.first); });
  });
}

/// e with f of each operand in its place. GiNaC's own map makes the operands of sums and products anew, and them as
/// well.
ex mapped(const ex& e, const std::function<ex(const ex&)>& f) {
  if (!is<GiNaC::add>(e) && !is<GiNaC::mul>(e)) {
    Mapper mapper(f);
    return e.map(mapper);
  }
  const exvector& before = operands(e);
  exvector after;
  after.reserve(before.size());
  bool changed = false;
  for (const ex& part : before) {
    after.push_back(f(part));
    changed = changed || !GiNaC::are_ex_trivially_equal(after.back(), part);
  }
  if (!changed) return e;
  return is<GiNaC::add>(e) ? ex(GiNaC::add(after)) : ex(GiNaC::mul(after));
}

/// Replaces indices everywhere, below reductions too: safe where neither side is a level that is bound in e.
ex replace_raw(const ex& e, const std::vector<std::pair<ex, ex>>& replacements) {
  if (is_index(e)) {
    for (const auto& [from, to] : replacements) {
      if (e.is_equal(from)) return to;
    }
    return e;
  }
  if (e.nops() == 0 || !may_hold(e, replacements)) return e;
  if (is<Reduce>(e)) {
    const auto& r = ex_to<Reduce>(e);
    const ex body = replace_raw(r.raw_body(), replacements);
    return GiNaC::dynallocate<Reduce>(r.reduction(), r.ranges(), r.first_level(), body);
  }
  return mapped(e, [&](const ex& x) { return replace_raw(x, replacements); });
}

/// All orders of `bound` that keep ranges sorted.
std::vector<exvector> orders(const exvector& bound) {
  exvector sorted = bound;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const ex& a, const ex& b) { return as_index(a).range() < as_index(b).range(); });
  std::vector<size_t> position(sorted.size());
  for (size_t i = 0; i < position.size(); ++i) position[i] = i;
  std::vector<exvector> result;
  do {
    exvector order;
    for (const size_t i : position) order.push_back(sorted[i]);
    const bool ranges_sorted = std::is_sorted(
        order.begin(), order.end(), [](const ex& a, const ex& b) { return as_index(a).range() < as_index(b).range(); });
    if (ranges_sorted) result.push_back(std::move(order));
    // More than five indices of one range in one reduction: any fixed order will do, equality is then merely weaker.
  } while (sorted.size() <= 5 && std::next_permutation(position.begin(), position.end()));
  return result;
}

ex bind(Reduction reduction, const ex& body, const exvector& order) {
  const int first = traits(body).height + 1;
  std::vector<std::pair<ex, ex>> levels;
  std::vector<std::string> ranges;
  for (size_t i = 0; i < order.size(); ++i) {
    const std::string& range = as_index(order[i]).range();
    levels.emplace_back(order[i], GiNaC::dynallocate<IndexVariable>(std::string(), range, first + static_cast<int>(i)));
    ranges.push_back(range);
  }
  return GiNaC::dynallocate<Reduce>(reduction, ranges, first, replace_raw(body, levels));
}

void collect(const ex& e, const std::function<bool(const ex&)>& wanted, exvector& found) {
  if (wanted(e)) found.push_back(e);
  for (const ex& operand : operands(e)) collect(operand, wanted, found);
}

exvector distinct_sorted(exvector v) {
  std::sort(v.begin(), v.end(), key_less);
  v.erase(std::unique(v.begin(), v.end(), [](const ex& a, const ex& b) { return a.is_equal(b); }), v.end());
  return v;
}

}  // namespace

ex reduce(Reduction reduction, const ex& body, const exvector& bound) {
  if (bound.empty()) return body;
  if (reduction == Reduction::sum && body.is_zero()) return 0;
  if (reduction != Reduction::sum) {  // the extremum of what does not change is itself
    exvector varying;
    std::copy_if(bound.begin(), bound.end(), std::back_inserter(varying),
                 [&](const ex& i) { return depends_on(body, i); });
    if (varying.size() < bound.size()) return reduce(reduction, body, varying);
  }
  if (is<Reduce>(body) && ex_to<Reduce>(body).reduction() == reduction) {
    const Opened inner = open(ex_to<Reduce>(body), bound);
    exvector all = bound;
    all.insert(all.end(), inner.indices.begin(), inner.indices.end());
    return reduce(reduction, inner.body, all);
  }
  ex best;
  bool first = true;
  for (const exvector& order : orders(bound)) {
    const ex candidate = bind(reduction, body, order);
    if (first || key_less(candidate, best)) best = candidate;
    first = false;
  }
  return best;
}

Opened open(const Reduce& r, const exvector& avoid) {
  exvector taken = free_indices(r.raw_body());
  taken.insert(taken.end(), avoid.begin(), avoid.end());
  Opened result;
  std::vector<std::pair<ex, ex>> names;
  for (size_t i = 0; i < r.ranges().size(); ++i) {
    const int level = r.first_level() + static_cast<int>(i);
    std::string name = "$";  // appended to, not added: GCC 12 warns of the sum without cause
    name += std::to_string(level);
    const auto is_taken = [&] {
      return std::any_of(taken.begin(), taken.end(), [&](const ex& t) { return as_index(t).name() == name; });
    };
    while (is_taken()) name += '\'';
    const ex free = index(name, r.ranges()[i]);
    taken.push_back(free);
    result.indices.push_back(free);
    names.emplace_back(GiNaC::dynallocate<IndexVariable>(std::string(), r.ranges()[i], level), free);
  }
  result.body = replace_raw(r.raw_body(), names);
  return result;
}

bool is_sum(const ex& e) { return is<Reduce>(e) && ex_to<Reduce>(e).reduction() == Reduction::sum; }

bool is_call(const ex& e, std::string_view function) {
  return is<Call>(e) && GiNaC::ex_to<Call>(e).function() == function;
}

ex count(const Reduce& r) {
  ex product = 1;
  for (const std::string& range : r.ranges()) product *= size(range);
  return product;
}

exvector terms(const ex& e) {
  if (!is<GiNaC::add>(e)) return {e};
  exvector result = operands(e);
  std::sort(result.begin(), result.end(), key_less);
  return result;
}

exvector factors(const ex& e) {
  if (!is<GiNaC::mul>(e)) return {e};
  exvector result = operands(e);
  std::sort(result.begin(), result.end(), [](const ex& a, const ex& b) {
    const bool numeric_a = is<numeric>(a), numeric_b = is<numeric>(b);
    return numeric_a != numeric_b ? numeric_a : key_less(a, b);
  });
  return result;
}

bool contains(const ex& e, const std::function<bool(const ex&)>& predicate) {
  if (predicate(e)) return true;
  if (e.nops() == 0) return false;
  const exvector& parts = operands(e);
  return std::any_of(parts.begin(), parts.end(), [&](const ex& operand) { return contains(operand, predicate); });
}

bool depends_on_data(const ex& e) {
  return contains(e, [](const ex& x) {
    if (!is<Access>(x)) return false;
    const auto role = GiNaC::ex_to<Access>(x).role();
    return role == language::Role::tensor || role == language::Role::definition || role == language::Role::gradient;
  });
}

bool depends_on(const ex& e, const ex& part) {
  if (is_index(part) && as_index(part).level() == 0) {
    const exvector& free = free_indices(e);
    return std::any_of(free.begin(), free.end(), [&](const ex& i) { return i.is_equal(part); });
  }
  return contains(e, [&](const ex& x) { return x.is_equal(part); });
}

bool mentions(const ex& e, const std::string& name) {
  return contains(e, [&](const ex& x) { return is<Access>(x) && ex_to<Access>(x).name() == name; });
}

const exvector& free_indices(const ex& e) { return traits(e).free; }

std::set<std::string> names(const ex& e) {
  exvector found;
  collect(
      e, [](const ex& x) { return is<Access>(x); }, found);
  std::set<std::string> result;
  for (const ex& x : found) result.insert(ex_to<Access>(x).name());
  return result;
}

exvector accesses_of(const ex& e, const std::string& name) {
  exvector found;
  collect(
      e, [&](const ex& x) { return is<Access>(x) && ex_to<Access>(x).name() == name; }, found);
  return distinct_sorted(std::move(found));
}

ex map_operands(const ex& e, const std::function<ex(const ex&)>& f) {
  return e.nops() == 0 || is<Access>(e) || is<Delta>(e) ? e : mapped(e, f);
}

ex replace_indices(const ex& e, const std::vector<std::pair<ex, ex>>& replacements) {
  // Bound indices are levels, so a free index can be put anywhere without being captured. Only the canonical order of
  // several bound indices over one range may change with it: those reductions are made anew.
  if (!may_hold(e, replacements)) return e;
  if (!traits(e).has_pair) return replace_raw(e, replacements);
  if (is<Reduce>(e)) {
    exvector avoid;
    for (const auto& [from, to] : replacements) {
      avoid.push_back(from);
      avoid.push_back(to);
    }
    const Opened opened = open(ex_to<Reduce>(e), avoid);
    return reduce(ex_to<Reduce>(e).reduction(), replace_indices(opened.body, replacements), opened.indices);
  }
  return mapped(e, [&](const ex& x) { return replace_indices(x, replacements); });
}

ex replace_accesses(const ex& e, const std::string& name, const std::function<ex(const Access&)>& f) {
  const std::function<ex(const ex&)> walk = [&](const ex& x) -> ex {
    if (is<Access>(x)) return ex_to<Access>(x).name() == name ? f(ex_to<Access>(x)) : x;
    return map_operands(x, walk);
  };
  return walk(e);
}

}  // namespace chalktape::notation
