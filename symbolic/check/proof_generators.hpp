// The generators of a proof's ring, and real points at which they have values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "symbolic/check/fields.hpp"
#include "symbolic/check/proof_ring.hpp"
#include "symbolic/check/sample.hpp"

namespace chalktape::check {

/// What stands in for a number. Each refers only to generators before it.
struct Generator {
  enum class Relation {
    none,   ///< independent of all before it, as far as is known
    equal,  ///< it is the polynomial `value`
    power,  ///< its power of `degree` is the polynomial `value`
    sign,   ///< the sign σ of the generator g that `value` is: σ³ = σ, g·σ² = g
  };
  Relation relation = Relation::none;
  Polynomial value{};
  int degree = 0;
  /// Of a named sum: what was named. `value` may put it down to other sums.
  Polynomial sum{};
  /// Where not empty, the function of `arguments` that it is: of the language, or "reduce max", "reduce min".
  std::string function{};
  std::vector<Polynomial> arguments{};
  /// Of a symbol: which entry of which array it is; the position is not needed for a constant or π.
  std::string name{};
  std::size_t position = 0;
  enum class Source { none, tensor, constant, upstream, pi } source = Source::none;

  bool nonnegative = false, positive = false;  ///< provably, for all inputs
  bool involves_sign = false;                  ///< so that a product with it may be 0 where no factor is
};

/// Real points that obey the layer's assumptions, at which generators and polynomials are evaluated. They bear witness
/// that something is not 0 for all inputs, and tell apart what need not be compared exactly.
class Witness {
 public:
  /// Whether the digits that a sum has lost are known of as lost where its name is used: else with what is left of
  /// 1 − tanh(x)^2 at a large x a right formula looks wrong. Estimates so cautious tell less apart.
  enum class Rounding { forgotten, followed };

  /// Values carry so many decimal digits; a sum that is smaller than its terms by all of them but 50 is taken for 0.
  Witness(const language::Layer& layer, std::map<std::string, std::int64_t> sizes, Ring& ring,
          const std::vector<Generator>& generators, int digits, Rounding rounding);

  /// Whether p has a value other than 0 at one of `points` points, by far more than rounding can do.
  bool is_nonzero(const Polynomial& p, std::size_t points = 3);
  /// Whether p and q, or the one and minus the other, may be the same: 1 or −1; 0 where they differ at a point.
  int may_equal(const Polynomial& p, const Polynomial& q);

 private:
  using Number = Digits::Element;
  /// A value, and the sum of its terms' magnitudes, of which rounding is a part; where rounding is followed through
  /// names and functions, how large the value would be if nothing had cancelled on the way to it.
  struct Sum {
    Number value, magnitude;
  };
  struct Point {
    Point(std::uint64_t seed, int digits) : field(seed, digits) {}
    Digits field;
    PointData<Digits> data;
    std::vector<std::optional<Sum>> values;  ///< by generator
  };

  [[nodiscard]] bool is_negligible(const Number& value, const Number& magnitude) const;
  Point& point(std::size_t i);
  Sum evaluate(Point& at, const Polynomial& p);
  const Sum& value_of(Point& at, int generator);
  static Number drawn(Point& at, const Generator& g);
  Sum computed(Point& at, const Generator& g);
  Sum call(Point& at, const Generator& g);
  /// Calls f with the i-th point, drawing another one in its place where something has no value there.
  template <class F>
  auto at_point(std::size_t i, const F& f);

  const language::Layer& layer_;
  std::map<std::string, std::int64_t> sizes_;
  Ring& ring_;
  const std::vector<Generator>& generators_;
  int digits_;
  Rounding rounding_;
  Number negligible_;  ///< part of a sum's terms
  std::vector<std::unique_ptr<Point>> points_;
  int draws_ = 0;
};

}  // namespace chalktape::check
