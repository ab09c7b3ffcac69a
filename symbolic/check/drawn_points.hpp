// Random points that obey a layer's assumptions, with the layer's values and true gradients at them.
//
// The same seed gives the same points on every machine.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "symbolic/check/sample.hpp"

namespace chalktape::check {

/// Sizes by symbol, or the least that they may be.
using SizeMap = std::map<std::string, std::int64_t>;

/// Sizes from `low` to `high`, none below its `least`; those of `fixed` are what it says. Where a layer would take more
/// operations on numbers, some are made smaller.
struct SizeRange {
  std::int64_t low = 2, high = 4;
  SizeMap least{}, fixed{};
  double operations = 0;  ///< 0 for any number
  [[nodiscard]] SizeMap draw(const language::Layer& layer, engine::Random& random) const;
};

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

 private:
  language::Expr left_;
  typename Point<Field>::Array truth_;
};

using ModularPoint = DrawnPoint<Modular>;

/// How a point is drawn, so that it can be drawn again with more digits.
struct NumericDraw {
  std::uint64_t seed = 0;
  SizeMap sizes{};
  Manner manner{};
};

/// A point that is made with as many digits as it takes.
class NumericPoint {
 public:
  /// The layer and the definitions must outlive the point.
  NumericPoint(const language::Layer& layer, const std::vector<language::Definition>& introduced, NumericDraw how)
      : layer_(layer), introduced_(introduced), draw_(std::move(how)) {}

  [[nodiscard]] const NumericDraw& how() const { return draw_; }
  [[nodiscard]] const SizeMap& sizes() const { return draw_.sizes; }
  [[nodiscard]] bool is_ill_conditioned() const;
  /// A point nearby, with nothing where it is by chance.
  [[nodiscard]] NumericPoint nudged() const;
  /// The point with so many digits, made once. Throws Redraw, Imprecise, NotApplicable or CLN's exceptions.
  DrawnPoint<Digits>& with(int digits);
  /// With 70 digits, or 600 where it takes more. Throws the same.
  DrawnPoint<Digits>& with_enough();
  /// The same with what the numbers of border points need: see Digits::round_to_borders.
  DrawnPoint<Digits>& on_borders();

 private:
  std::unique_ptr<DrawnPoint<Digits>> make(int digits, bool on_borders) const;

  const language::Layer& layer_;
  const std::vector<language::Definition>& introduced_;
  NumericDraw draw_;
  std::map<int, std::unique_ptr<DrawnPoint<Digits>>> by_digits_;
  std::unique_ptr<DrawnPoint<Digits>> on_borders_;
};

/// What f finds at a point; nothing where something has no value there, or none that this arithmetic can tell.
template <class F>
auto where_defined(const F& f) -> std::optional<decltype(f())> {
  try {
    return f();
  } catch (const Redraw&) {
  } catch (const Imprecise&) {
  } catch (const NotApplicable&) {
  } catch (const cln::runtime_exception&) {
  }
  return std::nullopt;
}

/// The digits that a point is tried with, one after the other.
inline constexpr int numbers_of_digits[] = {Digits::carried, Digits::decisive, Digits::most_carried};

/// "D = 3, N = 2".
std::string described(const SizeMap& sizes);

/// The assumption that the point does not obey, if there is one. In F_p there is no order to test.
template <class Field>
const language::Assumption* broken_assumption(const language::Layer& layer, DrawnPoint<Field>& drawn);
extern template const language::Assumption* broken_assumption(const language::Layer&, DrawnPoint<Modular>&);
extern template const language::Assumption* broken_assumption(const language::Layer&, DrawnPoint<Digits>&);

/// In F_p at these sizes. Null where none is found in many draws: the layer's roots or powers have no meaning there.
/// Throws NotApplicable.
std::unique_ptr<ModularPoint> draw_modular(const language::Layer& layer,
                                           const std::vector<language::Definition>& introduced, engine::Random& random,
                                           const SizeRange& range);

/// At random sizes in the range, in the manner given, or where the layer has no value so drawn, in another one. Null,
/// and why in `reason`, where no attempt succeeds.
std::unique_ptr<NumericPoint> draw_numeric(const language::Layer& layer,
                                           const std::vector<language::Definition>& introduced, engine::Random& random,
                                           const Manner& manner, const SizeRange& sizes, std::string& reason);

/// The point of that draw; null where it has no value or breaks an assumption.
std::unique_ptr<NumericPoint> point_of(const language::Layer& layer,
                                       const std::vector<language::Definition>& introduced, NumericDraw how);

}  // namespace chalktape::check
