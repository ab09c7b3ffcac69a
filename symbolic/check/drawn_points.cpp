#include "symbolic/check/drawn_points.hpp"

#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "symbolic/check/proof_sizes.hpp"

namespace chalktape::check {

namespace {

/// Draws for one point before F_p is given up: each root needs about two, and a layer may have a dozen roots.
constexpr int most_modular_draws = 20000, most_whole_draws = 256, most_mends = 512;
/// Draws of everything that find the same number without a root: it depends on nothing that is drawn.
constexpr int most_same_radicands = 16;
constexpr int most_numeric_draws = 200;
/// An assumption that is an equation holds at a point if its sides agree to so much.
constexpr double agreement = 1e-40;

bool holds(language::Relation relation, Modular::Element left, Modular::Element right) {
  return relation != language::Relation::equal || left == right;
}

bool holds(language::Relation relation, const Digits::Element& left, const Digits::Element& right) {
  switch (relation) {
    case language::Relation::less:
      return left.middle < right.middle;
    case language::Relation::less_equal:
      return left.middle <= right.middle;
    case language::Relation::greater:
      return left.middle > right.middle;
    case language::Relation::greater_equal:
      return left.middle >= right.middle;
    case language::Relation::equal:
      break;
  }
  return error_of(left, right) < agreement;
}

/// Whether some tensor's entries may lie around 1000: not where assumptions bound all of them on both sides.
bool can_be_shifted(const language::Layer& layer) {
  const auto bounds = bounds_of(layer);
  return std::any_of(layer.tensors.begin(), layer.tensors.end(), [&](const auto& tensor) {
    const auto own = bounds.find(tensor.name);
    return own == bounds.end() || !own->second.low || !own->second.high;
  });
}

/// Half of the attempts are made in the manner asked for, then in turn wherever a layer may be at home.
Manner manner_of(const Manner& wanted, int attempt) {
  if (attempt < most_numeric_draws / 2) return wanted;
  constexpr Spread spreads[] = {Spread::positive, Spread::negative, Spread::small, Spread::large};
  constexpr Constants constants[] = {Constants::by_default, Constants::above};
  Manner other = wanted;
  other.spread = spreads[attempt % 4];
  other.constants = constants[attempt / 4 % 2];
  return other;
}

/// Larger sizes are cut down, one after the other, where there would be more roots than draws can find residues for.
SizeMap with_few_roots(const language::Layer& layer, const SizeRange& range, SizeMap sizes) {
  constexpr std::int64_t always_allowed = 3;
  constexpr double most_roots = 4;
  for (const auto& size : layer.sizes) {
    const auto least = range.least.find(size);
    const std::int64_t lowest = std::max(always_allowed, least == range.least.end() ? 0 : least->second);
    const double with_size = roots_in(layer, sizes);
    if (with_size <= most_roots) break;
    SizeMap smaller = sizes;
    while (smaller[size] > lowest && roots_in(layer, smaller) > most_roots) --smaller[size];
    if (roots_in(layer, smaller) < with_size) sizes = std::move(smaller);
  }
  return sizes;
}

std::string domain_reason(const language::Assumption& broken) {
  return fmt::format(
      "the assumption in line {} does not hold at them (they are drawn to obey bounds on a tensor's entries, and "
      "what their sum, mean or sum of squares is)",
      broken.span.line);
}

}  // namespace

SizeMap SizeRange::draw(const language::Layer& layer, engine::Random& random) const {
  SizeMap sizes;
  for (const auto& size : layer.sizes) {
    const std::int64_t drawn = random.between(low, high);
    const auto bound = least.find(size);
    sizes[size] = bound == least.end() ? drawn : std::max(drawn, bound->second);
  }
  // One after the other: all sizes equal would not tell N from D, nor N·G from C·S.
  for (std::int64_t left = high * static_cast<std::int64_t>(sizes.size()); operations > 0 && left > 0; --left) {
    if (scalar_operations(layer, sizes) <= operations) break;
    const std::string& size =
        layer.sizes[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(sizes.size())))];
    const auto bound = least.find(size);
    if (sizes[size] > std::max(low, bound == least.end() ? low : bound->second)) --sizes[size];
  }
  for (const auto& [size, value] : fixed) sizes[size] = value;
  return sizes;
}

std::string described(const SizeMap& sizes) {
  std::string text;
  for (const auto& [name, value] : sizes) text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, value);
  return text;
}

/// The assumption that the point does not obey, if there is one. In F_p there is no order to test.
template <class Field>
const language::Assumption* broken_assumption(const language::Layer& layer, DrawnPoint<Field>& drawn) {
  for (const language::Assumption& a : layer.assumptions) {
    const auto left = drawn.point->evaluate(a.indices, a.left), right = drawn.point->evaluate(a.indices, a.right);
    for (std::size_t i = 0; i < left.entries.size(); ++i) {
      if (!holds(a.relation, left.entries[i].value, right.entries[i].value)) return &a;
    }
  }
  return nullptr;
}

template const language::Assumption* broken_assumption(const language::Layer&, DrawnPoint<Modular>&);
template const language::Assumption* broken_assumption(const language::Layer&, DrawnPoint<Digits>&);

