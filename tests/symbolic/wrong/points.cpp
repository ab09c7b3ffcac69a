#include "tests/symbolic/wrong/points.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "symbolic/check/code.hpp"
#include "symbolic/check/point.hpp"

namespace chalktape::wrong_claims {

using check::Digits;
using Element = Digits::Element;
using language::Expr;
using language::Kind;

struct Bounds {
  double low = -HUGE_VAL, high = HUGE_VAL;
};

namespace {

constexpr int digits_carried = Digits::decisive;
constexpr std::size_t points_wanted = 90, thorough_points_wanted = 600, most_draws_a_point = 5;

void collect_numbers(const Expr& e, std::set<double>& numbers) {
  if (e->kind == Kind::number) {
    const double value = notation::exact_number(e->name).to_double();
    for (const double other : {value, 2 * value, value / 2, value + 1, value - 1}) numbers.insert(std::abs(other));
    if (value > 0) numbers.insert(std::exp(-value));
  }
  for (const Expr& operand : e->operands) collect_numbers(operand, numbers);
}

/// `assume p[i,j] > 0`: the only assumptions that the layers here have.
std::map<std::string, Bounds> bounds_of(const language::Layer& layer) {
  std::map<std::string, Bounds> bounds;
  for (const auto& assumption : layer.assumptions) {
    const auto bound = check::constant_value(assumption.right);
    if (assumption.left->kind != Kind::access || !bound) throw std::logic_error("an assumption of another kind");
    Bounds& own = bounds[assumption.left->name];
    const bool is_lower =
        assumption.relation == language::Relation::greater || assumption.relation == language::Relation::greater_equal;
    (is_lower ? own.low : own.high) = bound->to_double();
  }
  return bounds;
}

}  // namespace

class Draw {
 public:
  /// `beside`: most entries are within 1e-8 to 1 of a number.
  Draw(const claims::Scope& scope, const std::set<double>& numbers, engine::Random& random, bool beside)
      : numbers_(numbers.begin(), numbers.end()), random_(random), bounds_(bounds_of(scope.layer)) {
    style_ = static_cast<int>(random.below(beside ? 6 : 4));
    for (const std::string& size : scope.layer.sizes) sizes[size] = random.between(1, 4);
    for (const auto& constant : scope.layer.constants) {
      // Within a tenth of what it is by default: a formula may be right on one side of 1 only.
      const double by_default = constant.default_value ? std::stod(*constant.default_value) : 0.5;
      const double value = by_default * (0.9 + 0.2 * random.uniform());
      data.constants.emplace(constant.name, field.from(value));
      if (beside) numbers_.insert(numbers_.end(), {std::abs(value), value * value});
    }
    for (const auto& tensor : scope.layer.tensors)
      data.tensors[tensor.name] = entries(tensor.sizes, bounds_[tensor.name]);
    if (scope.layer.returns_loss()) return;
    for (const std::string& output : scope.layer.outputs)
      data.upstream[output] = entries(*scope.layer.ranges_of(output), {-2, 2});
  }

  std::map<std::string, std::int64_t> sizes;
  Digits field{0, digits_carried};
  check::PointData<Digits> data;

 private:
  std::vector<Element> entries(const std::vector<std::string>& ranges, const Bounds& bounds) {
    std::int64_t count = 1;
    for (const std::string& range : ranges) count *= sizes.at(range);
    std::vector<Element> result;
    for (std::int64_t i = 0; i < count; ++i) result.push_back(entry(bounds));
    return result;
  }

  Element entry(const Bounds& bounds) {
    if (std::isfinite(bounds.low) && std::isfinite(bounds.high)) {
      const double share = random_.below(2) == 0 ? random_.uniform() : std::pow(10.0, -60 * random_.uniform());
      const Element length = field.from(bounds.high - bounds.low), part = length * field.from(share);
      return random_.below(2) == 0 ? field.from(bounds.low) + part : field.from(bounds.high) - part;
    }
    const Element size = field.from(magnitude());
    if (std::isfinite(bounds.low)) return field.from(bounds.low) + size;
    if (std::isfinite(bounds.high)) return field.from(bounds.high) - size;
    return random_.below(2) == 0 ? size : -size;
  }

  double magnitude() {
    const int style = style_ == 3 ? static_cast<int>(random_.below(3)) : style_;
    if (style == 0) return 1e-3 + random_.uniform();
    if (style == 1) return std::pow(10.0, 5.2 * random_.uniform() - 3);
    const double number = numbers_[static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(numbers_.size())))];
    if (style >= 4) {
      const double distance = std::pow(10.0, -8 * random_.uniform());
      return std::abs(random_.below(2) == 0 ? std::min(number, 200.0) + distance : std::min(number, 200.0) - distance);
    }
    // Two entries are never the same: no ties.
    return 1e-6 * random_.uniform() + std::min(number, 200.0) * (0.7 + 0.6 * random_.uniform());
  }

  std::vector<double> numbers_;
  engine::Random& random_;
  std::map<std::string, Bounds> bounds_;
  int style_ = 0;
};

struct Points::Drawn {
  Drawn(const claims::Scope& scope, Draw d)
      : draw(std::move(d)), point(scope.layer, scope.own, draw.field, draw.sizes, draw.data) {}
  Draw draw;
  check::Point<Digits> point;
};

Points::Points(const claims::Scope& scope, const std::vector<Expr>& formulas, std::uint64_t seed)
    : scope_(scope), numbers_{0, 1, 10}, random_(seed) {
  for (const Expr& formula : formulas) collect_numbers(formula, numbers_);
  for (const auto& definition : scope.layer.definitions) collect_numbers(definition.value, numbers_);
  for (const auto& constant : scope.layer.constants)
    if (constant.default_value) numbers_.insert(std::abs(std::stod(*constant.default_value)));
  usual_ = draw(points_wanted, false);
}

Points::~Points() = default;

Points::Set Points::draw(std::size_t wanted, bool beside) {
  Set drawn;
  for (std::size_t draws = 0; draws < most_draws_a_point * wanted && drawn.size() < wanted; ++draws) {
    try {
      drawn.push_back(std::make_unique<Drawn>(scope_, Draw(scope_, numbers_, random_, beside)));
    } catch (const check::Redraw&) {
    } catch (const check::Imprecise&) {
    } catch (const cln::runtime_exception&) {
    }
  }
  if (drawn.size() < wanted) throw std::runtime_error("too few points for " + scope_.layer.name);
  return drawn;
}

Points::Finding Points::compare(const std::vector<language::Index>& indices, const Expr& truth, const Expr& claimed,
                                bool thorough) {
  const Finding found = compare_at(usual_, indices, truth, claimed);
  if (found != Finding::same || !thorough) return found;
  if (thorough_.empty()) thorough_ = draw(thorough_points_wanted, true);
  return compare_at(thorough_, indices, truth, claimed);
}

Points::Finding Points::compare_at(const Set& points, const std::vector<language::Index>& indices, const Expr& truth,
                                   const Expr& claimed) {
  bool has_value = true;
  for (const auto& at : points) {
    try {
      const auto right = at->point.evaluate(indices, truth), found = at->point.evaluate(indices, claimed);
      for (std::size_t i = 0; i < right.entries.size(); ++i)
        if (!(right.entries[i].value - found.entries[i].value).contains_zero()) return Finding::differs;
    } catch (const check::Redraw&) {
      has_value = false;
    } catch (const check::Imprecise&) {
      has_value = false;
    } catch (const cln::runtime_exception&) {
      has_value = false;
    }
  }
  return has_value ? Finding::same : Finding::has_no_value;
}

}  // namespace chalktape::wrong_claims
