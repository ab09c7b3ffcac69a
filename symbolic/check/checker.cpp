#include "symbolic/check/checker.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/core.h>

#include "symbolic/check/sample.hpp"
#include "symbolic/rules/rule.hpp"

namespace chalktape::check {

namespace {

constexpr int modular_points = 8, numeric_points = 3;
/// Draws for one point before F_p is given up: each root needs about two, and a layer may have a dozen roots.
constexpr int most_modular_draws = 20000, most_whole_draws = 256, most_mends = 512;
/// Draws of everything that find the same number without a root: it depends on nothing that is drawn.
constexpr int most_same_radicands = 16;
constexpr int most_numeric_draws = 200;
/// What rounding may do to 70 digits at a point with mean/std = 1000 and cancellations of its own. A formula that is
/// wrong is wrong by far more at one of the points.
constexpr double tolerance = 1e-40;
/// At a point with exp(1000) a correct formula may lose all of the 70; whether it is wrong is then asked with these,
/// and for exp(exp(…)) and its like once more.
constexpr int more_digits[] = {600, Digits::most_carried};
constexpr std::uint64_t seed = 0x6368616c6b;  // "chalk"

std::map<std::string, std::int64_t> draw_sizes(const language::Layer& layer, engine::Random& random, std::int64_t low,
                                               std::int64_t high) {
  std::map<std::string, std::int64_t> sizes;
  for (const auto& size : layer.sizes) sizes[size] = random.between(low, high);
  return sizes;
}

std::string described(const std::map<std::string, std::int64_t>& sizes) {
  std::string text;
  for (const auto& [name, value] : sizes) text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, value);
  return text;
}

template <class Field>
struct DrawnPoint {
  DrawnPoint(Field f, std::map<std::string, std::int64_t> s) : field(std::move(f)), sizes(std::move(s)) {}

  /// `left` at all values of its indices. The steps of a derivation have one left side: its values are kept.
  const typename Point<Field>::Array& truth(const std::vector<language::Index>& indices, const language::Expr& left) {
    if (left != left_) {
      truth_ = point->evaluate(indices, left);
      left_ = left;
    }
    return truth_;
  }

  Field field;
  std::map<std::string, std::int64_t> sizes;
  std::unique_ptr<Point<Field>> point;
  bool ill_conditioned = false;

 private:
  language::Expr left_;
  typename Point<Field>::Array truth_;
};

using ModularPoint = DrawnPoint<Modular>;

/// How a point is drawn, so that it can be drawn again with more digits.
struct NumericDraw {
  std::uint64_t seed;
  std::map<std::string, std::int64_t> sizes;
  Spread spread;
  bool shifted;
};

struct NumericPoint : DrawnPoint<Digits> {
  NumericPoint(NumericDraw d, int digits) : DrawnPoint(Digits(d.seed, digits), d.sizes), draw(std::move(d)) {}
  NumericDraw draw;
  std::map<int, std::unique_ptr<NumericPoint>> precise{};  ///< the same with more digits, once they are asked for
};

}  // namespace

struct Checker::Points {
  language::Layer layer;
  Laws laws;
  std::vector<language::Definition> introduced;
  std::vector<std::unique_ptr<ModularPoint>> modular;
  std::vector<std::unique_ptr<NumericPoint>> numeric;
};

