#include "symbolic/lower/builder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace chalktape::lower {
namespace {

using engine::NodeId;
using language::Index;

constexpr std::size_t axis_limit = 32;

int position_of(const Axes& axes, const std::string& index) {
  const auto found = std::ranges::find(axes, index, &Index::name);
  return found == axes.end() ? -1 : static_cast<int>(found - axes.begin());
}

std::vector<std::string> symbols_of(const Axes& axes) {
  std::vector<std::string> symbols;
  for (const Index& axis : axes) symbols.push_back(axis.range);
  return symbols;
}

}  // namespace

bool has_axis(const Axes& axes, const std::string& index) { return position_of(axes, index) >= 0; }

bool contains_all(const Axes& whole, const Axes& part) {
  return std::ranges::all_of(part, [&](const Index& index) { return has_axis(whole, index.name); });
}

void Builder::enter(const Axes& indices) { scope_.insert(scope_.end(), indices.begin(), indices.end()); }

void Builder::leave(std::size_t count) { scope_.resize(scope_.size() - count); }

Index Builder::ranged(const Index& index) const {
  if (!index.range.empty()) return index;
  const auto found = std::find_if(scope_.rbegin(), scope_.rend(), [&](const Index& i) { return i.name == index.name; });
  if (found == scope_.rend() || found->range.empty()) throw Error("the index '" + index.name + "' has no range");
  return *found;
}

std::int64_t Builder::size_of(const std::string& range) const {
  const auto found = environment_.sizes.find(range);
  if (found == environment_.sizes.end()) throw Error("the size " + range + " has no value");
  return found->second;
}

std::int64_t Builder::count(const std::vector<std::string>& shape) const {
  if (shape.size() > axis_limit) throw Error(fmt::format("a tensor with {} axes is too much", shape.size()));
  std::int64_t product = 1;
  for (const std::string& symbol : shape) {
    const std::int64_t size = symbol == "1" ? 1 : size_of(symbol);
    if (__builtin_mul_overflow(product, size, &product)) return std::numeric_limits<std::int64_t>::max();
  }
  return product;
}

std::int64_t Builder::count_of(const Axes& axes) const { return count(symbols_of(axes)); }

void Builder::reserve(std::int64_t count, const std::vector<std::string>& shape) const {
  if (count > element_limit - environment_.elements) {
    throw Error(fmt::format("a tensor of shape {} would bring the graph beyond its limit of {} numbers",
                            fmt::join(shape, " x "), element_limit));
  }
}

NodeId Builder::apply(std::string_view op, const std::vector<NodeId>& operands, const engine::Attributes& attributes,
                      const std::vector<std::string>& shape) {
  const std::int64_t elements = count(shape);
  reserve(elements, shape);
  const std::size_t before = tape_.size();
  const NodeId node = tape_.apply(op, operands, attributes);
  const bool is_view = op == "reshape" || op == "transpose" || op == "broadcast_to";
  if (tape_.size() != before && !is_view) environment_.elements += elements;
  environment_.shapes.try_emplace(node, shape);
  return node;
}

Array Builder::array(const Scalar& scalar) {
  if (!scalar.symbolic) {
    const NodeId node = tape_.constant(scalar.value, environment_.dtype);
    tape_.set_name(node, scalar.text);
    environment_.shapes.try_emplace(node);
    return {node, {}};
  }
  const auto known = environment_.scalars.find(scalar.text);
  if (known != environment_.scalars.end()) return {known->second, {}};
  const NodeId node = tape_.constant(engine::Tensor::full({}, scalar.value, environment_.dtype), scalar.text);
  environment_.scalars.emplace(scalar.text, node);
  environment_.shapes.try_emplace(node);
  return {node, {}};
}

Array Builder::array(const Value& value) {
  if (const auto* scalar = std::get_if<Scalar>(&value)) return array(*scalar);
  return std::get<Array>(value);
}

Array Builder::access(const std::string& name, const Axes& indices) {
  const auto found = environment_.nodes.find(name);
  if (found == environment_.nodes.end()) throw Error("the name '" + name + "' has no value here");
  const engine::Shape& shape = tape_.shape(found->second);
  if (shape.size() != indices.size())
    throw Error(fmt::format("'{}' has {} axes, not {}", name, shape.size(), indices.size()));
  Array result{found->second, {}};
  for (std::size_t axis = 0; axis < indices.size(); ++axis) {
    const Index index = ranged(indices[axis]);
    if (shape[axis] != size_of(index.range))
      throw Error(fmt::format("axis {} of '{}' has length {}, but {} = {}", axis + 1, name, shape[axis], index.range,
                              size_of(index.range)));
    // Until renamed, a repeated index stands under a name that no file can contain.
    result.axes.push_back({fmt::format("{}#{}", index.name, axis), index.range});
  }
  for (std::size_t axis = 0; axis < indices.size(); ++axis)
    result = renamed(result, fmt::format("{}#{}", indices[axis].name, axis), ranged(indices[axis]));
  return result;
}

Array Builder::identity(const Index& a, const Index& b) {
  const std::int64_t n = size_of(a.range);
  if (n != size_of(b.range)) throw Error("delta compares indices of different ranges");
  const std::vector<std::string> shape{a.range, b.range};
  const std::string name = "delta " + a.range;
  if (const auto known = environment_.scalars.find(name); known != environment_.scalars.end())
    return {known->second, {a, b}};
  reserve(count(shape), shape);
  engine::Tensor matrix = engine::Tensor::zeros({n, n}, environment_.dtype);
  for (std::int64_t i = 0; i < n; ++i) matrix.set_item(i * n + i, 1);
  const NodeId node = tape_.constant(std::move(matrix), "delta");
  environment_.elements += n * n;
  environment_.scalars.emplace(name, node);
  environment_.shapes.try_emplace(node, shape);
  return {node, {a, b}};
}

