#include "symbolic/notation/formula.hpp"

#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include <fmt/core.h>

namespace chalktape::notation {

using GiNaC::ex_to;
using GiNaC::numeric;
using language::Expr;
using language::Kind;
using language::Role;

namespace {

/// Larger powers of ten are not for an exact number; the language allows fewer: see language/limits.
constexpr int largest_scale = 100000;
/// Larger exponents make numbers and expansions that nobody wrote a layer for.
constexpr int largest_exponent = 1000;
/// The size in bits that an exact power of numbers may have.
constexpr long largest_power_bits = 20000;

[[noreturn]] void fail(const Expr& at, const std::string& what) { throw Error(at->span, what); }

std::string with_place(const language::Span& place, const std::string& what) {
  return place.line > 0 ? fmt::format("line {}, column {}: {}", place.line, place.column, what) : what;
}

long bits(const numeric& n) { return n.is_rational() ? n.numer().int_length() + n.denom().int_length() : 0; }

ex checked_power(const Expr& at, const ex& base, const ex& exponent) {
  if (is<numeric>(exponent)) {
    const numeric magnitude = GiNaC::abs(ex_to<numeric>(exponent));
    if (magnitude > numeric(largest_exponent)) {
      fail(at, fmt::format("an exponent may be at most {} in magnitude", largest_exponent));
    }
    if (is<numeric>(base)) {
      if (base.is_zero() && !ex_to<numeric>(exponent).is_positive()) fail(at, "division by zero");
      if (bits(ex_to<numeric>(base)) * (GiNaC::iquo(magnitude.numer(), magnitude.denom()).to_long() + 1) >
          largest_power_bits) {
        fail(at, "this power is too large to be computed exactly");
      }
    }
  }
  ex result = GiNaC::pow(base, exponent);
  // GiNaC keeps (-8)^(1/3) as 2*(-1)^(1/3); the language has real roots of positive numbers only.
  const auto is_root_of_negative = [](const ex& x) {
    return is<GiNaC::power>(x) && is<numeric>(x.op(0)) && ex_to<numeric>(x.op(0)).is_negative() &&
           is<numeric>(x.op(1)) && !ex_to<numeric>(x.op(1)).is_integer();
  };
  const auto is_not_real = [](const ex& x) { return is<numeric>(x) && !ex_to<numeric>(x).is_real(); };
  if (contains(result, is_not_real) || contains(result, is_root_of_negative)) {
    fail(at, "the root of a negative number is not real");
  }
  return result;
}

ex to_algebra_of_call(const Expr& e, const SymbolTable& symbols) {
  exvector arguments;
  for (const Expr& operand : e->operands) arguments.push_back(to_algebra(operand, symbols));
  if (e->name == "sqrt") return checked_power(e, arguments.at(0), numeric(1, 2));
  return call(e->name, std::move(arguments));
}

ex to_algebra_of_reduction(const Expr& e, const SymbolTable& symbols) {
  const ex body = to_algebra(e->operands.at(0), symbols);
  const exvector bound = to_indices(e->indices);
  if (e->name == "max") return reduce(Reduction::max, body, bound);
  if (e->name == "min") return reduce(Reduction::min, body, bound);
  ex result = sum(body, bound);
  if (e->name == "mean") {
    for (const ex& i : bound) result /= size(as_index(i).range());
  }
  return result;
}

/// `assume x[i,j] > 0` (or 1 <= x[i,j]) says what a name's sign is; anything else is a fact about expressions.
struct AssumedSign {
  std::string name;
  Sign sign;
};

std::optional<AssumedSign> assumed_sign(const language::Assumption& a) {
  using language::Relation;
  const bool from_below = a.relation == Relation::greater || a.relation == Relation::greater_equal;
  const bool from_above = a.relation == Relation::less || a.relation == Relation::less_equal;
  if (!from_below && !from_above) return std::nullopt;
  const Expr& large = from_below ? a.left : a.right;
  const Expr& small = from_below ? a.right : a.left;
  if (large->kind != Kind::access || small->kind != Kind::number) return std::nullopt;
  if (!language::reaches_all_entries(*large)) return std::nullopt;  // a diagonal says nothing of the rest
  const bool strict = a.relation == Relation::greater || a.relation == Relation::less;
  const bool positive = strict || !exact_number(small->name).is_zero();
  return AssumedSign{large->name, positive ? Sign::positive : Sign::nonnegative};
}

}  // namespace

exvector to_indices(const std::vector<language::Index>& indices) {
  exvector result;
  result.reserve(indices.size());
  for (const auto& i : indices) result.push_back(index(i.name, i.range));
  return result;
}

ex instantiate(const Formula& formula, const exvector& at) {
  std::vector<std::pair<ex, ex>> replacements;
  for (size_t i = 0; i < formula.indices.size(); ++i) replacements.emplace_back(formula.indices[i], at.at(i));
  return replace_indices(formula.value, replacements);
}

const Symbol* SymbolTable::find(const std::string& name) const {
  const auto found = symbols_.find(name);
  return found == symbols_.end() ? nullptr : &found->second;
}

ex SymbolTable::access(const std::string& name, exvector indices) const {
  const Symbol& symbol = symbols_.at(name);
  return notation::access(name, std::move(indices), symbol.role, symbol.sign);
}

numeric exact_number(const std::string& written) {
  const auto fail = [&] { return Error(fmt::format("'{}' is not a number", written)); };
  std::string digits;
  long exponent = 0;
  const bool is_negative = written.starts_with('-');
  size_t i = is_negative ? 1 : 0;
  bool point = false;
  for (; i < written.size() && (std::isdigit(static_cast<unsigned char>(written[i])) != 0 || written[i] == '.'); ++i) {
    if (written[i] == '.') {
      point = true;
    } else {
      digits += written[i];
      if (point) --exponent;
    }
  }
  if (digits.empty()) throw fail();
  if (i < written.size() && (written[i] == 'e' || written[i] == 'E')) {
    const char* const end = written.data() + written.size();
    const char* begin = written.data() + i + 1;
    if (begin != end && *begin == '+' && begin + 1 != end && begin[1] != '-') ++begin;
    int scale = 0;
    const auto [stop, error] = std::from_chars(begin, end, scale);
    if (error != std::errc{} || scale > largest_scale || scale < -largest_scale) throw fail();
    exponent += scale;
    i = static_cast<size_t>(stop - written.data());
  }
  if (i != written.size()) throw fail();
  const numeric mantissa(digits.c_str());
  const numeric scale = GiNaC::pow(numeric(10), numeric(std::labs(exponent)));
  const numeric magnitude = exponent < 0 ? mantissa / scale : mantissa * scale;
  return is_negative ? -magnitude : magnitude;
}

ex to_algebra(const Expr& e, const SymbolTable& symbols) {
  const auto operand = [&](size_t i) { return to_algebra(e->operands.at(i), symbols); };
  switch (e->kind) {
    case Kind::number:
      return exact_number(e->name);
    case Kind::access:
      return symbols.access(e->name, to_indices(e->indices));
    case Kind::delta: {
      const exvector indices = to_indices(e->indices);
      return delta(indices.at(0), indices.at(1));
    }
    case Kind::negate:
      return -operand(0);
    case Kind::add:
      return operand(0) + operand(1);
    case Kind::subtract:
      return operand(0) - operand(1);
    case Kind::multiply:
      return operand(0) * operand(1);
    case Kind::divide: {
      const ex divisor = operand(1);
      if (divisor.is_zero()) fail(e, "division by zero");
      return operand(0) / divisor;
    }
    case Kind::power:
      return checked_power(e, operand(0), operand(1));
    case Kind::call:
      return to_algebra_of_call(e, symbols);
    case Kind::reduce:
      return to_algebra_of_reduction(e, symbols);
    case Kind::derivative:
      return partial(operand(0), operand(1), e->held);
  }
  throw Error("an expression of an unknown kind");
}

namespace {

/// What fails is told `on_error`, in whose care it is, and goes on as 0.
template <class OnError>
LayerFormulas taken_over(const language::Layer& layer, const OnError& on_error) {
  LayerFormulas result;
  SymbolTable& symbols = result.symbols;
  const auto algebra = [&](const Expr& e) {
    try {
      return to_algebra(e, symbols);
    } catch (const Error& error) {
      on_error(error);
    }
    return ex(0);
  };
  std::map<std::string, Sign> assumed;
  for (const auto& assumption : layer.assumptions) {
    if (const auto fact = assumed_sign(assumption)) assumed[fact->name] = std::max(assumed[fact->name], fact->sign);
  }
  symbols.add("pi", {Role::pi, {}, Sign::positive});
  for (const auto& name : layer.sizes) symbols.add(name, {Role::size, {}, Sign::positive});
  for (const auto& tensor : layer.tensors) {
    symbols.add(tensor.name, {Role::tensor, tensor.sizes, assumed[tensor.name]});
    symbols.add("d" + tensor.name, {Role::gradient, tensor.sizes, Sign::unknown});
  }
  for (const auto& constant : layer.constants) {
    // A constant is what it is by default: a caller who passes a negative eps leaves the derivation's ground.
    const bool positive = constant.default_value && exact_number(*constant.default_value).is_positive();
    symbols.add(constant.name,
                {Role::constant, {}, std::max(assumed[constant.name], positive ? Sign::positive : Sign::unknown)});
  }
  for (const auto& definition : layer.definitions) {
    Formula formula{definition.name, to_indices(definition.indices), algebra(definition.value)};
    std::vector<std::string> ranges;
    for (const auto& i : definition.indices) ranges.push_back(i.range);
    symbols.add(definition.name,
                {Role::definition, ranges, std::max(assumed[definition.name], sign_of_definition(formula.value))});
    symbols.add("d" + definition.name, {Role::gradient, ranges, Sign::unknown});
    result.definitions.push_back(std::move(formula));
  }
  for (const auto& assumption : layer.assumptions) {
    if (assumption.relation != language::Relation::equal) continue;
    result.facts.push_back({algebra(assumption.left), algebra(assumption.right)});
  }
  return result;
}

/// The expression's value where every constant is what it is by default; nullopt where that is not a rational number.
std::optional<numeric> default_value(const Expr& e, const language::Layer& layer) {
  std::set<std::string> names;
  language::collect_names(e, names);
  SymbolTable symbols;
  std::map<std::string, numeric> values;
  for (const auto& constant : layer.constants) {
    if (names.erase(constant.name) == 0) continue;
    if (!constant.default_value) return std::nullopt;
    values.emplace(constant.name, exact_number(*constant.default_value));
    symbols.add(constant.name, {Role::constant, {}, Sign::unknown});
  }
  if (!names.empty()) return std::nullopt;
  ex value = to_algebra(e, symbols);
  for (const auto& [name, number] : values)
    value = replace_accesses(value, name, [&number = number](const Access&) { return ex(number); });
  if (!is<numeric>(value) || !ex_to<numeric>(value).is_rational()) return std::nullopt;
  return ex_to<numeric>(value);
}

bool holds(const numeric& left, language::Relation relation, const numeric& right) {
  switch (relation) {
    case language::Relation::less:
      return left < right;
    case language::Relation::less_equal:
      return left <= right;
    case language::Relation::greater:
      return left > right;
    case language::Relation::greater_equal:
      return left >= right;
    case language::Relation::equal:
      break;
  }
  return left.is_equal(right);
}

/// Reports assumptions that the constants' defaults break.
void check_defaults(const language::Layer& layer, language::Diagnostics& diagnostics) {
  for (const language::Assumption& assumption : layer.assumptions) {
    try {
      const auto left = default_value(assumption.left, layer), right = default_value(assumption.right, layer);
      if (!left || !right || holds(*left, assumption.relation, *right)) continue;
      diagnostics.add(
          assumption.span, "the constants' defaults do not obey this",
          fmt::format("with them the left side is {} and the right side {}", left->to_double(), right->to_double()));
    } catch (const Error& error) {
      diagnostics.add(error.span, error.message);
    } catch (const GiNaC::pole_error&) {
      diagnostics.add(assumption.span, "with the constants' defaults this divides by 0");
    }
  }
}

}  // namespace

Error::Error(language::Span place, const std::string& what_is_wrong)
    : std::runtime_error(with_place(place, what_is_wrong)), span(place), message(what_is_wrong) {}

void check_formulas(const language::Layer& layer, language::Diagnostics& diagnostics) {
  (void)taken_over(layer, [&](const Error& error) { diagnostics.add(error.span, error.message); });
  check_defaults(layer, diagnostics);
}

LayerFormulas formulas_of(const language::Layer& layer) {
  return taken_over(layer, [](const Error& error) { throw Error(error); });
}

}  // namespace chalktape::notation
