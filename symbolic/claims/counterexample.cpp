#include "symbolic/claims/counterexample.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <span>

#include <fmt/core.h>

#include "engine/tensor/random.hpp"
#include "symbolic/check/conditions.hpp"
#include "symbolic/check/proof_sizes.hpp"

namespace chalktape::claims {

using check::Digits;
using Element = Digits::Element;

namespace {

constexpr int digits_carried = 40;
constexpr std::uint64_t first_seed = 0x736d616c6c;  // "small"
/// A difference that is plain to see.
constexpr double plain = 1e-4, visible = 1e-12;
constexpr int draws_of_a_grid = 6;
constexpr double most_operations = 2e5;

struct Grid {
  std::int64_t most, denominator;
  bool zero;
  /// Constants have their defaults, and some entries are beside or beyond the numbers of the formulas.
  bool far = false;
};
/// Small integers first. A number of 0 hides what it multiplies, and kinks lie there, so it comes last; then what lies
/// beyond bounds.
constexpr std::array grids{Grid{2, 1, false}, Grid{3, 1, false}, Grid{2, 2, false},      Grid{1, 4, false},
                           Grid{1, 8, false}, Grid{2, 1, true},  Grid{2, 1, false, true}};
/// What takes a few numbers out of many needs more luck.
constexpr int draws_far_out = 120;

/// The fraction with a small denominator that the number is, if it is one.
std::optional<std::pair<std::int64_t, std::int64_t>> small_fraction(const cln::cl_F& x) {
  constexpr std::int64_t largest_denominator = 1000, largest_numerator = 100000;
  static const cln::cl_F tolerance = cln::cl_F("1e-30");
  for (std::int64_t denominator = 1; denominator <= largest_denominator; ++denominator) {
    const cln::cl_R scaled = x * cln::cl_I(static_cast<long>(denominator));
    if (cln::abs(scaled) > cln::cl_I(static_cast<long>(largest_numerator))) return std::nullopt;
    const auto numerator = static_cast<std::int64_t>(cln::cl_I_to_long(cln::round1(scaled)));
    if (cln::abs(scaled - cln::cl_I(static_cast<long>(numerator))) <= tolerance)
      return std::pair(numerator, denominator);
  }
  return std::nullopt;
}

Number number_of(const Element& x) {
  const double value = cln::double_approx(x.middle);
  if (const auto fraction = small_fraction(x.middle)) {
    const auto [numerator, denominator] = *fraction;
    return {static_cast<double>(numerator) / static_cast<double>(denominator),
            denominator == 1 ? fmt::format("{}", numerator) : fmt::format("{}/{}", numerator, denominator), true};
  }
  return {value, fmt::format("{:.6g}", value), false};
}

/// All sizes 2, then one of them 3, then all 3; none below what the claim's literal indices need.
std::vector<check::SizeMap> sizes_to_try(const Scope& scope) {
  const auto at_least = [&](const std::string& size, std::int64_t wanted) {
    const auto bound = scope.least_sizes.find(size);
    return bound == scope.least_sizes.end() ? wanted : std::max(wanted, bound->second);
  };
  check::SizeMap smallest, larger;
  for (const std::string& size : scope.layer.sizes) {
    smallest[size] = at_least(size, 2);
    larger[size] = at_least(size, 3);
  }
  std::vector<check::SizeMap> all{smallest};
  for (const std::string& size : scope.layer.sizes) {
    check::SizeMap one = smallest;
    one[size] = larger[size];
    all.push_back(std::move(one));
  }
  all.push_back(larger);
  return all;
}

/// The numbers of formulas, and what is beside and beyond them.
class FarNumbers {
 public:
  FarNumbers(const Scope& scope, const language::Expr& claimed)
      : bounds_(check::bounds_of(scope.layer)), tied_(check::tied_tensors(scope.layer)) {
    collect(claimed);
    for (const auto* definitions : {&scope.layer.definitions, &scope.own}) {
      for (const auto& definition : *definitions) collect(definition.value);
    }
    for (const auto& constant : scope.layer.constants) {
      if (constant.default_value) add(notation::exact_number(*constant.default_value));
    }
  }

