#include "symbolic/check/drawn_points.hpp"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace chalktape::check {

namespace {

/// Draws for one point before F_p is given up: each root needs about two, and a layer may have a dozen roots.
constexpr int most_modular_draws = 20000, most_whole_draws = 256, most_mends = 512;
/// Draws of everything that find the same number without a root: it depends on nothing that is drawn.
constexpr int most_same_radicands = 16;
constexpr int most_numeric_draws = 200;

SizeMap draw_sizes(const language::Layer& layer, engine::Random& random, std::int64_t low, std::int64_t high,
                   const SizeMap& least) {
  SizeMap sizes;
  for (const auto& size : layer.sizes) {
    const std::int64_t drawn = random.between(low, high);
    const auto bound = least.find(size);
    sizes[size] = bound == least.end() ? drawn : std::max(drawn, bound->second);
  }
  return sizes;
}

bool holds(language::Relation relation, Modular::Element left, Modular::Element right) {
  return relation != language::Relation::equal || left == right;
}

bool holds(language::Relation relation, const Digits::Element& left, const Digits::Element& right) {
  switch (relation) {
    case language::Relation::less:
      return left < right;
    case language::Relation::less_equal:
      return left <= right;
    case language::Relation::greater:
      return left > right;
    case language::Relation::greater_equal:
      return left >= right;
    case language::Relation::equal:
      break;
  }
  return error_of(left, right) < digits_tolerance;
}

/// Whether some tensor's entries may lie around 1000: not where assumptions bound all of them on both sides.
bool can_be_shifted(const language::Layer& layer) {
  const auto bounds = bounds_of(layer);
  return std::any_of(layer.tensors.begin(), layer.tensors.end(), [&](const auto& tensor) {
    const auto own = bounds.find(tensor.name);
    return own == bounds.end() || !own->second.low || !own->second.high;
  });
}

/// Where entries are drawn from: half of the attempts from (−1, 1], then in turn from wherever a layer may be at home.
Spread spread_of(int attempt) {
  constexpr Spread others[] = {Spread::positive, Spread::negative, Spread::small, Spread::large};
  return attempt < most_numeric_draws / 2 ? Spread::mixed : others[attempt % 4];
}

/// A formula takes time to the power of its indices.
std::int64_t largest_size(const language::Layer& layer, std::size_t rank) {
  for (const auto& tensor : layer.tensors) rank = std::max(rank, tensor.sizes.size());
  for (const auto& definition : layer.definitions) rank = std::max(rank, definition.indices.size());
  return rank < 4 ? 4 : 3;
}

}  // namespace

std::string described(const SizeMap& sizes) {
  std::string text;
  for (const auto& [name, value] : sizes) text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, value);
  return text;
}

double error_of(const Digits::Element& a, const Digits::Element& b) {
  const Digits::Element scale = cln::abs(a) + cln::abs(b);
  const Digits::Element difference = cln::abs(a - b);
  const bool small = scale < cln::cl_float(1, cln::float_format(30));
  return cln::double_approx(small ? difference : difference / scale);
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
                                           const SizeMap& least) {
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
        auto sizes = draw_sizes(layer, random, 2, 3, least);
        drawn = std::make_unique<ModularPoint>(Modular(random.bits()), std::move(sizes));
        data = draw(layer, drawn->sizes, drawn->field, Spread::mixed, false);
      } else {
        const auto fresh = draw(layer, drawn->sizes, drawn->field, Spread::mixed, false);
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

std::unique_ptr<NumericPoint> point_of(const language::Layer& layer,
                                       const std::vector<language::Definition>& introduced, NumericDraw how,
                                       int digits) {
  auto drawn = std::make_unique<NumericPoint>(std::move(how), digits);
  drawn->ill_conditioned = drawn->draw.shifted && can_be_shifted(layer);
  const auto data = draw(layer, drawn->sizes, drawn->field, drawn->draw.spread, drawn->draw.shifted);
  drawn->point = std::make_unique<Point<Digits>>(layer, introduced, drawn->field, drawn->sizes, data);
  return drawn;
}

std::unique_ptr<NumericPoint> draw_numeric(const language::Layer& layer,
                                           const std::vector<language::Definition>& introduced, engine::Random& random,
                                           bool shifted, std::string& reason, const SizeMap& fixed_sizes,
                                           const SizeMap& least, std::size_t rank) {
  for (int attempt = 0; attempt < most_numeric_draws; ++attempt) {
    auto sizes = fixed_sizes.empty() ? draw_sizes(layer, random, 2, largest_size(layer, rank), least) : fixed_sizes;
    NumericDraw how{random.bits(), std::move(sizes), spread_of(attempt), shifted};
    try {
      auto drawn = point_of(layer, introduced, std::move(how), Digits::carried);
      const auto* broken = broken_assumption(layer, *drawn);
      if (broken == nullptr) return drawn;
      reason = fmt::format(
          "the assumption in line {} does not hold at them (they are drawn to obey bounds on a tensor's entries, and "
          "what their sum, mean or sum of squares is)",
          broken->span.line);
    } catch (const Redraw& redraw) {
      reason = std::string(redraw.what()) + "; `assume x[i] > 0` keeps a tensor positive";
    } catch (const cln::runtime_exception& overflow) {
      reason = std::string("a number is too large: ") + overflow.what();
    }
  }
  return nullptr;
}

std::vector<std::unique_ptr<ModularPoint>> draw_modular_points(const language::Layer& layer,
                                                               const std::vector<language::Definition>& introduced,
                                                               engine::Random& random, const SizeMap& least) {
  std::vector<std::unique_ptr<ModularPoint>> points;
  try {
    for (int i = 0; i < modular_points; ++i) {
      auto point = draw_modular(layer, introduced, random, least);
      if (!point) break;
      points.push_back(std::move(point));
    }
  } catch (const NotApplicable&) {
    points.clear();
  }
  return points;
}

std::vector<std::unique_ptr<NumericPoint>> draw_numeric_points(const language::Layer& layer,
                                                               const std::vector<language::Definition>& introduced,
                                                               engine::Random& random, std::string& reason,
                                                               const SizeMap& least, std::size_t rank) {
  std::vector<std::unique_ptr<NumericPoint>> points;
  for (int i = 0; i < numeric_points; ++i) {
    const bool ill_conditioned = i + 1 == numeric_points;
    auto point = draw_numeric(layer, introduced, random, ill_conditioned, reason, {}, least, rank);
    // Some layers are at home near 0 only: log(1 - x^2).
    if (!point && ill_conditioned) point = draw_numeric(layer, introduced, random, false, reason, {}, least, rank);
    if (!point) return {};
    points.push_back(std::move(point));
  }
  return points;
}

NumericPoint& with_digits(NumericPoint& at, const language::Layer& layer,
                          const std::vector<language::Definition>& introduced, int digits) {
  auto& precise = at.precise[digits];
  if (!precise) precise = point_of(layer, introduced, at.draw, digits);
  return *precise;
}

double worst_error(NumericPoint& at, const std::vector<language::Index>& indices, const language::Expr& left,
                   const language::Expr& right) {
  const auto& truth = at.truth(indices, left);
  const auto found = at.point->evaluate(indices, right);
  double worst = 0;
  for (std::size_t i = 0; i < truth.entries.size(); ++i)
    worst = std::max(worst, error_of(truth.entries[i].value, found.entries[i].value));
  return worst;
}

}  // namespace chalktape::check
