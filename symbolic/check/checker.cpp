#include "symbolic/check/checker.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "symbolic/check/drawn_points.hpp"
#include "symbolic/notation/door.hpp"
#include "symbolic/rules/rule.hpp"

namespace chalktape::check {

namespace {

constexpr std::uint64_t seed = 0x6368616c6b;  // "chalk"

}  // namespace

struct Checker::Points {
  language::Layer layer;
  Laws laws;
  std::vector<language::Definition> introduced;
  std::vector<std::unique_ptr<ModularPoint>> modular;
  std::vector<std::unique_ptr<NumericPoint>> numeric;
};

namespace {

std::size_t rank_of(const std::vector<derive::Gradient>& gradients) {
  std::size_t rank = 0;
  for (const auto& gradient : gradients)
    rank = std::max({rank, gradient.indices.size(), rank_of(gradient.derivatives)});
  return rank;
}

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
  const notation::OneAtATime door;
  engine::Random random(seed);
  // All or nothing: where one point cannot be had, the layer's roots or powers have no meaning in F_p.
  points_->modular = draw_modular_points(layer, introduced, random);
  if (points_->modular.size() < static_cast<std::size_t>(modular_points)) points_->modular.clear();
  std::string reason;
  points_->numeric = draw_numeric_points(layer, introduced, random, reason, {}, rank);
  if (points_->numeric.empty())
    throw Error(fmt::format("the layer {} cannot be evaluated at random points, so nothing about it can be checked: {}",
                            layer.name, reason));
}

Checker::~Checker() {
  const notation::OneAtATime door;
  points_.reset();
}

struct PointAtSizes::Drawn {
  language::Layer layer;
  std::unique_ptr<NumericPoint> at;
};

PointAtSizes::PointAtSizes(const language::Layer& layer, const std::vector<language::Definition>& introduced,
                           const std::map<std::string, std::int64_t>& sizes)
    : drawn_(std::make_unique<Drawn>(Drawn{layer, nullptr})) {
  const notation::OneAtATime door;
  engine::Random random(seed);
  std::string reason;
  drawn_->at = draw_numeric(drawn_->layer, introduced, random, false, reason, sizes);
  if (!drawn_->at)
    throw Error(
        fmt::format("the layer {} cannot be evaluated at {}, so nothing written out at these sizes can be "
                    "checked: {}",
                    layer.name, sizes.empty() ? "random points" : described(sizes), reason));
}

PointAtSizes::~PointAtSizes() {
  const notation::OneAtATime door;
  drawn_.reset();
}

bool PointAtSizes::same(const language::Expr& a, const language::Expr& b) const {
  const notation::OneAtATime door;
  try {
    const auto left = drawn_->at->point->evaluate({}, a), right = drawn_->at->point->evaluate({}, b);
    return error_of(left.entries.at(0).value, right.entries.at(0).value) <= digits_tolerance;
  } catch (const Redraw&) {
    return false;
  } catch (const cln::runtime_exception&) {  // too large
    return false;
  }
}

Verdict Checker::check(const language::Expr& left, const std::vector<language::Index>& indices,
                       const language::Expr& value) const {
  const notation::OneAtATime door;
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
      double error = worst_error(*drawn, indices, left, value);
      for (const int digits : more_digits) {
        if (error <= digits_tolerance || (digits == Digits::most_carried && drawn->field.has_exceeded())) break;
        error = worst_error(with_digits(*drawn, points_->layer, points_->introduced, digits), indices, left, value);
      }
      if (error > digits_tolerance && drawn->field.has_exceeded()) continue;
      verdict.checked.worst = std::max(verdict.checked.worst, error);
    } catch (const Redraw& reason) {
      if (drawn->field.has_exceeded()) continue;
      verdict.where = fmt::format("at {}, where it has no value: {}", described(drawn->sizes), reason.what());
      return verdict;
    } catch (const cln::runtime_exception& overflow) {
      if (drawn->field.has_exceeded()) continue;
      verdict.where = fmt::format("at {}, where it is too large: {}", described(drawn->sizes), overflow.what());
      return verdict;
    }
    if (verdict.checked.worst > digits_tolerance) {
      verdict.where = fmt::format("by {:.1e} at {}", verdict.checked.worst, described(drawn->sizes));
      return verdict;
    }
    ++verdict.checked.points;
    verdict.checked.ill_conditioned = verdict.checked.ill_conditioned || drawn->ill_conditioned;
  }
  verdict.holds = verdict.checked.points > 0;
  verdict.undecided = !verdict.holds;
  if (verdict.undecided)
    verdict.where = "as far as can be told: at no point drawn are its numbers small enough to compare";
  return verdict;
}

}  // namespace chalktape::check
