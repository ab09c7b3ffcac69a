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
  bool is_piecewise = false;                   ///< through signs or extrema: it may be 0 on a whole side of a border
  /// Of a constant: what it is by default.
  std::optional<cln::cl_RA> by_default{};
};

/// Real points that obey the layer's assumptions, at which generators and polynomials are evaluated. They bear witness
/// that something is not 0 for all inputs, and tell apart what need not be compared exactly.
class Witness {
 public:
  /// Values carry so many decimal digits.
  Witness(const language::Layer& layer, std::map<std::string, std::int64_t> sizes, Ring& ring,
          const std::vector<Generator>& generators, int digits);

  /// Whether p is certainly not 0 at one of `points` points.
  bool is_nonzero(const Polynomial& p, std::size_t points = 3);
  /// Whether p and q, or the one and minus the other, may be the same: 1 or −1; 0 where they differ at a point.
  int may_equal(const Polynomial& p, const Polynomial& q);

 private:
  struct Point {
    Point(std::uint64_t seed, int digits) : field(seed, digits) {}
    Digits field;
    PointData<Digits> data;
    std::vector<std::optional<Ball>> values;  ///< by generator
  };

  Point& point(std::size_t i);
  Ball evaluate(Point& at, const Polynomial& p);
  const Ball& value_of(Point& at, int generator);
  static Ball drawn(Point& at, const Generator& g);
  Ball computed(Point& at, const Generator& g);
  Ball call(Point& at, const Generator& g);
  /// Calls f with the i-th point, drawing another one in its place where something has no value there.
  template <class F>
  auto at_point(std::size_t i, const F& f);

  const language::Layer& layer_;
  std::map<std::string, std::int64_t> sizes_;
  Ring& ring_;
  const std::vector<Generator>& generators_;
  int digits_;
  std::vector<std::unique_ptr<Point>> points_;
  int draws_ = 0;
};

}  // namespace chalktape::check