std::unique_ptr<ModularPoint> draw_modular(const language::Layer& layer,
                                           const std::vector<language::Definition>& introduced, engine::Random& random,
                                           const SizeRange& range) {
  std::unique_ptr<ModularPoint> drawn;
  PointData<Modular> data;
  std::set<std::string> again;  // what to draw anew; everything, where it is empty
  int stuck = 0;                // draws for the same definition
  std::size_t stuck_at = 0;
  int same = 0;  // draws of everything that came to the same radicand
  std::uint64_t radicand = 0;
  for (int attempt = 0; attempt < most_modular_draws; ++attempt) {
    std::size_t reached = 0;
    try {
      if (again.empty()) {
        auto sizes = with_few_roots(layer, range, range.draw(layer, random));
        drawn = std::make_unique<ModularPoint>(Modular(random.bits()), std::move(sizes));
        data = draw(layer, drawn->sizes, drawn->field);
      } else {
        const auto fresh = draw(layer, drawn->sizes, drawn->field);
        for (const std::string& name : again) data.tensors[name] = fresh.tensors.at(name);
      }
      drawn->point = std::make_unique<Point<Modular>>(layer, introduced, drawn->field, drawn->sizes, data, &reached);
      if (broken_assumption(layer, *drawn) != nullptr) throw NotApplicable("an assumption cannot be obeyed in F_p");
      return drawn;
    } catch (const Redraw& reason) {
      if (again.empty()) {
        same = reason.residue == radicand ? same + 1 : 0;
        radicand = reason.residue;
        if (same > most_same_radicands) return nullptr;
      }
      // Some radicand was no residue: expected, and the reason why there is a cap. With r radicands a draw of
      // everything succeeds once in 2^r times, so where there are many, one after the other is put right.
      stuck = reached == stuck_at ? stuck + 1 : 0;
      stuck_at = reached;
      const bool whole = attempt < most_whole_draws || stuck > most_mends;
      again = whole ? std::set<std::string>() : tensors_of_its_own(layer, reached);
      if (again.empty()) stuck = 0;
    }
  }
  return nullptr;
}

// ---- points with digits

bool NumericPoint::is_ill_conditioned() const { return draw_.manner.shifted && can_be_shifted(layer_); }

NumericPoint NumericPoint::nudged() const {
  NumericDraw how = draw_;
  how.manner.nudged = true;
  return {layer_, introduced_, std::move(how)};
}

std::unique_ptr<DrawnPoint<Digits>> NumericPoint::make(int digits, bool on_borders) const {
  auto drawn = std::make_unique<DrawnPoint<Digits>>(Digits(draw_.seed, digits), draw_.sizes);
  if (on_borders) drawn->field.round_to_borders();
  const auto data = draw(layer_, drawn->sizes, drawn->field, draw_.manner);
  drawn->point = std::make_unique<Point<Digits>>(layer_, introduced_, drawn->field, drawn->sizes, data);
  return drawn;
}

DrawnPoint<Digits>& NumericPoint::with(int digits) {
  auto& drawn = by_digits_[digits];
  if (!drawn) drawn = make(digits, false);
  return *drawn;
}

DrawnPoint<Digits>& NumericPoint::with_enough() {
  try {
    return with(Digits::carried);
  } catch (const Imprecise&) {
  }
  return with(Digits::decisive);
}

DrawnPoint<Digits>& NumericPoint::on_borders() {
  if (!on_borders_) on_borders_ = make(Digits::carried, true);
  return *on_borders_;
}

namespace {

/// Why the point will not do; empty where it will.
std::string obstacle_of(const language::Layer& layer, NumericPoint& point) {
  try {
    const auto* broken = broken_assumption(layer, point.with_enough());
    return broken == nullptr ? "" : domain_reason(*broken);
  } catch (const Redraw& redraw) {
    return std::string(redraw.what()) + "; `assume x[i] > 0` keeps a tensor positive";
  } catch (const Imprecise&) {
    return "600 digits do not tell its numbers apart";
  } catch (const cln::runtime_exception& overflow) {
    return std::string("a number is too large: ") + overflow.what();
  }
}

}  // namespace

std::unique_ptr<NumericPoint> point_of(const language::Layer& layer,
                                       const std::vector<language::Definition>& introduced, NumericDraw how) {
  auto point = std::make_unique<NumericPoint>(layer, introduced, std::move(how));
  return obstacle_of(layer, *point).empty() ? std::move(point) : nullptr;
}

std::unique_ptr<NumericPoint> draw_numeric(const language::Layer& layer,
                                           const std::vector<language::Definition>& introduced, engine::Random& random,
                                           const Manner& manner, const SizeRange& sizes, std::string& reason) {
  for (int attempt = 0; attempt < most_numeric_draws; ++attempt) {
    SizeMap drawn = sizes.draw(layer, random);
    auto point = std::make_unique<NumericPoint>(
        layer, introduced, NumericDraw{random.bits(), std::move(drawn), manner_of(manner, attempt)});
    reason = obstacle_of(layer, *point);
    if (reason.empty()) return point;
  }
  return nullptr;
}

}  // namespace chalktape::check
