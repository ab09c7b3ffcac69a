#include "tests/symbolic/random/expressions.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace chalktape::random_layers {

using language::Expr;
using language::Index;
using language::Kind;
using language::Role;

namespace {

/// Letters for the indices over a range.
const std::vector<std::string>& letters_of(const std::string& range) {
  static const std::map<std::string, std::vector<std::string>> letters{
      {"N", {"i", "k", "m", "i2", "k2"}}, {"D", {"j", "l", "n", "j2", "l2"}}, {"S", {"s", "t", "o", "s2", "t2"}}};
  return letters.at(range);
}

void collect_indices(const Expr& e, std::set<std::string>& names) {
  if (e->kind == Kind::access)
    for (const Index& index : e->indices) names.insert(index.name);
  for (const Expr& operand : e->operands) collect_indices(operand, names);
}

Expr quotient(const std::string& a, const std::string& b) {
  return language::binary(Kind::divide, language::number(a), language::number(b));
}

Expr plus(Expr a, Expr b) { return language::binary(Kind::add, std::move(a), std::move(b)); }

Expr squared(Expr a) { return language::binary(Kind::power, std::move(a), language::number("2")); }

}  // namespace

std::vector<Index> Expressions::fresh_indices(const std::vector<std::string>& ranges) const {
  std::set<std::string> taken;
  for (const Index& index : scope_) taken.insert(index.name);
  std::vector<Index> indices;
  for (const std::string& range : ranges) {
    const auto& letters = letters_of(range);
    const auto letter = std::ranges::find_if(letters, [&](const std::string& l) { return !taken.contains(l); });
    if (letter == letters.end()) throw std::logic_error("no letter is left for an index over " + range);
    taken.insert(*letter);
    indices.push_back({*letter, range, {}});
  }
  return indices;
}

Expr Expressions::formula(const std::vector<Index>& indices, int size, Want want) {
  scope_ = indices;
  Expr value = with_all_indices(make(size, want), indices, want);
  scope_.clear();
  return value;
}

Expr Expressions::make(int size, Want want) {
  switch (want) {
    case Want::positive:
      return positive(size);
    case Want::calm:
      return calm(size);
    case Want::any:
      break;
  }
  return any(size);
}

Expr Expressions::binary(Kind kind, int size, Want left, Want right) {
  // One after the other: the order in which a compiler evaluates arguments must not show.
  const int split = size < 2 ? 1 : static_cast<int>(random_.between(1, size - 1));
  Expr first = make(split, left);
  Expr second = make(std::max(1, size - split), right);
  return language::binary(kind, std::move(first), std::move(second));
}

Expr Expressions::call(std::string_view function, int size, Want argument) {
  return language::call(std::string(function), {make(size, argument)});
}

Expr Expressions::any(int size) {
  static constexpr std::string_view functions[] = {"abs",  "sin", "cos",      "tanh", "sigmoid", "relu",
                                                   "step", "erf", "softplus", "stop", "relu",    "tanh"};
  static constexpr std::string_view extrema[] = {"max", "min"};
  if (size <= 1) return leaf(Want::any);
  const auto choice = random_.below(34);
  if (choice < 4) return binary(Kind::add, size - 1, Want::any, Want::any);
  if (choice < 8) return binary(Kind::subtract, size - 1, Want::any, Want::any);
  if (choice < 13) return binary(Kind::multiply, size - 1, Want::any, Want::any);
  if (choice < 16) return binary(Kind::divide, size - 1, Want::any, Want::positive);
  if (choice < 17) return language::negate(any(size - 1));
  if (choice < 19) {
    Expr base = any(size - 1);
    return language::binary(Kind::power, std::move(base), language::number(chance(70) ? "2" : "3"));
  }
  if (choice < 20) return power_of_positive(size - 1);
  if (choice < 24) return call(pick(functions), size - 1, Want::any);
  if (choice < 26) return call("exp", size - 1, Want::calm);
  if (choice < 27) return call(chance(50) ? "log" : "sqrt", size - 1, Want::positive);
  if (choice < 28) {
    const std::string function(pick(extrema));
    const int split = static_cast<int>(random_.between(1, size - 1));
    Expr first = any(split);
    Expr second = any(size - split);
    return language::call(function, {std::move(first), std::move(second)});
  }
  if (choice < 29) return with_delta(size - 1);
  if (!may_bind()) return any(size - 1);
  if (choice < 33) return reduction(size - 1, Want::any, chance(60) ? "sum" : "mean");
  return reduction(size - 1, Want::any, pick(extrema));
}

