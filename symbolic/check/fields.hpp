// The numbers in which identities are tested: residues modulo a prime, and long floating-point numbers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <cln/cln.h>

#include "engine/tensor/random.hpp"
#include "symbolic/check/ball.hpp"
#include "symbolic/notation/algebra.hpp"

namespace chalktape::check {

/// These numbers will not do (a divisor is 0, a radicand has no root): draw others.
struct Redraw : std::runtime_error {
  explicit Redraw(const std::string& what, std::uint64_t r = 0) : std::runtime_error(what), residue(r) {}
  std::uint64_t residue;  ///< in F_p: the number that would not do
};
/// The test cannot be made in this field at all.
struct NotApplicable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// F_p with p = 2^61 − 11913. Two formulas that differ agree at a random point with a probability of about degree/p.
/// Square roots are those of quadratic residues, chosen so that √a·√b = √(ab). To this p all numbers whose prime
/// factors are below 41 are residues, so that √(9x) = 3√x and √(N²) = N (to 2^61 − 1, a better-known prime, 3 is none).
/// Functions are random oracles, the same for equal arguments, and exp and log undo each other; relu, abs, max and min
/// are written by the oracle of step, as their derivatives are.
class Modular {
 public:
  using Element = std::uint64_t;
  static constexpr std::uint64_t prime = (std::uint64_t{1} << 61U) - 11913;

  explicit Modular(std::uint64_t seed) : random_(seed) {}

  static Element from(const GiNaC::numeric& n);
  static Element from(std::int64_t n);
  static Element add(Element a, Element b) { return reduced(a + b); }
  static Element subtract(Element a, Element b) { return reduced(a + prime - b); }
  static Element multiply(Element a, Element b);
  static Element divide(Element a, Element b);  ///< throws Redraw where b is 0
  /// base^(numerator/denominator); throws Redraw, or NotApplicable for other than square roots.
  static Element power(Element base, long numerator, long denominator);
  [[noreturn]] static Element power(Element base, Element exponent);
  Element call(const std::string& function, std::span<const Element> arguments);
  /// max or min of the entries: an oracle too.
  Element extremum(const std::string& reduction, std::span<const Element> entries);
  Element pi();
  /// Where positive, a square: the residues are to F_p what positive numbers are to the reals.
  Element draw(bool positive);
  static bool is_zero(Element a) { return a == 0; }

 private:
  Element oracle(const std::string& name, std::span<const Element> arguments);
  static Element reduced(Element below_twice_prime) {
    return below_twice_prime >= prime ? below_twice_prime - prime : below_twice_prime;
  }

  engine::Random random_;
  std::map<std::pair<std::string, std::vector<Element>>, Element> oracles_;
  std::map<Element, Element> exp_of_, log_of_;  ///< what one has given, the other takes back
};

/// With so many digits the sign of a number, or whether a divisor is 0, cannot be told: carry more.
struct Imprecise : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Balls whose middle has so many decimal digits. What comes out holds the true value, so that two that are apart are a
/// difference for certain; what overlaps is the same as far as these digits can tell.
class Digits {
 public:
  using Element = Ball;
  static constexpr int carried = 70, claimed = 50;
  /// Where 70 digits cannot decide: at a point with exp(1000) even a right formula may lose all of them. A number that
  /// is 0 to `decisive` digits, h_ik − h_ki of a symmetric h, is taken for 0; to `most_carried` in the end, where
  /// exponentials of exponentials, or numbers such as 1e-400, might hide in what `decisive` leave.
  static constexpr int decisive = 600, most_carried = 4000;

  explicit Digits(std::uint64_t seed, int digits = carried);

  [[nodiscard]] Element from(const GiNaC::numeric& n) const;
  [[nodiscard]] Element from(std::int64_t n) const;
  [[nodiscard]] Element from(double n) const;
  static Element add(const Element& a, const Element& b) { return a + b; }
  static Element subtract(const Element& a, const Element& b) { return a - b; }
  static Element multiply(const Element& a, const Element& b) { return a * b; }
  /// Throws Redraw where b is 0, Imprecise where it may be.
  static Element divide(const Element& a, const Element& b);
  /// Throws Redraw for a root of a negative number, Imprecise where it may be one.
  [[nodiscard]] Element power(const Element& base, long numerator, long denominator) const;
  [[nodiscard]] Element power(const Element& base, const Element& exponent) const;
  /// Throws Redraw, or Imprecise.
  [[nodiscard]] Element call(const std::string& function, std::span<const Element> arguments) const;
  [[nodiscard]] static Element extremum(const std::string& reduction, std::span<const Element> entries);
  [[nodiscard]] Element pi() const;
  /// Uniform in (−1, 1], or (0, 1] where positive; or from the grid. Exact.
  Element draw(bool positive);
  /// 2^k with k from −`most` to `most`.
  Element draw_power_of_two(int most);
  /// From here on draws are multiples of 1/denominator of at most `most` in magnitude; 0 only where `zero` allows it.
  void draw_from_grid(std::int64_t most, std::int64_t denominator, bool zero);
  static bool is_zero(const Element& a) { return a.is_zero(); }

  /// −1, 0 or 1. Throws Imprecise where that cannot be told.
  [[nodiscard]] int sign(const Element& x) const;
  /// Whether the sign of something was 0 so far: on a border, or because it is 0 for all inputs.
  [[nodiscard]] bool has_met_zero() const { return has_met_zero_; }
  /// From here on what is smaller than 10^−50 counts as 0: at a point that was put on a border by finding it.
  void round_to_borders() { rounds_to_borders_ = true; }

 private:
  [[nodiscard]] Element exponential(const Element& x) const;
  [[nodiscard]] Element logarithm(const Element& x) const;
  [[nodiscard]] Element root(const Element& x) const;

  struct Grid {
    std::int64_t most = 0, denominator = 1;
    bool zero = false;
  };

  mutable bool has_met_zero_ = false;
  bool rounds_to_borders_ = false;
  std::optional<Grid> grid_;
  engine::Random random_;
  int digits_;
  cln::float_format_t format_;
};

}  // namespace chalktape::check
