#include "symbolic/check/checker.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "symbolic/check/equality.hpp"
#include "symbolic/notation/door.hpp"
#include "symbolic/rules/rule.hpp"

namespace chalktape::check {

namespace {

constexpr std::uint64_t seed = 0x6368616c6b;  // "chalk"

}  // namespace

struct Checker::Points {
  Points(language::Layer l, Laws laws_that_hold, std::vector<language::Definition> definitions, std::size_t rank)
      : layer(std::move(l)),
        laws(laws_that_hold),
        introduced(std::move(definitions)),
        equality(layer, introduced, {.seed = seed, .rank = rank}) {}

  language::Layer layer;
  Laws laws;
  std::vector<language::Definition> introduced;
  Equality equality;
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
    : points_(std::make_unique<Points>(layer, laws, introduced, rank)) {
  const notation::OneAtATime door;
  if (points_->equality.numeric_points().empty())
    throw Error(fmt::format("the layer {} cannot be evaluated at random points, so nothing about it can be checked: {}",
                            layer.name, points_->equality.obstacle()));
}

Checker::~Checker() {
  const notation::OneAtATime door;
  points_.reset();
}

struct PointAtSizes::Drawn {
  language::Layer layer;
  std::vector<language::Definition> introduced;
  std::unique_ptr<NumericPoint> at{};
};

PointAtSizes::PointAtSizes(const language::Layer& layer, const std::vector<language::Definition>& introduced,
                           const std::map<std::string, std::int64_t>& sizes)
    : drawn_(std::make_unique<Drawn>(Drawn{layer, introduced})) {
  const notation::OneAtATime door;
  engine::Random random(seed);
  std::string reason;
  drawn_->at = draw_numeric(drawn_->layer, drawn_->introduced, random, {}, {.fixed = sizes}, reason);
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
  const Numbers numbers = compare_at(*drawn_->at, {}, a, b);
  return numbers.points > 0;
}

Verdict Checker::check(const language::Expr& left, const std::vector<language::Index>& indices,
                       const language::Expr& value) const {
  const notation::OneAtATime door;
  Verdict verdict;
  verdict.checked.digits = Digits::claimed;
  const Residues residues = points_->equality.compare_residues(indices, left, value);
  if (residues.differ && points_->laws == Laws::of_every_field) {
    verdict.where = residues.where;
    return verdict;
  }
  verdict.checked.modular = residues.same;
  const Numbers numbers = points_->equality.compare_numbers(indices, left, value);
  verdict.checked.points = numbers.points;
  verdict.checked.worst = numbers.worst;
  verdict.checked.ill_conditioned = numbers.ill_conditioned;
  if (numbers.differ) {
    verdict.where = numbers.where;
  } else if (!numbers.undefined.empty()) {
    verdict.where = fmt::format("where it has no value: {}", numbers.undefined);
  } else if (numbers.points == 0) {
    verdict.undecided = true;
    verdict.where = numbers.too_large;
  } else {
    verdict.holds = true;
  }
  return verdict;
}

}  // namespace chalktape::check