Expr Expressions::positive(int size) {
  if (size <= 1) return positive_leaf();
  switch (random_.below(16)) {
    case 0:
    case 1:
      return plus(language::number("1"), squared(any(size - 1)));
    case 2: {
      Expr square = squared(any(size - 1));
      return plus(std::move(square), scalar());
    }
    case 3:
    case 4:
      return call("exp", size - 1, Want::calm);
    case 5:
      return call(chance(50) ? "softplus" : "sigmoid", size - 1, Want::calm);
    case 6: {
      Expr magnitude = call(chance(50) ? "abs" : "relu", size - 1, Want::any);
      return plus(std::move(magnitude), scalar());
    }
    case 7:
      return binary(Kind::multiply, size - 1, Want::positive, Want::positive);
    case 8:
      return binary(Kind::divide, size - 1, Want::positive, Want::positive);
    case 9:
      return binary(Kind::add, size - 1, Want::positive, Want::positive);
    case 10: {
      const int split = static_cast<int>(random_.between(1, size - 1));
      const bool maximum = chance(50);
      Expr first = positive(split);
      Expr second = maximum ? any(size - split) : positive(size - split);
      return language::call(maximum ? "max" : "min", {std::move(first), std::move(second)});
    }
    case 11:
      return call("sqrt", size - 1, Want::positive);
    case 12:
      return power_of_positive(size - 1);
    case 13:
      return plus(language::number("1.5"), call(chance(50) ? "cos" : "erf", size - 1, Want::any));
    default:
      if (!may_bind()) return positive(size - 1);
      return reduction(size - 1, Want::positive, chance(80) ? (chance(50) ? "sum" : "mean") : "max");
  }
}

Expr Expressions::calm(int size) {
  static constexpr std::string_view bounded[] = {"tanh", "sin", "cos", "erf", "sigmoid", "step"};
  if (size <= 1) return leaf(Want::calm);
  switch (random_.below(9)) {
    case 0:
    case 1:
      return call(pick(bounded), size - 1, Want::any);
    case 2:
      return binary(Kind::add, size - 1, Want::calm, Want::calm);
    case 3:
      return binary(Kind::subtract, size - 1, Want::calm, Want::calm);
    case 4:
      return language::negate(squared(calm(size - 1)));
    case 5: {  // as a softmax that keeps clear of overflow has it
      if (!may_bind()) return language::negate(calm(size - 1));
      Expr body = calm(size - 1);
      Expr largest = reduction(size - 1, Want::calm, "max");
      return language::binary(Kind::subtract, std::move(body), std::move(largest));
    }
    case 6:
      if (may_bind()) return reduction(size - 1, Want::calm, "mean");
      return language::negate(calm(size - 1));
    case 7: {
      Expr factor = call(pick(bounded), 1, Want::any);
      return language::binary(Kind::multiply, std::move(factor), calm(size - 1));
    }
    default: {
      Expr dividend = calm(size - 1);
      return language::binary(Kind::divide, std::move(dividend), scalar());
    }
  }
}

Expr Expressions::power_of_positive(int size) {
  Expr base = positive(size);
  if (chance(10)) return language::binary(Kind::power, std::move(base), calm(1));
  Expr exponent;
  switch (random_.below(7)) {
    case 0:
      exponent = language::number("0.5");
      break;
    case 1:
      exponent = quotient("1", "2");
      break;
    case 2:
      exponent = language::negate(quotient(chance(50) ? "1" : "3", "2"));
      break;
    case 3:
      exponent = quotient("3", "2");
      break;
    case 4:
      exponent = quotient(chance(50) ? "1" : "2", "3");
      break;
    case 5:
      exponent = language::negate(language::number("2"));
      break;
    default:
      exponent = language::negate(language::number("1"));
  }
  return language::binary(Kind::power, std::move(base), std::move(exponent));
}

Expr Expressions::reduction(int size, Want want, std::string_view reduction) {
  std::vector<std::string> ranges{pick(sizes_)};
  if (chance(20) && scope_.size() < 3) ranges.push_back(pick(sizes_));
  const std::vector<Index> bound = fresh_indices(ranges);
  const std::size_t outer = scope_.size();
  scope_.insert(scope_.end(), bound.begin(), bound.end());
  Expr body = with_all_indices(make(size, want), bound, want);
  scope_.resize(outer);
  return language::reduce(std::string(reduction), bound, std::move(body));
}

Expr Expressions::with_all_indices(Expr e, const std::vector<Index>& indices, Want want) {
  for (const Index& index : indices) {
    std::set<std::string> used;
    collect_indices(e, used);
    if (used.contains(index.name)) continue;
    Expr use = mention(index, want);
    const bool product = want != Want::calm && chance(60);
    e = language::binary(product ? Kind::multiply : Kind::add, std::move(e), std::move(use));
  }
  return e;
}

