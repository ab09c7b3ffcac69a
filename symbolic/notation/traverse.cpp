// Binding, looking and rewriting: the functions of algebra.hpp that walk expressions.
#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>
#include <tuple>
#include <unordered_map>

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

int height(const ex& e) {
  int h = 0;
  if (is<Reduce>(e)) h = ex_to<Reduce>(e).last_level();
  for (size_t i = 0; i < e.nops(); ++i) h = std::max(h, height(e.op(i)));
  return h;
}

/// Replaces indices everywhere, below reductions too: safe where neither side is a level that is bound in e.
ex replace_raw(const ex& e, const std::vector<std::pair<ex, ex>>& replacements) {
  if (is_index(e)) {
    for (const auto& [from, to] : replacements) {
      if (e.is_equal(from)) return to;
    }
    return e;
  }
  if (e.nops() == 0) return e;
  if (is<Reduce>(e)) {
    const auto& r = ex_to<Reduce>(e);
    const ex body = replace_raw(r.raw_body(), replacements);
    return GiNaC::dynallocate<Reduce>(r.reduction(), r.ranges(), r.first_level(), body);
  }
  const std::function<ex(const ex&)> f = [&](const ex& x) { return replace_raw(x, replacements); };
  Mapper mapper(f);
  return e.map(mapper);
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
  const int first = height(body) + 1;
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
  for (size_t i = 0; i < e.nops(); ++i) collect(e.op(i), wanted, found);
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

ex count(const Reduce& r) {
  ex product = 1;
  for (const std::string& range : r.ranges()) product *= size(range);
  return product;
}

exvector terms(const ex& e) {
  if (!is<GiNaC::add>(e)) return {e};
  exvector result(e.begin(), e.end());
  std::sort(result.begin(), result.end(), key_less);
  return result;
}

exvector factors(const ex& e) {
  if (!is<GiNaC::mul>(e)) return {e};
  exvector result(e.begin(), e.end());
  std::sort(result.begin(), result.end(), [](const ex& a, const ex& b) {
    const bool numeric_a = is<numeric>(a), numeric_b = is<numeric>(b);
    return numeric_a != numeric_b ? numeric_a : key_less(a, b);
  });
  return result;
}

bool contains(const ex& e, const std::function<bool(const ex&)>& predicate) {
  if (predicate(e)) return true;
  for (size_t i = 0; i < e.nops(); ++i) {
    if (contains(e.op(i), predicate)) return true;
  }
  return false;
}

bool depends_on(const ex& e, const ex& part) {
  if (e.is_equal(part)) return true;
  for (size_t i = 0; i < e.nops(); ++i) {
    if (depends_on(e.op(i), part)) return true;
  }
  return false;
}

bool mentions(const ex& e, const std::string& name) {
  return contains(e, [&](const ex& x) { return is<Access>(x) && ex_to<Access>(x).name() == name; });
}

exvector free_indices(const ex& e) {
  exvector found;
  collect(
      e, [](const ex& x) { return is_index(x) && as_index(x).level() == 0; }, found);
  return distinct_sorted(std::move(found));
}

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

namespace {

/// A key, taken apart into a sign and the key of what it is the sign of.
struct Key {
  bool negative = false;
  std::string bare, whole;
};

const Key& cached_key(const ex& e);

std::string list_of(const ex& e) {
  std::string text;
  for (size_t i = 0; i < e.nops(); ++i) text += (i > 0 ? "," : "") + key(e.op(i));
  return text;
}

/// The terms by their bare keys; the first one's sign is the sum's.
Key key_of_sum(const ex& e) {
  std::vector<const Key*> parts;
  for (size_t i = 0; i < e.nops(); ++i) parts.push_back(&cached_key(e.op(i)));
  std::sort(parts.begin(), parts.end(), [](const Key* a, const Key* b) { return a->bare < b->bare; });
  Key result{parts.front()->negative, "+(", {}};
  for (const Key* part : parts) result.bare += (part->negative != result.negative ? "-" : "") + part->bare + ' ';
  result.bare += ")";
  return result;
}

/// The factors by their bare keys; their signs are the product's.
Key key_of_product(const ex& e) {
  Key result;
  std::vector<std::string> parts;
  for (size_t i = 0; i < e.nops(); ++i) {
    const Key& part = cached_key(e.op(i));
    result.negative ^= part.negative;
    if (part.bare != "1") parts.push_back(part.bare);
  }
  std::sort(parts.begin(), parts.end());
  result.bare = "*(";
  for (const std::string& part : parts) result.bare += part + ' ';
  result.bare += ")";
  if (parts.size() == 1) result.bare = parts.front();  // -1 times something
  return result;
}

Key key_of_power(const ex& e) {
  const Key base = cached_key(e.op(0));
  const std::string exponent = key(e.op(1));
  if (!is<numeric>(e.op(1)) || !ex_to<numeric>(e.op(1)).is_integer()) {
    return {false, "^(" + base.whole + "," + exponent + ")", {}};
  }
  return {base.negative && ex_to<numeric>(e.op(1)).is_odd(), "^(" + base.bare + "," + exponent + ")", {}};
}

Key make_key(const ex& e) {
  const auto plain = [](std::string text) { return Key{false, std::move(text), {}}; };
  if (is_index(e)) {
    const auto& i = as_index(e);
    return plain(i.level() > 0 ? "#" + std::to_string(i.level()) : i.name());
  }
  if (is<Access>(e)) return plain(ex_to<Access>(e).name() + "[" + list_of(e) + "]");
  if (is<Delta>(e)) return plain("delta[" + list_of(e) + "]");
  if (is<Call>(e)) return plain(ex_to<Call>(e).function() + "(" + list_of(e) + ")");
  if (is<Partial>(e)) {
    std::string held;
    for (const std::string& name : ex_to<Partial>(e).held()) held += ";" + name;
    return plain("diff(" + list_of(e) + held + ")");
  }
  if (is<Reduce>(e)) {
    const auto& r = ex_to<Reduce>(e);
    const char* const reductions[] = {"sum", "max", "min"};
    std::string text = reductions[static_cast<int>(r.reduction())];
    for (const std::string& range : r.ranges()) text += "<" + range;
    return plain(text + "#" + std::to_string(r.first_level()) + "(" + key(r.raw_body()) + ")");
  }
  if (is<GiNaC::add>(e)) return key_of_sum(e);
  if (is<GiNaC::mul>(e)) return key_of_product(e);
  if (is<GiNaC::power>(e)) return key_of_power(e);
  const bool negative = is<numeric>(e) && ex_to<numeric>(e).is_negative();
  std::ostringstream out;
  out << (negative ? -e : e);
  return {negative, out.str(), {}};
}

struct ExHash {
  size_t operator()(const ex& e) const { return e.gethash(); }
};
struct ExEqual {
  bool operator()(const ex& a, const ex& b) const { return a.is_equal(b); }
};

/// One a thread: GiNaC's reference counts are not safe to share.
std::unordered_map<ex, Key, ExHash, ExEqual>& key_cache() {
  thread_local std::unordered_map<ex, Key, ExHash, ExEqual> cache;
  return cache;
}

const Key& cached_key(const ex& e) {
  auto& cache = key_cache();
  if (const auto found = cache.find(e); found != cache.end()) return found->second;
  Key made = make_key(e);
  made.whole = made.bare + (made.negative ? "~" : "");  // behind, so that e and -e stand side by side
  return cache.emplace(e, std::move(made)).first->second;
}

}  // namespace

const std::string& key(const ex& e) { return cached_key(e).whole; }

void forget_keys() { key_cache().clear(); }

bool is_negative(const ex& e) { return cached_key(e).negative; }

bool key_less(const ex& a, const ex& b) {
  const Key &key_a = cached_key(a), &key_b = cached_key(b);
  return std::tie(key_a.bare, key_a.negative) < std::tie(key_b.bare, key_b.negative);
}

ex map_operands(const ex& e, const std::function<ex(const ex&)>& f) {
  if (e.nops() == 0 || is<Access>(e) || is<Delta>(e)) return e;
  Mapper mapper(f);
  return e.map(mapper);
}

ex replace_indices(const ex& e, const std::vector<std::pair<ex, ex>>& replacements) {
  // Bound indices are levels, so a free index can be put anywhere without being captured. Only the canonical order of
  // several bound indices over one range may change with it: those reductions are made anew.
  const auto has_order = [](const ex& x) {
    if (!is<Reduce>(x)) return false;
    const auto& ranges = ex_to<Reduce>(x).ranges();
    return std::adjacent_find(ranges.begin(), ranges.end()) != ranges.end();
  };
  if (!contains(e, has_order)) return replace_raw(e, replacements);
  if (is<Reduce>(e)) {
    exvector avoid;
    for (const auto& [from, to] : replacements) {
      avoid.push_back(from);
      avoid.push_back(to);
    }
    const Opened opened = open(ex_to<Reduce>(e), avoid);
    return reduce(ex_to<Reduce>(e).reduction(), replace_indices(opened.body, replacements), opened.indices);
  }
  const std::function<ex(const ex&)> f = [&](const ex& x) { return replace_indices(x, replacements); };
  Mapper mapper(f);
  return e.map(mapper);
}

ex replace_accesses(const ex& e, const std::string& name, const std::function<ex(const Access&)>& f) {
  const std::function<ex(const ex&)> walk = [&](const ex& x) -> ex {
    if (is<Access>(x)) return ex_to<Access>(x).name() == name ? f(ex_to<Access>(x)) : x;
    return map_operands(x, walk);
  };
  return walk(e);
}

}  // namespace chalktape::notation
