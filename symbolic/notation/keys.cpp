// What is remembered of expressions: their keys, free indices and names.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <sstream>
#include <tuple>

#include "symbolic/notation/algebra.hpp"

namespace chalktape::notation {

using GiNaC::ex_to;
using GiNaC::numeric;

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
  for (const ex& term : operands(e)) parts.push_back(&cached_key(term));
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
  for (const ex& factor : operands(e)) {
    const Key& part = cached_key(factor);
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

struct Remembered {
  std::optional<Key> key;
  std::optional<Traits> traits;
  exvector operands;
};

/// One a thread: GiNaC's reference counts are not safe to share.
ExMap<Remembered>& memory() {
  thread_local ExMap<Remembered> memory;
  return memory;
}

const Key& cached_key(const ex& e) {
  auto& known = memory()[e].key;  // references into the map stay good while it grows
  if (!known) {
    Key made = make_key(e);
    made.whole = made.bare + (made.negative ? "~" : "");  // behind, so that e and -e stand side by side
    known = std::move(made);
  }
  return *known;
}

/// FNV-1a, folded onto the number of a bit.
std::uint64_t bit_of(const std::string& name) {
  std::uint64_t h = 14695981039346656037U;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return std::uint64_t{1} << ((h ^ (h >> 32U)) % 64U);
}

Traits make_traits(const ex& e) {
  Traits result;
  if (is_index(e)) {
    if (as_index(e).level() == 0) result.free.push_back(e);
    result.highest_level = as_index(e).level();
    return result;
  }
  for (const ex& operand : operands(e)) {
    const Traits& part = traits(operand);
    result.free.insert(result.free.end(), part.free.begin(), part.free.end());
    result.names |= part.names;
    result.highest_level = std::max(result.highest_level, part.highest_level);
    result.height = std::max(result.height, part.height);
    result.has_sum |= part.has_sum;
    result.has_delta |= part.has_delta;
    result.has_pair |= part.has_pair;
  }
  if (is<Access>(e)) result.names |= bit_of(ex_to<Access>(e).name());
  if (is<Call>(e)) result.names |= bit_of(ex_to<Call>(e).function());
  if (is<Reduce>(e)) {
    const auto& r = ex_to<Reduce>(e);
    result.height = std::max(result.height, r.last_level());
    result.has_pair |= std::adjacent_find(r.ranges().begin(), r.ranges().end()) != r.ranges().end();
  }
  result.has_sum |= is_sum(e);
  result.has_delta |= is<Delta>(e);
  std::sort(result.free.begin(), result.free.end(), key_less);
  const auto same = [](const ex& a, const ex& b) { return a.is_equal(b); };
  result.free.erase(std::unique(result.free.begin(), result.free.end(), same), result.free.end());
  return result;
}

}  // namespace

const Traits& traits(const ex& e) {
  auto& known = memory()[e].traits;
  if (!known) known = make_traits(e);
  return *known;
}

const exvector& operands(const ex& e) {
  auto& known = memory()[e].operands;
  if (known.empty()) known.assign(e.begin(), e.end());
  return known;
}

const std::string& key(const ex& e) { return cached_key(e).whole; }

void forget_keys() { memory().clear(); }

bool is_negative(const ex& e) { return cached_key(e).negative; }

bool key_less(const ex& a, const ex& b) {
  const Key &key_a = cached_key(a), &key_b = cached_key(b);
  return std::tie(key_a.bare, key_a.negative) < std::tie(key_b.bare, key_b.negative);
}

}  // namespace chalktape::notation
