// Numbers that know how wrong they may be: a midpoint with many digits, and a bound of its distance from the true
// value.
//
// What is guaranteed: the true value of every operation lies in the ball, so that two balls apart are two numbers that
// differ. It rests on CLN's arithmetic being rounded to the last place and on its functions being right but for 16
// bits. To what it is blind: balls that overlap may be two numbers or one.
#pragma once

#include <cstdint>

#include <cln/cln.h>

namespace chalktape::check {

/// A bound of a magnitude: mantissa · 2^exponent, exponents far beyond a double's. Results are rounded up, but for
/// those of `less`.
class Magnitude {
 public:
  Magnitude() = default;  ///< 0
  /// At least `value`, which is not negative.
  explicit Magnitude(double value) : Magnitude(value, 0) {}
  static Magnitude power_of_two(std::int64_t exponent) { return {1, exponent}; }
  /// At least |x|.
  static Magnitude above(const cln::cl_F& x);
  /// At most |x|.
  static Magnitude below(const cln::cl_F& x);

  [[nodiscard]] bool is_zero() const { return mantissa_ == 0; }
  /// Infinity or 0 where it is beyond a double.
  [[nodiscard]] double as_double() const;
  [[nodiscard]] Magnitude squared_root() const;
  /// At most this − other, and not below 0.
  [[nodiscard]] Magnitude less(const Magnitude& other) const;

  friend Magnitude operator+(const Magnitude& a, const Magnitude& b);
  friend Magnitude operator*(const Magnitude& a, const Magnitude& b);
  /// For an upper bound b is a lower one; not 0.
  friend Magnitude operator/(const Magnitude& a, const Magnitude& b);
  friend bool operator<(const Magnitude& a, const Magnitude& b);
  friend bool operator==(const Magnitude& a, const Magnitude& b) = default;

 private:
  Magnitude(double mantissa, std::int64_t exponent);
  double mantissa_ = 0;  ///< in [1/2, 1), or 0
  std::int64_t exponent_ = 0;
};

/// A real number within `radius` of `middle`. Two balls that share the object `middle` and have one radius are the same
/// number: whoever makes another number of a ball gives it another radius.
struct Ball {
  cln::cl_F middle;
  Magnitude radius{};

  [[nodiscard]] bool is_exact() const { return radius.is_zero(); }
  [[nodiscard]] bool is_zero() const { return is_exact() && cln::zerop(middle); }
  [[nodiscard]] bool contains_zero() const { return !(radius < Magnitude::below(middle)); }

  friend Ball operator+(const Ball& a, const Ball& b);
  friend Ball operator-(const Ball& a, const Ball& b);
  friend Ball operator-(const Ball& a) { return {-a.middle, a.radius}; }
  friend Ball operator*(const Ball& a, const Ball& b);
  /// b does not contain 0.
  friend Ball operator/(const Ball& a, const Ball& b);
};

/// |a − b| / max(1, |a| + |b|) of the middles.
double error_of(const Ball& a, const Ball& b);

/// The rounding error of a result x of one arithmetic operation.
Magnitude rounding_of(const cln::cl_F& x);
/// The error of a function of CLN's whose result is of magnitude `scale`.
Magnitude error_of_function(const Magnitude& scale, const cln::cl_F& result);

}  // namespace chalktape::check
