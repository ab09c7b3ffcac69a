#include "symbolic/lower/scalar.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "symbolic/lower/lower.hpp"

namespace chalktape::lower {
namespace {

using language::Kind;

struct Operator {
  char sign;
  int precedence;
};

Operator operator_of(Kind kind) {
  switch (kind) {
    case Kind::add:
      return {'+', 0};
    case Kind::subtract:
      return {'-', 0};
    case Kind::multiply:
      return {'*', 1};
    case Kind::divide:
      return {'/', 1};
    default:
      return {'^', 2};
  }
}

std::string wrapped(const Scalar& a, int needed) { return a.precedence < needed ? "(" + a.text + ")" : a.text; }

}  // namespace

double number_value(const std::string& written) {
  double value = 0;
  const char* const end = written.data() + written.size();
  const auto [stop, error] = std::from_chars(written.data(), end, value);
  if (error == std::errc::invalid_argument || stop != end) throw Error("'" + written + "' is not a number");
  if (error == std::errc::result_out_of_range) {
    // The language allows 60 digits, so only the exponent can have caused it.
    if (written.find("e-") == std::string::npos && written.find("E-") == std::string::npos)
      throw Error("the number " + written + " is too large for f64");
    return 0;
  }
  return value;
}

std::optional<double> written_number(const language::Expr& e) {
  if (e->kind == language::Kind::number) return number_value(e->name);
  if (e->kind != language::Kind::negate) return std::nullopt;
  const auto value = written_number(e->operands[0]);
  return value ? std::optional(-*value) : std::nullopt;
}

Scalar scalar_number(double value, std::string text) { return {value, std::move(text), value < 0 ? 0 : 3, false}; }

Scalar scalar_symbol(double value, std::string text) { return {value, std::move(text), 3, true}; }

Scalar negated(const Scalar& a) {
  if (!a.symbolic) return scalar_number(-a.value, fmt::format("{}", -a.value));
  return {-a.value, "-" + wrapped(a, 1), 0, true};
}

Scalar combined(Kind kind, const Scalar& a, const Scalar& b) {
  // 1 is what an empty product starts from; it is not worth a mention.
  if (kind == Kind::multiply && a.is(1)) return b;
  if ((kind == Kind::multiply || kind == Kind::divide) && b.is(1)) return a;
  double value = 0;
  switch (kind) {
    case Kind::add:
      value = a.value + b.value;
      break;
    case Kind::subtract:
      value = a.value - b.value;
      break;
    case Kind::multiply:
      value = a.value * b.value;
      break;
    case Kind::divide:
      value = a.value / b.value;
      break;
    default:
      value = std::pow(a.value, b.value);
      break;
  }
  const Operator op = operator_of(kind);
  // Left operands may be of the same precedence, right ones only where the operator is associative.
  const bool associative = kind == Kind::add || kind == Kind::multiply;
  const std::string text =
      wrapped(a, kind == Kind::power ? 3 : op.precedence) + op.sign + wrapped(b, op.precedence + (associative ? 0 : 1));
  if (!std::isfinite(value)) throw Error(text + " is not a finite number");
  if (!a.symbolic && !b.symbolic) return scalar_number(value, fmt::format("{}", value));
  return {value, text, op.precedence, true};
}

}  // namespace chalktape::lower