  /// Such numbers in the place of some of the entries.
  [[nodiscard]] std::vector<check::Placement> placements(const language::Layer& layer, const check::SizeMap& sizes,
                                                         std::uint64_t draw) const {
    engine::Random random(draw);
    std::vector<check::Placement> placements;
    for (const auto& tensor : layer.tensors) {
      const std::vector<GiNaC::numeric> own = within_bounds(tensor.name);
      if (own.empty() || tied_.contains(tensor.name)) continue;
      const std::size_t count = check::entry_count(tensor.sizes, sizes);
      for (std::size_t i = 0; i < count; ++i) {
        if (random.below(2) == 0)
          placements.push_back({tensor.name, i, own[static_cast<std::size_t>(random.below(std::ssize(own)))]});
      }
    }
    return placements;
  }

 private:
  void collect(const language::Expr& e) {
    if (e->kind == language::Kind::number) add(notation::exact_number(e->name));
    for (const language::Expr& operand : e->operands) collect(operand);
  }

  void add(const GiNaC::numeric& number) {
    static const GiNaC::numeric most("1000000"), one("1"), two("2");
    const GiNaC::numeric size = GiNaC::abs(number);
    if (size > most) return;
    // Whole numbers, so that they are small ones.
    for (const GiNaC::numeric& other : {size, size + one, size - one, two * size}) {
      numbers_.insert(other.is_integer() ? other : GiNaC::numeric(cln::ceiling1(cln::the<cln::cl_R>(other.to_cl_N()))));
    }
  }

  [[nodiscard]] std::vector<GiNaC::numeric> within_bounds(const std::string& tensor) const {
    std::vector<GiNaC::numeric> own;
    const auto bounds = bounds_.find(tensor);
    const check::Bounds limits = bounds == bounds_.end() ? check::Bounds{} : bounds->second;
    const auto keep = [&](const GiNaC::numeric& number) {
      if (limits.allows(number)) own.push_back(number);
    };
    for (const GiNaC::numeric& number : numbers_) {
      keep(number);
      keep(-number);
    }
    // Just above what it is bounded by: for logarithms far below.
    if (limits.low) keep(*limits.low + GiNaC::pow(GiNaC::numeric(10), GiNaC::numeric(-50)));
    return own;
  }

  struct Less {
    bool operator()(const GiNaC::numeric& a, const GiNaC::numeric& b) const { return a < b; }
  };
  std::map<std::string, check::Bounds> bounds_;
  std::set<GiNaC::numeric, Less> numbers_;
  std::set<std::string> tied_;
};

/// One draw: everything that a point needs, and the point.
struct Candidate {
  /// `nudged`: everything is moved by some 2^-60.
  Candidate(const Scope& scope, const check::SizeMap& sizes, const Grid& grid, const FarNumbers& far,
            std::uint64_t draw, check::Constants constants, bool nudged = false)
      : drawn(std::make_unique<check::DrawnPoint<Digits>>(Digits(draw, digits_carried), sizes)) {
    drawn->field.draw_from_grid(grid.most, grid.denominator, grid.zero);
    check::Manner manner{.constants = constants, .nudged = nudged};
    if (grid.far) {
      manner.constants = check::Constants::by_default;
      manner.placements = far.placements(scope.layer, sizes, draw);
    }
    data = check::draw(scope.layer, sizes, drawn->field, manner);
    drawn->point = std::make_unique<check::Point<Digits>>(scope.layer, scope.own, drawn->field, sizes, data);
  }
  check::PointData<Digits> data;
  std::unique_ptr<check::DrawnPoint<Digits>> drawn;
};

class SmallNumbers {
 public:
  SmallNumbers(const Scope& scope, const Chain& chain, std::size_t position, bool from_previous)
      : scope_(scope),
        chain_(chain),
        claimed_(chain.links[position].value),
        previous_(chain.links[position - 1].value),
        reference_(from_previous ? previous_ : chain.links.front().value),
        far_(scope, claimed_) {
    // Where nothing is decided by a constant, simple numbers show more than 1e-5 does.
    const bool decides = !check::conditions_of(scope.layer, scope.own).empty() ||
                         !check::conditions_of(claimed_).empty() || !check::conditions_of(reference_).empty();
    constants_ = decides ? check::Constants::by_default : check::Constants::any;
  }

