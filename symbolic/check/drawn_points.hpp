// Random points that obey a layer's assumptions, with the layer's values and true gradients at them.
//
// The same seed gives the same points on every machine.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "symbolic/check/sample.hpp"

namespace chalktape::check {

/// Sizes by symbol, or the least that they may be.
using SizeMap = std::map<std::string, std::int64_t>;

template <class Field>
struct DrawnPoint {
  DrawnPoint(Field f, SizeMap s) : field(std::move(f)), sizes(std::move(s)) {}

  /// `left` at all values of its indices. The steps of a derivation have one left side: its values are kept.
  const typename Point<Field>::Array& truth(const std::vector<language::Index>& indices, const language::Expr& left) {
    if (left != left_) {
      truth_ = point->evaluate(indices, left);
      left_ = left;
    }
    return truth_;
  }

  Field field;
  SizeMap sizes;
  std::unique_ptr<Point<Field>> point;
  bool ill_conditioned = false;

 private:
  language::Expr left_;
  typename Point<Field>::Array truth_;
};

using ModularPoint = DrawnPoint<Modular>;

/// How a point is drawn, so that it can be drawn again with more digits.
struct NumericDraw {
  std::uint64_t seed = 0;
  SizeMap sizes{};
  Spread spread = Spread::mixed;
  bool shifted = false;
};

struct NumericPoint : DrawnPoint<Digits> {
  NumericPoint(NumericDraw d, int digits) : DrawnPoint(Digits(d.seed, digits), d.sizes), draw(std::move(d)) {}
  NumericDraw draw;
  std::map<int, std::unique_ptr<NumericPoint>> precise{};  ///< the same with more digits, once they are asked for
};

/// |a − b| / max(1, |a| + |b|).
double error_of(const Digits::Element& a, const Digits::Element& b);

/// What rounding may do to 70 digits at a point with mean/std = 1000 and cancellations of its own. A formula that is
/// wrong is wrong by far more at one of the points.
inline constexpr double digits_tolerance = 1e-40;

/// At a point with exp(1000) a right formula may lose all of the 70; whether it is wrong is then asked with these, and
/// for exp(exp(…)) and its like once more.
inline constexpr int more_digits[] = {600, Digits::most_carried};

/// How many points a formula is tried at.
inline constexpr int modular_points = 8, numeric_points = 3;

/// "D = 3, N = 2".
std::string described(const SizeMap& sizes);

/// The assumption that the point does not obey, if there is one. In F_p there is no order to test.
template <class Field>
const language::Assumption* broken_assumption(const language::Layer& layer, DrawnPoint<Field>& drawn);
extern template const language::Assumption* broken_assumption(const language::Layer&, DrawnPoint<Modular>&);
extern template const language::Assumption* broken_assumption(const language::Layer&, DrawnPoint<Digits>&);

/// In F_p at sizes 2 to 3, none below `least`. Null where none is found in many draws: the layer's roots or powers have
/// no meaning there. Throws NotApplicable.
std::unique_ptr<ModularPoint> draw_modular(const language::Layer& layer,
                                           const std::vector<language::Definition>& introduced, engine::Random& random,
                                           const SizeMap& least = {});

/// With 70 digits at random sizes of 2 to 4, none below `least`, or, where there are any, at `fixed_sizes`. Where
/// something in the layer has more than three indices, or a formula for which the point is meant (`rank`), sizes are at
/// most 3. Null, and why in `reason`, where no attempt succeeds.
std::unique_ptr<NumericPoint> draw_numeric(const language::Layer& layer,
                                           const std::vector<language::Definition>& introduced, engine::Random& random,
                                           bool shifted, std::string& reason, const SizeMap& fixed_sizes = {},
                                           const SizeMap& least = {}, std::size_t rank = 0);

/// All points in F_p, as far as they can be had; none where that test does not apply to the layer.
std::vector<std::unique_ptr<ModularPoint>> draw_modular_points(const language::Layer& layer,
                                                               const std::vector<language::Definition>& introduced,
                                                               engine::Random& random, const SizeMap& least = {});

/// All points with digits, the last one ill-conditioned where the layer has a value there; none, and why in `reason`,
/// where one cannot be had.
std::vector<std::unique_ptr<NumericPoint>> draw_numeric_points(const language::Layer& layer,
                                                               const std::vector<language::Definition>& introduced,
                                                               engine::Random& random, std::string& reason,
                                                               const SizeMap& least = {}, std::size_t rank = 0);

/// The same point with more digits, made once. Throws Redraw.
NumericPoint& with_digits(NumericPoint& at, const language::Layer& layer,
                          const std::vector<language::Definition>& introduced, int digits);

/// The largest `error_of` between the entries of the two. Throws Redraw, or CLN's exceptions.
double worst_error(NumericPoint& at, const std::vector<language::Index>& indices, const language::Expr& left,
                   const language::Expr& right);

/// The point of that draw. Throws Redraw.
std::unique_ptr<NumericPoint> point_of(const language::Layer& layer,
                                       const std::vector<language::Definition>& introduced, NumericDraw how,
                                       int digits);

}  // namespace chalktape::check