Expr Expressions::with_delta(int size) {
  std::vector<std::pair<Index, Index>> pairs;
  for (std::size_t a = 0; a < scope_.size(); ++a)
    for (std::size_t b = a + 1; b < scope_.size(); ++b)
      if (scope_[a].range == scope_[b].range) pairs.emplace_back(scope_[a], scope_[b]);
  if (pairs.empty()) return any(size);
  const auto [a, b] = pick(pairs);
  Expr rest = any(size);
  return language::binary(chance(70) ? Kind::multiply : Kind::add, language::delta(a, b), std::move(rest));
}

bool Expressions::is_reachable(const Readable& name) const {
  return std::ranges::all_of(name.ranges, [&](const std::string& range) {
    return std::ranges::any_of(scope_, [&](const Index& index) { return index.range == range; });
  });
}

std::vector<const Readable*> Expressions::reachable(Want want) const {
  std::vector<const Readable*> found;
  for (const Readable& name : names_) {
    if ((want == Want::positive && !name.positive) || (want == Want::calm && !name.calm) || !is_reachable(name))
      continue;
    // Definitions that nothing reads yet are read with a higher probability.
    const int weight = name.role == Role::definition ? (read_.contains(name.name) ? 2 : 5) : 2;
    found.insert(found.end(), static_cast<std::size_t>(weight), &name);
  }
  return found;
}

Expr Expressions::read(const Readable& name) {
  std::vector<Index> indices;
  for (const std::string& range : name.ranges) {
    std::vector<Index> candidates;
    for (const Index& index : scope_) {
      if (index.range != range) continue;
      const bool used = std::ranges::find(indices, index) != indices.end();
      candidates.insert(candidates.end(), used ? 1 : 6, index);  // a diagonal now and then
    }
    indices.push_back(pick(candidates));
  }
  read_.insert(name.name);
  return language::access(name.name, std::move(indices), name.role);
}

Expr Expressions::scalar() {
  static constexpr const char* numbers[] = {"2", "0.5", "1", "3", "0.25", "1.50", "1e-1", "0.333333333333333"};
  const auto choice = random_.below(10);
  if (choice < 2 && !constants_.empty()) return language::access(pick(constants_), {}, Role::constant);
  if (choice < 3) return language::access(pick(sizes_), {}, Role::size);
  if (choice < 4) return language::access("pi", {}, Role::pi);
  return language::number(pick(numbers));
}

Expr Expressions::leaf(Want want) {
  const auto names = reachable(want);
  if (!names.empty() && !chance(12)) return read(*pick(names));
  if (names.empty() && scope_.empty() && chance(80)) return reduction(1, want, want == Want::calm ? "mean" : "sum");
  return scalar();
}

Expr Expressions::positive_leaf() {
  const auto names = reachable(Want::positive);
  if (!names.empty() && chance(70)) return read(*pick(names));
  if (chance(40)) return scalar();
  return call("exp", 1, Want::calm);
}

Expr Expressions::mention(const Index& index, Want want) {
  std::vector<const Readable*> candidates;
  for (const Readable& name : names_) {
    const bool suits =
        (want != Want::calm || name.calm) && std::ranges::find(name.ranges, index.range) != name.ranges.end();
    if (suits) candidates.insert(candidates.end(), is_reachable(name) ? 4 : 1, &name);
  }
  const Readable& name = *pick(candidates);  // some tensor has every range
  read_.insert(name.name);
  std::vector<std::string> missing;
  for (const std::string& range : name.ranges) {
    const bool known = std::ranges::any_of(scope_, [&](const Index& other) { return other.range == range; });
    if (!known && std::ranges::find(missing, range) == missing.end()) missing.push_back(range);
  }
  const std::vector<Index> bound = fresh_indices(missing);
  const std::size_t outer = scope_.size();
  scope_.insert(scope_.end(), bound.begin(), bound.end());
  std::vector<Index> indices;
  bool placed = false;
  for (const std::string& range : name.ranges) {
    if (range == index.range && (!placed || chance(30))) {
      indices.push_back(index);
      placed = true;
      continue;
    }
    std::vector<Index> others;
    for (const Index& other : scope_)
      if (other.range == range) others.push_back(other);
    indices.push_back(pick(others));
  }
  scope_.resize(outer);
  Expr use = language::access(name.name, std::move(indices), name.role);
  for (const Index& other : bound) use = language::reduce(want == Want::calm ? "mean" : "sum", {other}, std::move(use));
  if (want == Want::positive && !name.positive) use = plus(language::number("1"), squared(std::move(use)));
  return use;
}

}  // namespace chalktape::random_layers