  std::optional<Counterexample> run() {
    const auto all_sizes = sizes_to_try(scope_);
    // A truth of 0 convinces less; but it may be 0 everywhere, so that only a few points are asked for another.
    if (auto found = run({all_sizes.front()}, std::span(grids).first(2), {plain, true})) return found;
    for (const double difference : {plain, visible}) {
      if (auto found = run(all_sizes, grids, {difference, false})) return found;
    }
    if (scope_.layer.constants.empty() || constants_ == check::Constants::any) return std::nullopt;
    // It may be right for the constants' defaults.
    constants_ = check::Constants::any;
    return run(all_sizes, grids, {plain, false});
  }

 private:
  struct Wanted {
    double difference;
    bool nonzero_truth;
  };

  std::optional<Counterexample> run(const std::vector<check::SizeMap>& all_sizes, std::span<const Grid> some_grids,
                                    const Wanted& wanted) {
    for (const check::SizeMap& sizes : all_sizes) {
      const double operations = check::scalar_operations(chain_.indices, claimed_, sizes) +
                                check::scalar_operations(chain_.indices, reference_, sizes);
      if (operations > most_operations) continue;
      for (const Grid& grid : some_grids) {
        if (auto found = run(sizes, grid, wanted)) return with_fewer(std::move(*found), sizes, grid, wanted);
      }
    }
    return std::nullopt;
  }

  std::optional<Counterexample> run(const check::SizeMap& sizes, const Grid& grid, const Wanted& wanted) {
    const std::uint64_t draws = grid.far ? draws_far_out : draws_of_a_grid;
    for (std::uint64_t draw = 0; draw < draws; ++draw) {
      if (auto found = attempt(sizes, grid, first_seed + draw, wanted)) return found;
    }
    return std::nullopt;
  }

  /// Sizes that do not matter are 1.
  Counterexample with_fewer(Counterexample found, check::SizeMap sizes, const Grid& grid, const Wanted& wanted) {
    for (const std::string& size : scope_.layer.sizes) {
      if (scope_.least_sizes.contains(size)) continue;
      check::SizeMap fewer = sizes;
      fewer[size] = 1;
      auto smaller = run(fewer, grid, wanted);
      if (!smaller) continue;
      found = std::move(*smaller);
      sizes = std::move(fewer);
    }
    return found;
  }

  std::optional<Counterexample> attempt(const check::SizeMap& sizes, const Grid& grid, std::uint64_t draw,
                                        const Wanted& wanted) {
    try {
      Candidate candidate(scope_, sizes, grid, far_, draw, constants_);
      if (check::broken_assumption(scope_.layer, *candidate.drawn) != nullptr) return std::nullopt;
      auto& point = *candidate.drawn->point;
      const auto reference = point.evaluate(chain_.indices, reference_);
      const auto claimed = point.evaluate(chain_.indices, claimed_);
      double worst = 0;
      std::size_t entry = 0;
      for (std::size_t i = 0; i < reference.entries.size(); ++i) {
        const Element& right = reference.entries[i].value;
        if (wanted.nonzero_truth && std::abs(cln::double_approx(right.middle)) < plain) continue;
        const double error = check::error_of(right, claimed.entries[i].value);
        if (error > worst) entry = i;
        worst = std::max(worst, error);
      }
      if (worst < wanted.difference) return std::nullopt;
      if (candidate.drawn->field.has_met_zero() && !differs_nearby(sizes, grid, draw, wanted)) return std::nullopt;
      return described(candidate, claimed, entry);
    } catch (const check::Redraw&) {
    } catch (const check::Imprecise&) {
    } catch (const check::NotApplicable&) {
    } catch (const cln::runtime_exception&) {
    }
    return std::nullopt;
  }