namespace {

double error_of(const Digits::Element& a, const Digits::Element& b) {
  const Digits::Element scale = cln::abs(a) + cln::abs(b);
  const Digits::Element difference = cln::abs(a - b);
  const bool small = scale < cln::cl_float(1, cln::float_format(30));
  return cln::double_approx(small ? difference : difference / scale);
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
  return error_of(left, right) < tolerance;
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

std::unique_ptr<ModularPoint> draw_modular(const language::Layer& layer,
                                           const std::vector<language::Definition>& introduced,
                                           engine::Random& random) {
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
        auto sizes = draw_sizes(layer, random, 2, 3);
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

/// Throws Redraw.
std::unique_ptr<NumericPoint> point_of(const language::Layer& layer,
                                       const std::vector<language::Definition>& introduced, NumericDraw how,
                                       int digits) {
  auto drawn = std::make_unique<NumericPoint>(std::move(how), digits);
  drawn->ill_conditioned = drawn->draw.shifted && can_be_shifted(layer);
  const auto data = draw(layer, drawn->sizes, drawn->field, drawn->draw.spread, drawn->draw.shifted);
  drawn->point = std::make_unique<Point<Digits>>(layer, introduced, drawn->field, drawn->sizes, data);
  return drawn;
}

std::size_t rank_of(const language::Layer& layer) {
  std::size_t rank = 0;
  for (const auto& tensor : layer.tensors) rank = std::max(rank, tensor.sizes.size());
  for (const auto& definition : layer.definitions) rank = std::max(rank, definition.indices.size());
  return rank;
}

std::size_t rank_of(const std::vector<derive::Gradient>& gradients) {
  std::size_t rank = 0;
  for (const auto& gradient : gradients)
    rank = std::max({rank, gradient.indices.size(), rank_of(gradient.derivatives)});
  return rank;
}

/// A formula takes time to the power of its indices.
std::int64_t largest_size(std::size_t rank) { return rank < 4 ? 4 : 3; }

/// At these sizes, or where there are none at random ones. Null, and why in `reason`, where no attempt succeeds.
std::unique_ptr<NumericPoint> draw_numeric(const language::Layer& layer,
                                           const std::vector<language::Definition>& introduced, engine::Random& random,
                                           bool shifted, std::string& reason, std::int64_t largest,
                                           const std::map<std::string, std::int64_t>& fixed_sizes = {}) {
  for (int attempt = 0; attempt < most_numeric_draws; ++attempt) {
    auto sizes = fixed_sizes.empty() ? draw_sizes(layer, random, 2, largest) : fixed_sizes;
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

double worst_error(NumericPoint& drawn, const language::Expr& left, const std::vector<language::Index>& indices,
                   const language::Expr& value) {
  const auto& truth = drawn.truth(indices, left);
  const auto found = drawn.point->evaluate(indices, value);
  double worst = 0;
  for (std::size_t i = 0; i < truth.entries.size(); ++i)
    worst = std::max(worst, error_of(truth.entries[i].value, found.entries[i].value));
  return worst;
}

}  // namespace

namespace {

/// Whether some step is by a law of functions that their oracles in F_p do not obey.
bool uses_laws_of_functions(const std::vector<derive::Gradient>& gradients) {
  return std::any_of(gradients.begin(), gradients.end(), [](const derive::Gradient& gradient) {
    return uses_laws_of_functions(gradient.derivatives) ||
           std::any_of(gradient.steps.begin(), gradient.steps.end(),
                       [](const derive::Step& step) { return !rules::rule(step.rule).holds_in_every_field; });
  });
}

}  // namespace

Checker::Checker(const derive::Derivation& derivation)
    : Checker(derivation.layer, derivation.introduced,
              uses_laws_of_functions(derivation.gradients) ? Laws::of_functions : Laws::of_every_field,
              rank_of(derivation.gradients)) {}

Checker::Checker(const language::Layer& layer, const std::vector<language::Definition>& introduced, Laws laws,
                 std::size_t rank)
    : points_(std::make_unique<Points>(Points{layer, laws, introduced, {}, {}})) {
  const std::int64_t largest = largest_size(std::max(rank, rank_of(layer)));
  engine::Random random(seed);
  // All or nothing: where one point cannot be had, the layer's roots or powers have no meaning in F_p.
  try {
    for (int i = 0; i < modular_points; ++i) {
      auto point = draw_modular(layer, introduced, random);
      if (!point) {
        points_->modular.clear();
        break;
      }
      points_->modular.push_back(std::move(point));
    }
  } catch (const NotApplicable&) {
    points_->modular.clear();
  }
  for (int i = 0; i < numeric_points; ++i) {
    const bool ill_conditioned = i + 1 == numeric_points;
    std::string reason;
    auto point = draw_numeric(layer, introduced, random, ill_conditioned, reason, largest);
    // Some layers are at home near 0 only: log(1 - x^2).
    if (!point && ill_conditioned) point = draw_numeric(layer, introduced, random, false, reason, largest);
    if (!point) {
      throw Error(
          fmt::format("the layer {} cannot be evaluated at random points, so nothing about it can be checked: {}",
                      layer.name, reason));
    }
    points_->numeric.push_back(std::move(point));
  }
}

Checker::~Checker() = default;

struct PointAtSizes::Drawn {
  language::Layer layer;
  std::unique_ptr<NumericPoint> at;
};

PointAtSizes::PointAtSizes(const language::Layer& layer, const std::vector<language::Definition>& introduced,
                           const std::map<std::string, std::int64_t>& sizes)
    : drawn_(std::make_unique<Drawn>(Drawn{layer, nullptr})) {
  engine::Random random(seed);
  std::string reason;
  drawn_->at = draw_numeric(drawn_->layer, introduced, random, false, reason, largest_size(rank_of(layer)), sizes);
  if (!drawn_->at)
    throw Error(
        fmt::format("the layer {} cannot be evaluated at {}, so nothing written out at these sizes can be "
                    "checked: {}",
                    layer.name, sizes.empty() ? "random points" : described(sizes), reason));
}

PointAtSizes::~PointAtSizes() = default;

bool PointAtSizes::same(const language::Expr& a, const language::Expr& b) const {
  try {
    const auto left = drawn_->at->point->evaluate({}, a), right = drawn_->at->point->evaluate({}, b);
    return error_of(left.entries.at(0).value, right.entries.at(0).value) <= tolerance;
  } catch (const Redraw&) {
    return false;
  } catch (const cln::runtime_exception&) {  // too large
    return false;
  }
}

Verdict Checker::check(const language::Expr& left, const std::vector<language::Index>& indices,
                       const language::Expr& value) const {
  Verdict verdict;
  verdict.checked.digits = Digits::claimed;
  try {
    for (const auto& drawn : points_->modular) {
      try {
        const auto& truth = drawn->truth(indices, left);
        const auto found = drawn->point->evaluate(indices, value);
        for (std::size_t i = 0; i < truth.entries.size(); ++i) {
          if (truth.entries[i].value == found.entries[i].value) continue;
          if (points_->laws == Laws::of_functions) throw NotApplicable("it may hold by a law that oracles do not obey");
          verdict.where = fmt::format("in F_p at {}", described(drawn->sizes));
          return verdict;
        }
      } catch (const Redraw&) {
        continue;  // √(ab) may have a root here where √a and √b have none: this point says nothing
      }
      ++verdict.checked.modular;
    }
  } catch (const NotApplicable&) {
    verdict.checked.modular = 0;
  }
  for (const auto& drawn : points_->numeric) {
    try {
      double error = worst_error(*drawn, left, indices, value);
      for (const int digits : more_digits) {
        if (error <= tolerance || (digits == Digits::most_carried && drawn->field.has_exceeded())) break;
        auto& precise = drawn->precise[digits];
        if (!precise) precise = point_of(points_->layer, points_->introduced, drawn->draw, digits);
        error = worst_error(*precise, left, indices, value);
      }
      if (error > tolerance && drawn->field.has_exceeded()) continue;
      verdict.checked.worst = std::max(verdict.checked.worst, error);
    } catch (const Redraw& reason) {
      if (drawn->field.has_exceeded()) continue;
      verdict.where = fmt::format("at {}, where it has no value: {}", described(drawn->sizes), reason.what());
      return verdict;
    } catch (const cln::runtime_exception& overflow) {
      verdict.where = fmt::format("at {}, where it is too large: {}", described(drawn->sizes), overflow.what());
      return verdict;
    }
    if (verdict.checked.worst > tolerance) {
      verdict.where = fmt::format("by {:.1e} at {}", verdict.checked.worst, described(drawn->sizes));
      return verdict;
    }
    ++verdict.checked.points;
    verdict.checked.ill_conditioned = verdict.checked.ill_conditioned || drawn->ill_conditioned;
  }
  verdict.holds = verdict.checked.points > 0;
  if (!verdict.holds)
    verdict.where = "as far as can be told: at no point drawn are its numbers small enough to compare";
  return verdict;
}

}  // namespace chalktape::check
