#include "symbolic/check/fields.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "engine/ops/functions.hpp"
#include "symbolic/check/by_definition.hpp"

namespace chalktape::check {

using GiNaC::numeric;

// ---- F_p

namespace {

Modular::Element to_power(Modular::Element base, std::uint64_t exponent) {
  Modular::Element result = 1;
  for (; exponent != 0; exponent >>= 1U) {
    if ((exponent & 1U) != 0U) result = Modular::multiply(result, base);
    base = Modular::multiply(base, base);
  }
  return result;
}

/// An inverse takes a hundred products, and formulas divide by the same few numbers entry after entry: by sizes, by
/// roots of variances.
Modular::Element inverse(Modular::Element b) {
  struct Known {
    Modular::Element number = 1, inverse = 1;
  };
  thread_local std::array<Known, 1024> known;
  Known& slot = known[b % known.size()];
  if (slot.number != b) slot = {b, to_power(b, Modular::prime - 2)};
  return slot.inverse;
}

Modular::Element residue(const numeric& integer) {
  static const numeric prime(std::to_string(Modular::prime).c_str());
  return cln::cl_I_to_UQ(cln::the<cln::cl_I>(GiNaC::mod(integer, prime).to_cl_N()));
}

}  // namespace

Modular::Element Modular::multiply(Element a, Element b) {
  // Modulo the prime 2^61 is a small number, so the high part of a product, times it, may be added to the low one;
  // twice.
  __extension__ using Wide = unsigned __int128;
  constexpr Element power = Element{1} << 61U, low = power - 1;
  const auto folded = [](Wide n) { return (n & low) + (n >> 61U) * (power - prime); };
  return reduced(static_cast<Element>(folded(folded(static_cast<Wide>(a) * b))));
}

Modular::Element Modular::divide(Element a, Element b) {
  if (b == 0) throw Redraw("a divisor is 0");
  return multiply(a, inverse(b));
}

Modular::Element Modular::from(const numeric& n) {
  return n.is_integer() ? residue(n) : divide(residue(n.numer()), residue(n.denom()));
}

Modular::Element Modular::from(std::int64_t n) {
  constexpr auto p = static_cast<std::int64_t>(prime);
  return static_cast<Element>((n % p + p) % p);
}

Modular::Element Modular::power(Element base, long numerator, long denominator) {
  if (denominator != 1 && denominator != 2) throw NotApplicable("only square roots are unique in F_p");
  if (denominator == 2) {
    // p ≡ 3 mod 4: of the two roots this one is itself a residue, so that roots multiply.
    const Element root = to_power(base, (prime + 1) / 4);
    if (multiply(root, root) != base) throw Redraw("a radicand is not a residue", base);
    base = root;
  }
  const Element result = to_power(base, static_cast<std::uint64_t>(numerator < 0 ? -numerator : numerator));
  return numerator < 0 ? divide(1, result) : result;
}

Modular::Element Modular::power(Element /*base*/, Element /*exponent*/) {
  throw NotApplicable("a power with a variable exponent has no meaning in F_p");
}

Modular::Element Modular::oracle(const std::string& name, std::span<const Element> arguments) {
  std::vector<Element> key(arguments.begin(), arguments.end());
  const auto [entry, is_new] = oracles_.try_emplace({name, std::move(key)}, 0);
  if (is_new) entry->second = random_.bits() % prime;
  return entry->second;
}

Modular::Element Modular::call(const std::string& function, std::span<const Element> arguments) {
  const Element x = arguments[0];
  const auto step = [&](Element e) { return e == 0 ? 0 : oracle("step", std::span(&e, 1)); };
  if (function == "stop") return x;
  if (function == "step") return step(x);
  if (function == "relu") return multiply(x, step(x));
  if (function == "abs") return multiply(x, subtract(step(x), step(subtract(0, x))));
  if (function == "max" || function == "min") {
    // a where a > b, b where b > a, their mean where they tie.
    const Element gap = function == "max" ? subtract(x, arguments[1]) : subtract(arguments[1], x);
    const Element weight = divide(add(1, subtract(step(gap), step(subtract(0, gap)))), 2);
    return add(multiply(weight, x), multiply(subtract(1, weight), arguments[1]));
  }
  if (x == 0 && arguments.size() == 1) {
    if (const auto known = notation::value_at_zero(function)) return from(*known);
  }
  if (function == "exp" && exp_of_.contains(x)) return exp_of_[x];
  if (function == "log" && log_of_.contains(x)) return log_of_[x];
  const Element value = oracle(function, arguments);
  // What is positive is a square, so that √(e²) = e.
  const engine::Function* const known = engine::find_unary_function(function);
  const bool positive = known != nullptr && known->value_sign == engine::ValueSign::positive;
  const Element result = positive ? multiply(value, value) : value;
  if (function == "exp") log_of_.emplace(result, x);
  if (function == "log") exp_of_.emplace(result, x);
  return result;
}

Modular::Element Modular::extremum(const std::string& reduction, std::span<const Element> entries) {
  // An extremum depends neither on the order nor on how often a value occurs, and that of one value is the value.
  std::vector<Element> sorted(entries.begin(), entries.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  if (sorted.size() == 1) return sorted.front();
  return oracle("reduce " + reduction, sorted);
}

Modular::Element Modular::pi() {
  const Element root = oracle("pi", {});  // a square, so that it has a root
  return multiply(root, root);
}

Modular::Element Modular::draw(bool positive) {
  const Element value = random_.bits() % prime;
  return positive ? multiply(value, value) : value;
}

// ---- 50 digits

namespace {

/// erf(x) = 2x/√π·exp(−x²)·Σ[n](2x²)ⁿ/(1·3·…·(2n + 1)), a series without cancellation: Abramowitz and Stegun, 7.1.6.
/// In fixed point a term costs one product, and a division by a small number. The distance from 1 is below exp(−x²):
/// for 70 digits it is 1 from 14 on.
cln::cl_F erf(const cln::cl_F& x, int digits, cln::float_format_t format) {
  const double magnitude = std::min(1e3, std::abs(cln::double_approx(x)));
  if (magnitude * magnitude > (digits + 15) * std::log(10.0))
    return cln::minusp(x) ? cln::cl_float(-1, format) : cln::cl_float(1, format);
  const auto wide = cln::float_format(static_cast<std::uintptr_t>(digits) + 10);
  const long bits = 10L * digits / 3 + 64;
  const cln::cl_F z = cln::cl_float(x, wide), square = z * z;
  const cln::cl_I twice_square = cln::round1(cln::scale_float(square, cln::cl_I(bits + 1)));
  cln::cl_I term = cln::ash(1, bits), total = term;
  for (long n = 1; !cln::zerop(term); ++n) {
    term = cln::floor1(cln::ash(term * twice_square, -bits), cln::cl_I(2 * n + 1));
    total = total + term;
  }
  const cln::cl_F sum = cln::scale_float(cln::cl_float(total, wide), cln::cl_I(-bits));
  return cln::cl_float(cln::cl_float(2, wide) * z * cln::exp(-square) * sum / cln::sqrt(cln::pi(wide)), format);
}

const Magnitude one_half(0.5), unity(1), two(2);

/// Whether what is left of 0 after `decisive` digits or more is far smaller than what layers come to. Never with fewer.
bool is_taken_for_zero(const Ball& x) {
  if (x.is_zero()) return true;
  const std::uintptr_t bits = cln::float_digits(x.middle);
  const auto bits_of = [](int digits) { return static_cast<std::uintptr_t>(digits * std::log2(10.0)); };
  if (bits < bits_of(Digits::decisive) || !x.contains_zero()) return false;
  return x.radius < Magnitude::power_of_two(bits < bits_of(Digits::most_carried) ? -1000 : -8000);
}

/// The radius of another number than the one whose middle it shares.
Magnitude widened(const Magnitude& radius) { return radius * Magnitude(1 + 0x1p-30); }

}  // namespace

Digits::Digits(std::uint64_t seed, int digits)
    : random_(seed), digits_(digits), format_(cln::float_format(static_cast<std::uintptr_t>(digits))) {}

Digits::Element Digits::from(const numeric& n) const {
  const cln::cl_RA exact = cln::the<cln::cl_RA>(n.to_cl_N());
  Ball ball{cln::cl_float(exact, format_), {}};
  if (cln::rational(ball.middle) != exact) ball.radius = rounding_of(ball.middle);
  return ball;
}
Digits::Element Digits::from(std::int64_t n) const {
  return {cln::cl_float(cln::cl_I(static_cast<long>(n)), format_), {}};
}
Digits::Element Digits::from(double n) const { return {cln::cl_float(cln::cl_DF(n), format_), {}}; }

int Digits::sign(const Element& x) const {
  const bool is_small = rounds_to_borders_ && cln::abs(x.middle) < cln::cl_float(1e-50, cln::float_format(30));
  if (!x.contains_zero() && !is_small) return cln::minusp(x.middle) ? -1 : 1;
  if (!is_small && !is_taken_for_zero(x)) throw Imprecise("whether a number is above 0 cannot be told");
  has_met_zero_ = true;
  return 0;
}

Digits::Element Digits::exponential(const Element& x) const {
  // What is smaller than the numbers have exponents for is 0, and a bit: tanh(exp(1000)) is 1, and no error.
  static const cln::cl_F least = cln::cl_F("-1e15");
  if (x.middle < least && x.radius < one_half * Magnitude::below(x.middle))
    return {cln::cl_float(cln::cl_I(0), format_), Magnitude::power_of_two(-700'000'000'000'000)};
  // CLN's exponents have 64 bits, and exp(1e50) wraps around without a word.
  static const cln::cl_F most = cln::cl_F("1e15");
  if (x.middle > most) throw Imprecise("an exponential is beyond what numbers have exponents for");
  // e^r − 1 ≤ 2r for r ≤ 1/2.
  if (!(x.radius < one_half)) throw Imprecise("an exponential's argument is not known to 1");
  const cln::cl_F value = cln::cl_float(cln::exp(x.middle), format_);
  const Magnitude magnitude = Magnitude::above(value);
  // The argument is reduced by a multiple of log 2 as large as itself.
  const Magnitude reduced = magnitude * (Magnitude::above(x.middle) + unity);
  return {value, two * x.radius * magnitude + error_of_function(reduced, value)};
}

Digits::Element Digits::logarithm(const Element& x) const {
  const bool is_zero = is_taken_for_zero(x);
  if (x.contains_zero() && !is_zero) throw Imprecise("whether a logarithm's argument is above 0 cannot be told");
  if (is_zero || !cln::plusp(x.middle)) throw Redraw("the logarithm of a number that is not positive");
  const cln::cl_F value = cln::cl_float(cln::ln(x.middle), format_);
  const Magnitude spread = x.radius / Magnitude::below(x.middle).less(x.radius);
  return {value, spread + error_of_function(Magnitude::above(value) + unity, value)};
}

Digits::Element Digits::root(const Element& x) const {
  if (x.is_zero()) return x;
  if (is_taken_for_zero(x)) {
    has_met_zero_ = true;
    return from(std::int64_t{0});
  }
  if (x.contains_zero()) throw Imprecise("whether a radicand is negative cannot be told");
  if (cln::minusp(x.middle)) throw Redraw("the root of a negative number");
  const cln::cl_F value = cln::cl_float(cln::sqrt(x.middle), format_);
  // √m − √(m − r) ≤ r/√m.
  return {value, x.radius / Magnitude::below(value) + rounding_of(value) + rounding_of(value)};
}

Digits::Element Digits::divide(const Element& a, const Element& b) {
  if (is_taken_for_zero(b)) throw Redraw("a divisor is 0");
  if (b.contains_zero()) throw Imprecise("whether a divisor is 0 cannot be told");
  return a / b;
}

Digits::Element Digits::power(const Element& base, long numerator, long denominator) const {
  if (base.is_zero()) {
    if (numerator < 0) throw Redraw("a divisor is 0");
    return numerator == 0 ? from(std::int64_t{1}) : base;
  }
  if (denominator > 2) {
    if (!base.contains_zero() && cln::minusp(base.middle)) throw Redraw("the root of a negative number");
    return exponential(divide(from(std::int64_t{numerator}), from(std::int64_t{denominator})) * logarithm(base));
  }
  Element factor = denominator == 2 ? root(base) : base;
  std::optional<Element> product;
  for (auto left = static_cast<unsigned long>(std::labs(numerator)); left != 0; left >>= 1U) {
    if ((left & 1U) != 0) product = product ? *product * factor : factor;
    if (left > 1) factor = factor * factor;
  }
  if (!product) return from(std::int64_t{1});
  return numerator < 0 ? divide(from(std::int64_t{1}), *product) : *product;
}

Digits::Element Digits::power(const Element& base, const Element& exponent) const {
  // A whole exponent needs no logarithm, nor does a power of 0.
  static const cln::cl_F most_repeated = cln::cl_F("1e6");
  if (exponent.is_exact() && cln::abs(exponent.middle) <= most_repeated) {
    const cln::cl_I whole = cln::round1(exponent.middle);
    if (exponent.middle == whole) return power(base, cln::cl_I_to_long(whole), 1);
  }
  if (base.is_zero()) {
    if (sign(exponent) <= 0) throw Redraw("a divisor is 0");
    return base;
  }
  return exponential(exponent * logarithm(base));
}

Digits::Element Digits::call(const std::string& function, std::span<const Element> arguments) const {
  const Element& x = arguments[0];
  const Element one = from(std::int64_t{1});
  const bool is_negative = cln::minusp(x.middle);  // of two forms that hold everywhere, the one that does not overflow
  if (function == "exp") return exponential(x);
  if (function == "log") return logarithm(x);
  if (function == "sqrt") return power(x, 1, 2);
  if (function == "sin" || function == "cos") {
    const cln::cl_F value = cln::cl_float(function == "sin" ? cln::sin(x.middle) : cln::cos(x.middle), format_);
    return {value, x.radius + error_of_function(Magnitude::above(x.middle) + unity, value)};
  }
  if (function == "tanh") {
    if (cln::abs(x.middle) < one.middle) {
      const cln::cl_F value = cln::cl_float(cln::sinh(x.middle), format_) / cln::cl_float(cln::cosh(x.middle), format_);
      return {value, x.radius + error_of_function(Magnitude::above(value), value)};
    }
    const Element e = exponential(from(std::int64_t{is_negative ? 2 : -2}) * x);
    return is_negative ? (e - one) / (one + e) : (one - e) / (one + e);
  }
  if (function == "sigmoid") {
    const Element e = exponential(is_negative ? x : -x);
    return is_negative ? e / (one + e) : one / (one + e);
  }
  if (function == "softplus") {
    const Element e = exponential(is_negative ? x : -x);
    // log(1 + e) = 2 artanh(e/(2 + e)), which loses nothing where e is small; its slope is at most 1.
    const cln::cl_F part = e.middle / (one.middle + one.middle + e.middle);
    const cln::cl_F half = cln::cl_float(cln::realpart(cln::atanh(part)), format_);
    const Ball small{half + half, e.radius + error_of_function(Magnitude::above(half) * two, half)};
    return is_negative ? small : x + small;
  }
  if (function == "erf") {
    const cln::cl_F value = erf(x.middle, digits_, format_);
    return {value, two * x.radius + error_of_function(Magnitude::above(value), value)};
  }
  if (function == "abs") {
    if (!x.contains_zero()) return is_negative ? -x : x;
    return {cln::abs(x.middle), widened(x.radius)};
  }
  if (function == "relu") {
    const Element zero = from(std::int64_t{0});
    if (!x.contains_zero()) return is_negative ? zero : x;
    return {is_negative ? zero.middle : x.middle, widened(x.radius)};
  }
  if (function == "step") return sign(x) > 0 ? one : from(std::int64_t{0});
  if (function == "stop") return x;
  if (function == "max" || function == "min") return extremum(function, arguments);
  if (const auto value = by_definition(*this, function, x)) return *value;
  throw NotApplicable("no 50-digit form of the function " + function);
}

Digits::Element Digits::extremum(const std::string& reduction, std::span<const Element> entries) {
  const auto less = [](const Element& a, const Element& b) { return a.middle < b.middle; };
  const auto found = reduction == "max" ? std::max_element(entries.begin(), entries.end(), less)
                                        : std::min_element(entries.begin(), entries.end(), less);
  Element result = *found;
  bool is_known = true;
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    if (entry == found || !(*entry - *found).contains_zero()) continue;
    if ((*entry - *found).is_zero()) continue;
    is_known = false;
    if (result.radius < entry->radius) result.radius = entry->radius;
  }
  if (!is_known) result.radius = widened(result.radius);
  return result;
}

Digits::Element Digits::pi() const {
  const cln::cl_F value = cln::pi(format_);
  return {value, error_of_function(Magnitude::above(value), value)};
}

void Digits::draw_from_grid(std::int64_t most, std::int64_t denominator, bool zero) {
  grid_ = Grid{most * denominator, denominator, zero};
}

Digits::Element Digits::draw_power_of_two(int most) {
  const auto exponent = static_cast<long>(random_.between(-most, most));
  return {cln::scale_float(from(std::int64_t{1}).middle, cln::cl_I(exponent)), {}};
}

Digits::Element Digits::draw(bool positive) {
  if (grid_) {
    std::int64_t drawn = 0;
    do {
      drawn = random_.between(positive ? 1 : -grid_->most, grid_->most);
    } while (drawn == 0 && !grid_->zero);
    return from(numeric(static_cast<long>(drawn)) / numeric(static_cast<long>(grid_->denominator)));
  }
  constexpr int bits = 40;
  constexpr std::int64_t scale = std::int64_t{1} << bits;
  return {cln::scale_float(from(random_.between(positive ? 1 : 1 - scale, scale)).middle, cln::cl_I(-bits)), {}};
}

}  // namespace chalktape::check