  /// On a border alone the right formula may differ as well.
  bool differs_nearby(const check::SizeMap& sizes, const Grid& grid, std::uint64_t draw, const Wanted& wanted) {
    Candidate nearby(scope_, sizes, grid, far_, draw, constants_, /*nudged=*/true);
    const auto reference = nearby.drawn->point->evaluate(chain_.indices, reference_);
    const auto claimed = nearby.drawn->point->evaluate(chain_.indices, claimed_);
    for (std::size_t i = 0; i < reference.entries.size(); ++i) {
      if (check::error_of(reference.entries[i].value, claimed.entries[i].value) >= wanted.difference) return true;
    }
    return false;
  }

  Counterexample described(Candidate& candidate, const check::Point<Digits>::Array& claimed, std::size_t entry) const {
    auto& point = *candidate.drawn->point;
    Counterexample example;
    for (const std::string& size : scope_.layer.sizes)
      example.sizes.emplace_back(size, candidate.drawn->sizes.at(size));
    const auto numbers = [&](const std::vector<Element>& values) {
      std::vector<Number> result;
      for (const Element& value : values) result.push_back(number_of(value));
      return result;
    };
    for (const auto& tensor : scope_.layer.tensors)
      example.inputs.push_back(
          {tensor.name, dimensions(tensor.sizes, candidate), numbers(candidate.data.tensors.at(tensor.name))});
    for (const auto& constant : scope_.layer.constants) {
      Number number = number_of(candidate.data.constants.at(constant.name));
      if (constants_ == check::Constants::by_default && constant.default_value)
        number = {number.value, *constant.default_value, true};
      example.inputs.push_back({constant.name, {}, {std::move(number)}});
    }
    if (!scope_.layer.returns_loss()) {
      for (const auto& output : scope_.layer.outputs)
        example.inputs.push_back({gradient_name(output), dimensions(*scope_.layer.ranges_of(output), candidate),
                                  numbers(candidate.data.upstream.at(output)), true});
    }
    std::size_t rest = entry;
    for (std::size_t axis = chain_.indices.size(); axis-- > 0;) {
      const auto length = static_cast<std::size_t>(candidate.drawn->sizes.at(chain_.indices[axis].range));
      example.entry.emplace_back(chain_.indices[axis].name, static_cast<std::int64_t>(rest % length) + 1);
      rest /= length;
    }
    std::reverse(example.entry.begin(), example.entry.end());
    const auto value_of = [&](const language::Expr& e) {
      return number_of(point.evaluate(chain_.indices, e).entries.at(entry).value);
    };
    example.truth = value_of(chain_.links.front().value);
    example.claimed = number_of(claimed.entries.at(entry).value);
    if (previous_ != chain_.links.front().value) example.previous = value_of(previous_);
    return example;
  }

  /// As the text calls it.
  [[nodiscard]] std::string gradient_name(const std::string& of) const {
    const auto own = scope_.gradient_names.find("d" + of);
    return own == scope_.gradient_names.end() ? "d" + of : own->second;
  }

  static std::vector<std::int64_t> dimensions(const std::vector<std::string>& ranges, const Candidate& candidate) {
    std::vector<std::int64_t> result;
    for (const std::string& range : ranges) result.push_back(candidate.drawn->sizes.at(range));
    return result;
  }

  const Scope& scope_;
  const Chain& chain_;
  language::Expr claimed_, previous_, reference_;
  FarNumbers far_;
  check::Constants constants_ = check::Constants::by_default;
};

std::string bracketed(const Input& input, std::size_t axis, std::size_t& next) {
  if (axis == input.dimensions.size()) return input.entries.at(next++).text;
  std::string text = "[";
  for (std::int64_t i = 0; i < input.dimensions[axis]; ++i)
    text += (i == 0 ? "" : ", ") + bracketed(input, axis + 1, next);
  return text + "]";
}

}  // namespace

std::string bracketed(const Input& input) {
  std::size_t next = 0;
  return bracketed(input, 0, next);
}

std::optional<Counterexample> find_counterexample(const Scope& scope, const Chain& chain, std::size_t position,
                                                  bool from_previous) {
  return SmallNumbers(scope, chain, position, from_previous).run();
}

}  // namespace chalktape::claims