Array Builder::unary(std::string_view op, const Array& x) {
  return {apply(op, {x.node}, {}, symbols_of(x.axes)), x.axes};
}

Axes Builder::merged(const Axes& a, const Axes& b) const {
  if (contains_all(a, b)) return a;
  if (contains_all(b, a)) return b;
  Axes all = a;
  for (const Index& index : b)
    if (!has_axis(all, index.name)) all.push_back(index);
  std::ranges::stable_sort(all, {}, [&](const Index& index) {
    const int position = position_of(scope_, index.name);
    return position < 0 ? std::numeric_limits<int>::max() : position;
  });
  return all;
}

Array Builder::binary(std::string_view op, const Array& a, const Array& b) {
  const Axes axes = merged(a.axes, b.axes);
  const NodeId left = aligned(a, axes);
  const NodeId right = aligned(b, axes);
  return {apply(op, {left, right}, {}, symbols_of(axes)), axes};
}

Array Builder::power(const Array& x, double exponent) {
  if (exponent == 0) return array(scalar_number(1, "1"));
  if (exponent == -0.5) return unary("reciprocal", unary("sqrt", x));
  if (exponent < -1) return unary("reciprocal", power(x, -exponent));
  if (exponent == 1) return x;
  if (exponent == 2) return unary("square", x);
  if (exponent == -1) return unary("reciprocal", x);
  if (exponent == 0.5) return unary("sqrt", x);
  return {apply("power_constant", {x.node}, engine::ConstantExponent{exponent}, symbols_of(x.axes)), x.axes};
}

Array Builder::reduce(std::string_view op, const Array& x, const Axes& over) {
  engine::Reduction reduction;
  Axes kept;
  for (std::size_t axis = 0; axis < x.axes.size(); ++axis) {
    if (has_axis(over, x.axes[axis].name)) {
      reduction.axes.push_back(static_cast<int>(axis));
    } else {
      kept.push_back(x.axes[axis]);
    }
  }
  if (reduction.axes.empty()) return x;
  return {apply(op, {x.node}, reduction, symbols_of(kept)), kept};
}

Array Builder::contract(const Array& a, const Array& b, const Axes& over) {
  if (environment_.products == Products::fused && (contains_all(a.axes, b.axes) || contains_all(b.axes, a.axes)))
    return reduce("sum", binary("multiply", a, b), over);
  const Axes all = merged(a.axes, b.axes);
  std::map<std::string, char> letters;
  for (const Index& index : all) {
    const auto n = static_cast<int>(letters.size());
    letters.emplace(index.name, static_cast<char>(n < 26 ? 'a' + n : 'A' + (n - 26)));
  }
  Axes kept;
  for (const Index& index : all)
    if (!has_axis(over, index.name)) kept.push_back(index);
  const auto written = [&](const Axes& axes) {
    std::string text;
    for (const Index& index : axes) text += letters.at(index.name);
    return text;
  };
  const std::string pattern = written(a.axes) + "," + written(b.axes) + "->" + written(kept);
  return {apply("contraction", {a.node, b.node}, engine::ContractionPattern{pattern}, symbols_of(kept)), kept};
}

Array Builder::renamed(const Array& x, const std::string& from, const Index& to) {
  const int source = position_of(x.axes, from);
  if (source < 0 || from == to.name) return x;
  const int target = position_of(x.axes, to.name);
  Array result = x;
  if (target < 0) {
    result.axes[static_cast<std::size_t>(source)] = to;
    return result;
  }
  const engine::DiagonalAxes diagonal{std::min(source, target), std::max(source, target)};
  result.axes.erase(result.axes.begin() + diagonal.second);
  result.axes.erase(result.axes.begin() + diagonal.first);
  result.axes.push_back(to);
  result.node = apply("diagonal", {x.node}, diagonal, symbols_of(result.axes));
  return result;
}

NodeId Builder::aligned(const Array& x, const Axes& axes) {
  std::vector<int> permutation;
  Axes ordered;
  engine::TargetShape padded;
  std::vector<std::string> symbols;
  for (const Index& index : axes) {
    const int axis = position_of(x.axes, index.name);
    if (axis >= 0) {
      permutation.push_back(axis);
      ordered.push_back(index);
      padded.shape.push_back(tape_.shape(x.node)[static_cast<std::size_t>(axis)]);
      symbols.push_back(index.range);
    } else if (!padded.shape.empty()) {  // NumPy adds leading axes by itself
      padded.shape.push_back(1);
      symbols.emplace_back("1");
    }
  }
  NodeId node = x.node;
  if (!std::ranges::is_sorted(permutation))
    node = apply("transpose", {node}, engine::Permutation{permutation}, symbols_of(ordered));
  if (padded.shape.size() != ordered.size()) node = apply("reshape", {node}, padded, symbols);
  return node;
}

Array Builder::arranged(const Array& x, const Axes& axes) {
  for (const Index& index : x.axes)
    if (!has_axis(axes, index.name)) throw Error("the index '" + index.name + "' is not bound");
  NodeId node = aligned(x, axes);
  if (x.axes.size() != axes.size()) {
    engine::TargetShape target;
    for (const Index& index : axes) target.shape.push_back(size_of(index.range));
    node = apply("broadcast_to", {node}, target, symbols_of(axes));
  }
  return {node, axes};
}

}  // namespace chalktape::lower
