#include "symbolic/lower/product.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>

namespace chalktape::lower {
namespace {

using language::Index;
using language::Kind;

/// Beyond this many factors, pairs are taken as they stand rather than searched for.
constexpr std::size_t search_limit = 12;

bool is_bound(const Axes& over, const Array& x) {
  return std::ranges::any_of(x.axes, [&](const Index& axis) { return has_axis(over, axis.name); });
}

/// a·b, or the contraction of those bound indices that no other factor has.
struct Merging {
  std::size_t first = 0, second = 1;
  Axes over;               // summed by this pair
  std::int64_t count = 0;  // of the result
};

Merging merging(const Builder& builder, const std::vector<Array>& factors, const Axes& over, std::size_t first,
                std::size_t second) {
  Merging result{first, second, {}, 0};
  Axes kept;
  const auto elsewhere = [&](const std::string& index) {
    for (std::size_t k = 0; k < factors.size(); ++k)
      if (k != first && k != second && has_axis(factors[k].axes, index)) return true;
    return false;
  };
  for (const std::size_t k : {first, second}) {
    for (const Index& axis : factors[k].axes) {
      if (has_axis(kept, axis.name) || has_axis(result.over, axis.name)) continue;
      (has_axis(over, axis.name) && !elsewhere(axis.name) ? result.over : kept).push_back(axis);
    }
  }
  result.count = builder.count_of(kept);
  return result;
}

/// Sums over what only one factor has, then takes pair after pair, the one with the smallest result first.
Array contracted(Builder& builder, std::vector<Array> factors, const Axes& over) {
  for (std::size_t k = 0; k < factors.size(); ++k) {
    Axes lone;
    for (const Index& axis : factors[k].axes) {
      const auto having = std::ranges::count_if(factors, [&](const Array& f) { return has_axis(f.axes, axis.name); });
      if (has_axis(over, axis.name) && having == 1) lone.push_back(axis);
    }
    factors[k] = builder.reduce("sum", factors[k], lone);
  }
  while (factors.size() > 1) {
    std::optional<Merging> best;
    const std::size_t end = factors.size() <= search_limit ? factors.size() : 2;
    for (std::size_t first = 0; first < end; ++first) {
      for (std::size_t second = first + 1; second < end; ++second) {
        Merging candidate = merging(builder, factors, over, first, second);
        if (!best || candidate.count < best->count) best = std::move(candidate);
      }
    }
    // What only this pair has but one of the two lacks cannot occur: it would have been summed before.
    const Array& a = factors[best->first];
    const Array& b = factors[best->second];
    factors[best->first] = best->over.empty() ? builder.binary("multiply", a, b) : builder.contract(a, b, best->over);
    factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(best->second));
  }
  return factors.front();
}

/// Multiplies the factors, those with few axes first, those with the same axes together; the operands stay in written
/// order.
Array multiplied(Builder& builder, const std::vector<Array>& factors) {
  struct Placed {
    Array array;
    std::size_t rank;
    std::size_t group;  // where an array with the same axes first stands
    std::size_t place;
  };
  std::vector<Placed> placed;
  for (std::size_t k = 0; k < factors.size(); ++k) {
    std::size_t group = k;
    for (const Placed& earlier : placed)
      if (contains_all(earlier.array.axes, factors[k].axes) && contains_all(factors[k].axes, earlier.array.axes))
        group = std::min(group, earlier.group);
    placed.push_back({factors[k], factors[k].axes.size(), group, k});
  }
  std::ranges::stable_sort(placed, {}, [](const Placed& p) { return std::tuple(p.rank, p.group, p.place); });
  Placed result = placed.front();
  for (std::size_t k = 1; k < placed.size(); ++k) {
    const Placed& next = placed[k];
    const bool in_order = result.place < next.place;
    result.array = in_order ? builder.binary("multiply", result.array, next.array)
                            : builder.binary("multiply", next.array, result.array);
    result.place = std::min(result.place, next.place);
  }
  return result.array;
}

/// coefficient / divisor · x
Array scaled(Builder& builder, const Array& x, const Scalar& coefficient, const Scalar& divisor) {
  if (divisor.is(1)) {
    if (coefficient.is(1)) return x;
    if (coefficient.is(-1)) return builder.unary("negate", x);
    return builder.binary("multiply", builder.array(coefficient), x);
  }
  if (coefficient.is(1)) return builder.binary("divide", x, builder.array(divisor));
  return builder.binary("multiply", builder.array(combined(Kind::divide, coefficient, divisor)), x);
}

/// Renames a bound index by each delta that has one; the indices used up are removed from `over`.
void contract_deltas(Builder& builder, Product& product, Axes& over, bool mean) {
  for (std::size_t d = 0; d < product.deltas.size();) {
    Index a = product.deltas[d].first;
    Index b = product.deltas[d].second;
    if (a.name != b.name && !has_axis(over, a.name) && !has_axis(over, b.name)) {
      ++d;
      continue;
    }
    product.deltas.erase(product.deltas.begin() + static_cast<std::ptrdiff_t>(d));
    if (a.name == b.name) continue;
    if (!has_axis(over, a.name)) std::swap(a, b);
    for (Array& factor : product.factors) factor = builder.renamed(factor, a.name, b);
    for (Array& divisor : product.divisors) divisor = builder.renamed(divisor, a.name, b);
    for (auto& [left, right] : product.deltas) {
      if (left.name == a.name) left = b;
      if (right.name == a.name) right = b;
    }
    if (mean) {
      const Scalar size = scalar_symbol(static_cast<double>(builder.size_of(a.range)), a.range);
      product.divisor = combined(Kind::multiply, product.divisor, size);
    }
    std::erase_if(over, [&](const Index& index) { return index.name == a.name; });
    d = 0;  // a delta that was passed over may have received a bound index
  }
}

}  // namespace

