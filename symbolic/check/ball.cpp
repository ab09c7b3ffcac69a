#include "symbolic/check/ball.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace chalktape::check {

namespace {

/// More than a few operations on doubles may be off by, up and down.
constexpr double up = 1 + 0x1p-50, down = 1 - 0x1p-50;
/// Beyond that much between two exponents the smaller number is below what `up` adds.
constexpr std::int64_t negligible = 51;

/// The sum of m·2^e, rounded to nearest.
struct Scaled {
  double mantissa = 0;
  std::int64_t exponent = 0;
};

Scaled scaled(const cln::cl_F& x) {
  if (cln::zerop(x)) return {};
  const auto exponent = static_cast<std::int64_t>(cln::float_exponent(x));
  constexpr std::int64_t safe = 900;
  if (exponent > -safe && exponent < safe) {
    int own = 0;
    const double mantissa = std::frexp(std::abs(cln::double_approx(x)), &own);
    return {mantissa, own};
  }
  int own = 0;
  const double mantissa = std::frexp(std::abs(cln::double_approx(cln::scale_float(x, cln::cl_I(-exponent)))), &own);
  return {mantissa, exponent + own};
}

}  // namespace

Magnitude::Magnitude(double mantissa, std::int64_t exponent) {
  if (mantissa == 0) return;
  int own = 0;
  mantissa_ = std::frexp(mantissa, &own);
  exponent_ = exponent + own;
}

Magnitude Magnitude::above(const cln::cl_F& x) {
  const auto [mantissa, exponent] = scaled(x);
  return {mantissa * up, exponent};
}

Magnitude Magnitude::below(const cln::cl_F& x) {
  const auto [mantissa, exponent] = scaled(x);
  return {mantissa * down, exponent};
}

double Magnitude::as_double() const {
  constexpr std::int64_t most = 2000;
  return std::ldexp(mantissa_, static_cast<int>(std::clamp(exponent_, -most, most)));
}

Magnitude Magnitude::squared_root() const {
  const bool odd = exponent_ % 2 != 0;
  const std::int64_t even = odd ? exponent_ - 1 : exponent_;
  return {std::sqrt(odd ? mantissa_ * 2 : mantissa_) * up, even / 2};
}

Magnitude Magnitude::less(const Magnitude& other) const {
  if (other.is_zero()) return *this;
  if (is_zero() || other.exponent_ > exponent_) return {};
  if (exponent_ - other.exponent_ > negligible) return {mantissa_ * down, exponent_};
  const double rest = mantissa_ - std::ldexp(other.mantissa_, static_cast<int>(other.exponent_ - exponent_));
  return rest <= 0 ? Magnitude() : Magnitude(rest * down, exponent_);  // Sterbenz: where much cancels, nothing rounds
}

Magnitude operator+(const Magnitude& a, const Magnitude& b) {
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;
  const auto& [large, small] = a.exponent_ < b.exponent_ ? std::tie(b, a) : std::tie(a, b);
  if (large.exponent_ - small.exponent_ > negligible) return {large.mantissa_ * up, large.exponent_};
  const double sum = large.mantissa_ + std::ldexp(small.mantissa_, static_cast<int>(small.exponent_ - large.exponent_));
  return {sum * up, large.exponent_};
}

Magnitude operator*(const Magnitude& a, const Magnitude& b) {
  if (a.is_zero() || b.is_zero()) return {};
  return {a.mantissa_ * b.mantissa_ * up, a.exponent_ + b.exponent_};
}

Magnitude operator/(const Magnitude& a, const Magnitude& b) {
  if (a.is_zero()) return {};
  return {a.mantissa_ / b.mantissa_ * up, a.exponent_ - b.exponent_};
}

bool operator<(const Magnitude& a, const Magnitude& b) {
  if (a.is_zero() || b.is_zero()) return !b.is_zero();
  return a.exponent_ != b.exponent_ ? a.exponent_ < b.exponent_ : a.mantissa_ < b.mantissa_;
}

