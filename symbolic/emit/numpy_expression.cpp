#include "symbolic/emit/numpy_expression.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/ops/functions.hpp"
#include "symbolic/emit/trees.hpp"
#include "symbolic/lower/lower.hpp"

namespace chalktape::emit {
namespace {

using language::Expr;
using language::Expression;
using language::Index;
using language::Kind;
using language::Role;

constexpr int sum_precedence = 0, product_precedence = 1, sign_precedence = 2, power_precedence = 3,
              atom_precedence = 4;
/// A longer integer would be an object to NumPy, not a number.
constexpr std::size_t most_integer_digits = 15;

bool has(const std::vector<Index>& axes, const std::string& name) {
  return std::ranges::any_of(axes, [&](const Index& axis) { return axis.name == name; });
}

bool contains_all(const std::vector<Index>& whole, const std::vector<Index>& part) {
  return std::ranges::all_of(part, [&](const Index& index) { return has(whole, index.name); });
}

bool same_order(const std::vector<Index>& a, const std::vector<Index>& b) {
  return std::ranges::equal(a, b, {}, &Index::name, &Index::name);
}

/// Whether a sum over e is better taken term by term: some term, as an array, has fewer axes than e.
bool has_smaller_term(const Expr& e, std::size_t axes) {
  if (e->kind == Kind::add || e->kind == Kind::subtract)
    return has_smaller_term(e->operands[0], axes) || has_smaller_term(e->operands[1], axes);
  if (free_indices(e).size() < axes) return true;
  const Factors factors = factors_of(e);
  const auto is_large = [&](const Expr& factor) { return free_indices(factor).size() == axes; };
  return std::ranges::none_of(factors.above, is_large) && std::ranges::none_of(factors.below, is_large);
}

template <class A>
std::string operand(const A& a, int needed) {
  return a.precedence < needed ? "(" + a.text + ")" : a.text;
}

}  // namespace

std::string NumpyExpression::text(const language::Definition& definition, bool copied) {
  scope_ = definition.indices;
  Array result = value_of(definition.value);
  const bool is_name = definition.value->kind == Kind::access;
  if (result.is_number && !definition.indices.empty()) {
    std::vector<std::string> shape;
    for (const Index& index : definition.indices) shape.push_back(names_.of(index.range));
    return fmt::format("{}(({}{}), {}{})", np("full"), fmt::join(shape, ", "), shape.size() == 1 ? "," : "",
                       result.text, dtype_.empty() ? "" : ", dtype=" + dtype_);
  }
  if (result.axes.size() != definition.indices.size()) {
    std::vector<std::string> shape;
    for (const Index& index : definition.indices) shape.push_back(names_.of(index.range));
    result = {fmt::format("{}({}, ({}{}))", np("broadcast_to"), aligned(result, definition.indices).text,
                          fmt::join(shape, ", "), shape.size() == 1 ? "," : ""),
              atom_precedence, definition.indices};
    if (copied) result.text += ".copy()";
    return result.text;
  }
  const bool is_view = is_name || !same_order(result.axes, definition.indices);
  result = aligned(result, definition.indices);
  if (copied && is_view && !result.axes.empty()) return fmt::format("{}({})", np("array"), result.text);
  return result.text;
}

NumpyExpression::Array NumpyExpression::value_of(const Expr& e) {
  switch (e->kind) {
    case Kind::number:
      return number(e->name);
    case Kind::access:
      return access(*e);
    case Kind::delta: {
      if (e->indices[0].name == e->indices[1].name) return number("1");
      const std::string dtype = dtype_.empty() ? "" : ", dtype=" + dtype_;
      return {fmt::format("{}({}{})", np("eye"), names_.of(e->indices[0].range), dtype), atom_precedence, e->indices};
    }
    case Kind::negate:
      return negated(value_of(e->operands[0]));
    case Kind::add:
      return binary("+", sum_precedence, value_of(e->operands[0]), value_of(e->operands[1]));
    case Kind::subtract:
      return binary("-", sum_precedence, value_of(e->operands[0]), value_of(e->operands[1]));
    case Kind::multiply:
      return binary("*", product_precedence, value_of(e->operands[0]), value_of(e->operands[1]));
    case Kind::divide:
      return binary("/", product_precedence, value_of(e->operands[0]), value_of(e->operands[1]));
    case Kind::power:
      return power(*e);
    case Kind::call:
      return call(*e);
    case Kind::reduce: {
      const std::size_t outer = scope_.size();
      scope_.insert(scope_.end(), e->indices.begin(), e->indices.end());
      Array result = e->name == "max" || e->name == "min" ? extremum(*e) : sum(e->name, e->indices, e->operands[0]);
      scope_.resize(outer);
      return result;
    }
    case Kind::derivative:
      break;
  }
  throw lower::Error("a derivative that is only written down has no value");
}

NumpyExpression::Array NumpyExpression::number(const std::string& written) {
  const bool is_short_integer =
      written.size() <= most_integer_digits && written.find_first_not_of("0123456789") == std::string::npos;
  if (is_short_integer && (written == "0" || written.front() != '0')) return {written, atom_precedence, {}, true};
  return {fmt::format("{}", lower::number_value(written)), atom_precedence, {}, true};
}

std::string NumpyExpression::math(const std::string& name) {
  helpers_.insert(Helper::math);
  return names_.helper("math") + "." + name;
}

NumpyExpression::Array NumpyExpression::access(const Expression& e) {
  if (e.role == Role::pi) return {math("pi"), atom_precedence, {}, true};
  if (e.role == Role::size) return {names_.of(e.name), atom_precedence, {}, true};
  Array result{names_.of(e.name), atom_precedence, {}};
  std::string from;
  std::string to;
  std::map<std::string, char> letters;
  for (const Index& index : e.indices) {
    const auto [letter, is_new] = letters.try_emplace(index.name, static_cast<char>('a' + letters.size()));
    from += letter->second;
    if (!is_new) continue;
    to += letter->second;
    result.axes.push_back(index);
  }
  if (from != to) result.text = fmt::format("{}(\"{}->{}\", {})", np("einsum"), from, to, result.text);
  return result;
}

NumpyExpression::Array NumpyExpression::negated(const Array& a) {
  return {"-" + operand(a, sign_precedence), sign_precedence, a.axes, a.is_number};
}

NumpyExpression::Axes NumpyExpression::merged(const Axes& a, const Axes& b) const {
  if (contains_all(a, b)) return a;
  if (contains_all(b, a)) return b;
  Axes all = a;
  for (const Index& index : b)
    if (!has(all, index.name)) all.push_back(index);
  std::ranges::stable_sort(all, {}, [&](const Index& index) {
    return std::ranges::find(scope_, index.name, &Index::name) - scope_.begin();
  });
  return all;
}

NumpyExpression::Array NumpyExpression::aligned(const Array& a, const Axes& axes) const {
  Array result = a;
  std::vector<std::ptrdiff_t> order;
  std::vector<std::string> subscripts;  // from the first axis that the array has: leading ones come by themselves
  bool inserts = false;
  for (const Index& axis : axes) {
    const auto place = std::ranges::find(a.axes, axis.name, &Index::name) - a.axes.begin();
    const bool present = place < std::ssize(a.axes);
    if (present) order.push_back(place);
    if (!present && order.empty()) continue;
    subscripts.emplace_back(present ? ":" : "None");
    inserts = inserts || !present;
  }
  if (!std::ranges::is_sorted(order)) {
    const bool plain = order.size() == 2;
    result.text = plain ? operand(result, atom_precedence) + ".T"
                        : fmt::format("{}.transpose({})", operand(result, atom_precedence), fmt::join(order, ", "));
    result.precedence = atom_precedence;
  }
  if (inserts) {
    result.text = fmt::format("{}[{}]", operand(result, atom_precedence), fmt::join(subscripts, ", "));
    result.precedence = atom_precedence;
  }
  result.axes = axes;
  return result;
}

NumpyExpression::Array NumpyExpression::binary(const char* sign, int precedence, const Array& a, const Array& b) {
  const Axes axes = merged(a.axes, b.axes);
  const Array left = aligned(a, axes);
  const Array right = aligned(b, axes);
  return {fmt::format("{} {} {}", operand(left, precedence), sign, operand(right, precedence + 1)), precedence, axes,
          a.is_number && b.is_number};
}

NumpyExpression::Array NumpyExpression::power(const Expression& e) {
  const Array base = value_of(e.operands[0]);
  const Array exponent = value_of(e.operands[1]);
  if (exponent.text == "1 / 2" || exponent.text == "0.5") return function("sqrt", {base});
  if (exponent.text == "-1 / 2" || exponent.text == "-0.5")
    return binary("/", product_precedence, number("1"), function("sqrt", {base}));
  const Axes axes = merged(base.axes, exponent.axes);
  const Array left = aligned(base, axes);
  const Array right = aligned(exponent, axes);
  // A sign may follow ** without parentheses, but reads badly; the base needs them, for -a ** b is -(a ** b).
  return {fmt::format("{}**{}", operand(left, atom_precedence), operand(right, atom_precedence)), power_precedence,
          axes, base.is_number && exponent.is_number};
}

NumpyExpression::Array NumpyExpression::function(const std::string& name, const std::vector<Array>& operands) {
  Axes axes = operands.front().axes;
  bool is_number = true;
  for (const Array& a : operands) {
    axes = merged(axes, a.axes);
    is_number = is_number && a.is_number;
  }
  std::vector<std::string> texts;
  for (const Array& a : operands) texts.push_back(aligned(a, axes).text);
  const std::string arguments = fmt::format("{}", fmt::join(texts, ", "));
  const auto written = [&](const std::string& function_name, const std::string& inside) {
    return Array{fmt::format("{}({})", function_name, inside), atom_precedence, axes, is_number};
  };
  if (name == "sigmoid") {
    helpers_.insert(Helper::sigmoid);
    return written(names_.helper("_sigmoid"), arguments);
  }
  if (name == "erf") {
    if (is_number) return written(math("erf"), arguments);
    helpers_.insert({Helper::erf, Helper::math});
    return written(names_.helper("_erf"), arguments);
  }
  if (name == "stop") return operands.front();
  if (name == "relu") return written(np("maximum"), arguments + ", 0");
  if (name == "step") return written(np("heaviside"), arguments + ", 0");
  if (name == "softplus") return written(np("logaddexp"), "0, " + arguments);
  if (name == "max" || name == "min") return written(np(name + "imum"), arguments);
  if (name == "abs") return written(np(name), arguments);
  const engine::Function* const known = engine::find_unary_function(name);
  if (known == nullptr || known->library.empty()) throw std::logic_error("no NumPy for the function " + name);
  const std::string library(known->library);
  return written(is_number ? math(library) : np(library), arguments);
}

NumpyExpression::Array NumpyExpression::call(const Expression& e) {
  std::vector<Array> operands;
  for (const Expr& operand : e.operands) operands.push_back(value_of(operand));
  return function(e.name, operands);
}

NumpyExpression::Array NumpyExpression::reduced(const std::string& function_name, const Array& a, const Axes& over) {
  std::vector<std::string> axes;
  Axes kept;
  for (std::size_t k = 0; k < a.axes.size(); ++k) {
    if (has(over, a.axes[k].name)) {
      axes.push_back(std::to_string(k));
    } else {
      kept.push_back(a.axes[k]);
    }
  }
  if (axes.empty()) return a;
  if (kept.empty()) return {fmt::format("{}({})", np(function_name), a.text), atom_precedence, {}};
  const std::string which = axes.size() == 1 ? axes.front() : fmt::format("({})", fmt::join(axes, ", "));
  return {fmt::format("{}({}, axis={})", np(function_name), a.text, which), atom_precedence, kept};
}

NumpyExpression::Array NumpyExpression::extremum(const Expression& e) {
  return reduced(e.name, value_of(e.operands[0]), e.indices);
}

NumpyExpression::Array NumpyExpression::einsum(const std::vector<Array>& operands, const Axes& over) {
  std::map<std::string, std::string> letters;
  std::set<std::string> used;
  Axes all;
  for (const Array& a : operands)
    for (const Index& axis : a.axes)
      if (!has(all, axis.name)) all.push_back(axis);
  for (const Index& axis : all) {  // the index itself where it is a letter
    std::string letter = axis.name;
    for (char c = 'a'; letter.size() != 1 || letter == "_" || used.contains(letter); ++c)
      letter = c > 'z' ? std::string(1, static_cast<char>(c - 'z' - 1 + 'A')) : std::string(1, c);
    used.insert(letter);
    letters[axis.name] = letter;
  }
  Axes kept;
  std::vector<std::string> patterns;
  std::vector<std::string> texts;
  const auto pattern = [&](const Axes& axes) {
    std::string written;
    for (const Index& axis : axes) written += letters.at(axis.name);
    return written;
  };
  for (const Array& a : operands) {
    patterns.push_back(pattern(a.axes));
    texts.push_back(a.text);
  }
  for (const Index& axis : all)
    if (!has(over, axis.name)) kept.push_back(axis);
  std::ranges::stable_sort(kept, {}, [&](const Index& index) {
    return std::ranges::find(scope_, index.name, &Index::name) - scope_.begin();
  });
  return {fmt::format("{}(\"{}->{}\", {}{})", np("einsum"), fmt::join(patterns, ","), pattern(kept),
                      fmt::join(texts, ", "), operands.size() > 2 ? ", optimize=True" : ""),
          atom_precedence, kept};
}

NumpyExpression::Array NumpyExpression::sum(const std::string& kind, const Axes& bound, const Expr& body) {
  if ((body->kind == Kind::add || body->kind == Kind::subtract) && has_smaller_term(body, free_indices(body).size()))
    return binary(body->kind == Kind::add ? "+" : "-", sum_precedence, sum(kind, bound, body->operands[0]),
                  sum(kind, bound, body->operands[1]));
  Factors factors = factors_of(body);
  Axes over = bound;
  Axes divided;  // a mean's
  if (kind == "mean") divided = over;
  // A delta renames its bound index everywhere.
  for (std::size_t d = 0; d < factors.above.size();) {
    const Expr delta = factors.above[d];
    if (delta->kind != Kind::delta) {
      ++d;
      continue;
    }
    Index a = delta->indices[0];
    Index b = delta->indices[1];
    if (!has(over, a.name)) std::swap(a, b);
    if (!has(over, a.name)) {
      ++d;
      continue;
    }
    factors.above.erase(factors.above.begin() + static_cast<std::ptrdiff_t>(d));
    if (a.name != b.name) {
      for (auto* side : {&factors.above, &factors.below})
        for (Expr& factor : *side) factor = with_indices(factor, {{a.name, b}});
      std::erase_if(over, [&](const Index& index) { return index.name == a.name; });
    }
    d = 0;
  }
  const auto is_bound = [&](const Axes& axes) {
    return std::ranges::any_of(axes, [&](const Index& axis) { return has(over, axis.name); });
  };
  std::vector<Array> inside;
  std::vector<Array> outside;
  std::vector<Array> below;
  for (const Expr& factor : factors.above) {
    Array a = value_of(factor);
    (is_bound(a.axes) ? inside : outside).push_back(std::move(a));
  }
  for (const Expr& factor : factors.below) {
    Array a = value_of(factor);
    if (!is_bound(a.axes)) {
      below.push_back(std::move(a));
      continue;
    }
    const auto numerator = std::ranges::find_if(inside, [&](const Array& n) { return contains_all(n.axes, a.axes); });
    if (numerator != inside.end()) {
      *numerator = binary("/", product_precedence, *numerator, a);
    } else {
      inside.push_back(binary("/", product_precedence, number("1"), a));
    }
  }
  Array result = number("1");
  const auto times = [&](const Array& a) {
    result = result.text == "1" ? a : binary("*", product_precedence, result, a);
  };
  for (const Array& a : outside) times(a);
  Axes reduced_over;
  for (const Index& index : over) {
    const bool occurs = std::ranges::any_of(inside, [&](const Array& a) { return has(a.axes, index.name); });
    if (occurs) {
      reduced_over.push_back(index);
    } else if (kind == "sum") {  // a term for every value of the index
      times({names_.of(index.range), atom_precedence, {}, true});
    } else {
      std::erase_if(divided, [&](const Index& i) { return i.name == index.name; });
    }
  }
  if (inside.size() == 1) {
    const bool is_mean = kind == "mean" && divided.size() == reduced_over.size();
    times(reduced(is_mean ? "mean" : "sum", inside.front(), reduced_over));
    if (is_mean) divided.clear();
  } else if (!inside.empty()) {
    times(einsum(inside, reduced_over));
  }
  for (const Index& index : divided) below.push_back({names_.of(index.range), atom_precedence, {}, true});
  if (!below.empty()) {
    Array divisor = below.front();
    for (std::size_t k = 1; k < below.size(); ++k) divisor = binary("*", product_precedence, divisor, below[k]);
    result = binary("/", product_precedence, result, divisor);
  }
  return factors.negative ? negated(result) : result;
}

}  // namespace chalktape::emit