Product summed(Builder& builder, Product product, const Axes& bound, bool mean) {
  Axes over = bound;
  contract_deltas(builder, product, over, mean);

  std::vector<Array> inside;
  std::vector<Array> outside;
  std::size_t place = 0;  // of the reduction among the factors that stay outside
  for (const Array& factor : product.factors) {
    if (is_bound(over, factor)) {
      if (inside.empty()) place = outside.size();
      inside.push_back(factor);
    } else {
      outside.push_back(factor);
    }
  }
  std::vector<Array> outer_divisors;
  for (const Array& divisor : product.divisors) {
    if (!is_bound(over, divisor)) {
      outer_divisors.push_back(divisor);
      continue;
    }
    const auto numerator = std::ranges::find_if(inside, [&](const Array& f) {
      return contains_all(f.axes, divisor.axes) && contains_all(divisor.axes, f.axes);
    });
    if (numerator != inside.end()) {
      *numerator = builder.binary("divide", *numerator, divisor);
    } else {
      inside.push_back(builder.unary("reciprocal", divisor));
    }
  }

  for (const Index& index : over) {
    const bool present = std::ranges::any_of(inside, [&](const Array& f) { return has_axis(f.axes, index.name); });
    const Scalar size = scalar_symbol(static_cast<double>(builder.size_of(index.range)), index.range);
    if (!present && !mean) product.coefficient = combined(Kind::multiply, product.coefficient, size);
    if (present && mean && inside.size() > 1) product.divisor = combined(Kind::multiply, product.divisor, size);
  }
  if (inside.size() == 1) {
    outside.insert(outside.begin() + static_cast<std::ptrdiff_t>(place),
                   builder.reduce(mean ? "mean" : "sum", inside.front(), over));
  } else if (!inside.empty()) {
    outside.insert(outside.begin() + static_cast<std::ptrdiff_t>(place), contracted(builder, std::move(inside), over));
  }
  product.factors = std::move(outside);
  product.divisors = std::move(outer_divisors);
  return product;
}

Value finished(Builder& builder, Product product) {
  for (const auto& [a, b] : product.deltas)
    if (a.name != b.name) product.factors.push_back(builder.identity(a, b));
  std::optional<Array> divisor;
  if (!product.divisors.empty()) divisor = multiplied(builder, product.divisors);

  if (product.factors.empty()) {
    const Scalar scalar = combined(Kind::divide, product.coefficient, product.divisor);
    if (!divisor) return scalar;
    if (scalar.is(1)) return builder.unary("reciprocal", *divisor);
    if (scalar.is(-1)) return builder.unary("negate", builder.unary("reciprocal", *divisor));
    return builder.binary("divide", builder.array(scalar), *divisor);
  }

  if (divisor) {
    const bool smaller =
        std::ranges::any_of(product.factors, [&](const Array& f) { return !contains_all(divisor->axes, f.axes); });
    if (smaller) {
      product.factors.push_back(builder.unary("reciprocal", *divisor));
      divisor.reset();
    }
  }
  // The scalar goes to the smallest factor, where it costs least.
  const auto smallest =
      std::ranges::min_element(product.factors, {}, [](const Array& factor) { return factor.axes.size(); });
  *smallest = scaled(builder, *smallest, product.coefficient, product.divisor);
  const Array result = multiplied(builder, product.factors);
  return divisor ? builder.binary("divide", result, *divisor) : result;
}

}  // namespace chalktape::lower