Magnitude rounding_of(const cln::cl_F& x) {
  if (cln::zerop(x)) return {};
  return Magnitude::power_of_two(static_cast<std::int64_t>(cln::float_exponent(x)) -
                                 static_cast<std::int64_t>(cln::float_digits(x)));
}

Magnitude error_of_function(const Magnitude& scale, const cln::cl_F& result) {
  constexpr std::int64_t bits_lost = 16;
  return scale * Magnitude::power_of_two(bits_lost - static_cast<std::int64_t>(cln::float_digits(result)));
}

double error_of(const Ball& a, const Ball& b) {
  const cln::cl_F scale = cln::abs(a.middle) + cln::abs(b.middle);
  const cln::cl_F difference = cln::abs(a.middle - b.middle);
  const bool small = scale < cln::cl_float(1, cln::float_format(30));
  return cln::double_approx(small ? difference : difference / scale);
}

namespace {

/// The rounding error of a sum of exact numbers: none where taking one of them away again leaves the other both ways,
/// D. Knuth's exact error of a sum. γ − 1 is exact for γ = 2, and a power with that exponent needs no logarithm.
Magnitude rounding_of_sum(const cln::cl_F& a, const cln::cl_F& b, const cln::cl_F& sum) {
  const cln::cl_F other = sum - a;
  return sum - other == a && b == other ? Magnitude() : rounding_of(sum);
}

/// From the first bit to the last one that is not 0.
std::uintptr_t significant_bits(const cln::cl_F& x) {
  return cln::zerop(x) ? 0 : cln::float_digits(x) - cln::ord2(cln::integer_decode_float(x).mantissa);
}

/// The same of a product: r·a − min(r, 6)·a is 0 and not just near it.
Magnitude rounding_of_product(const cln::cl_F& a, const cln::cl_F& b, const cln::cl_F& product) {
  return significant_bits(a) + significant_bits(b) <= cln::float_digits(product) ? Magnitude() : rounding_of(product);
}

}  // namespace

Ball operator+(const Ball& a, const Ball& b) {
  Ball sum{a.middle + b.middle, a.radius + b.radius};
  sum.radius = sum.radius + (a.is_exact() && b.is_exact() ? rounding_of_sum(a.middle, b.middle, sum.middle)
                                                          : rounding_of(sum.middle));
  return sum;
}

// The difference of a number and itself, max(a, b) − a, is 0 and not just near it.
Ball operator-(const Ball& a, const Ball& b) {
  Ball difference{a.middle - b.middle, {}};
  if (a.middle.word == b.middle.word && a.radius == b.radius) return difference;
  if (a.is_exact() && b.is_exact()) {
    difference.radius = rounding_of_sum(a.middle, -b.middle, difference.middle);
  } else {
    difference.radius = a.radius + b.radius + rounding_of(difference.middle);
  }
  return difference;
}

Ball operator*(const Ball& a, const Ball& b) {
  Ball product{a.middle * b.middle, {}};
  if (a.is_exact() && b.is_exact()) {
    product.radius = rounding_of_product(a.middle, b.middle, product.middle);
    return product;
  }
  product.radius = rounding_of(product.middle);
  if (!a.is_exact()) product.radius = product.radius + a.radius * Magnitude::above(b.middle);
  if (!b.is_exact()) product.radius = product.radius + b.radius * (Magnitude::above(a.middle) + a.radius);
  return product;
}

Ball operator/(const Ball& a, const Ball& b) {
  Ball quotient{a.middle / b.middle, {}};
  quotient.radius = rounding_of(quotient.middle);
  if (a.is_exact() && b.is_exact()) return quotient;
  const Magnitude off = a.radius + b.radius * (Magnitude::above(quotient.middle) + quotient.radius);
  quotient.radius = quotient.radius + off / Magnitude::below(b.middle).less(b.radius);
  return quotient;
}

}  // namespace chalktape::check
