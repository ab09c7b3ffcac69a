#include "symbolic/check/equality.hpp"

#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "symbolic/check/proof_sizes.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::check {

using language::Expr;
using language::Index;

namespace {

/// How many points a formula is tried at in F_p, and with digits besides those at larger sizes and around borders.
constexpr int points_in_field = 8, points_with_digits = 3;
/// Balls that overlap and are smaller than that, beside their terms, are the same as far as these digits tell; larger
/// ones tell nothing.
constexpr double narrow = 1e-40;
/// Operations on numbers that a formula may take at one point, some tenths of a second; by the digits.
double most_operations(int digits) { return digits == Digits::carried ? 3e5 : digits == Digits::decisive ? 1e5 : 1e4; }
constexpr double most_modular_operations = 2e6;
/// Borders are looked for by this many operations on numbers, for each condition; of so many conditions.
constexpr double border_operations = 3e5;
constexpr std::size_t most_conditions = 12;
/// Larger sizes than those of most points: what is 0 at N = 2, 3 and 4 need not be elsewhere.
constexpr std::int64_t largest_size = 9, largest_modular_size = 12;

double operations(const std::vector<Index>& indices, const Expr& left, const Expr& right, const SizeMap& sizes) {
  return scalar_operations(indices, left, sizes) + scalar_operations(indices, right, sizes);
}

/// The most indices of one thing in the layer, `rank` at least.
std::size_t rank_of(const language::Layer& layer, std::size_t rank) {
  for (const auto& tensor : layer.tensors) rank = std::max(rank, tensor.sizes.size());
  for (const auto& definition : layer.definitions) rank = std::max(rank, definition.indices.size());
  return rank;
}

/// A formula takes time to the power of its indices, and a derivative has twice as many.
std::int64_t usual_size(std::size_t rank) { return rank < 4 ? 4 : rank < 5 ? 3 : 2; }

std::uint64_t hashed(const std::string& text, std::uint64_t seed) {
  for (const char c : text) seed = engine::mixed(seed, static_cast<unsigned char>(c));
  return seed;
}

void note_largest(SizeMap& largest, const SizeMap& sizes) {
  for (const auto& [name, size] : sizes) largest[name] = std::max(largest[name], size);
}

/// Whether they also differ where everything is moved a little.
bool differ_nearby(const NumericPoint& at, const std::vector<Index>& indices, const Expr& left, const Expr& right) {
  NumericPoint nearby = at.nudged();
  for (const int digits : numbers_of_digits) {
    try {
      const auto truth = nearby.with(digits).point->evaluate(indices, left);
      const auto found = nearby.with(digits).point->evaluate(indices, right);
      for (std::size_t i = 0; i < truth.entries.size(); ++i) {
        if (!(truth.entries[i].value - found.entries[i].value).contains_zero()) return true;
      }
      return false;
    } catch (const Imprecise&) {
    } catch (const Redraw&) {
      return false;
    } catch (const cln::runtime_exception&) {
      return false;
    }
  }
  return false;
}

/// Whether the layer or the formula has something that is 0 there.
bool meets_zero(NumericPoint& at, const std::vector<Index>& indices, const Expr& formula) {
  const auto found_out = where_defined([&] {
    auto& drawn = at.with_enough();
    (void)drawn.point->evaluate(indices, formula);
    return drawn.field.has_met_zero();
  });
  return found_out.value_or(true);
}

bool is_on_border(NumericPoint& at, const Condition& condition) {
  const auto found_out = where_defined([&] {
    const auto values = at.on_borders().point->evaluate(condition.indices, condition.argument);
    return std::any_of(values.entries.begin(), values.entries.end(),
                       [&](const auto& entry) { return at.on_borders().field.sign(entry.value) == 0; });
  });
  return found_out.value_or(false);
}

/// Maxima and minima over an index.
void collect_extrema(const Expr& e, std::vector<Expr>& found) {
  const bool is_extremum = e->kind == language::Kind::reduce && (e->name == "max" || e->name == "min");
  if (is_extremum) found.push_back(e);
  for (const Expr& operand : e->operands) collect_extrema(operand, found);
}

bool differ_on_border(NumericPoint& at, const std::vector<Index>& indices, const Expr& left, const Expr& right) {
  constexpr double plain = 1e-20;
  const auto found_out = where_defined([&] {
    const auto truth = at.on_borders().point->evaluate(indices, left);
    const auto found = at.on_borders().point->evaluate(indices, right);
    for (std::size_t i = 0; i < truth.entries.size(); ++i) {
      if (error_of(truth.entries[i].value, found.entries[i].value) > plain) return true;
    }
    return false;
  });
  return found_out.value_or(false);
}

}  // namespace

Numbers compare_at(NumericPoint& at, const std::vector<Index>& indices, const Expr& left, const Expr& right,
                   int digits) {
  const auto nothing_told = [](std::string why) { return Numbers{.too_large = std::move(why)}; };
  const std::string too_large = "at no point drawn are its numbers small enough to compare";
  const double cost = operations(indices, left, right, at.sizes());
  for (const int carried : numbers_of_digits) {
    if (carried < digits) continue;
    if (cost > most_operations(carried))
      return nothing_told(carried == Digits::carried ? "it takes too many operations to evaluate" : too_large);
    try {
      auto& drawn = at.with(carried);
      const auto& truth = drawn.truth(indices, left);
      const auto found = drawn.point->evaluate(indices, right);
      double worst = 0;
      bool differ = false, tells = true, all_zero = true;
      for (std::size_t i = 0; i < truth.entries.size(); ++i) {
        const Ball &a = truth.entries[i].value, &b = found.entries[i].value;
        const Ball difference = a - b;
        worst = std::max(worst, error_of(a, b));
        all_zero = all_zero && a.contains_zero() && b.contains_zero();
        differ = differ || !difference.contains_zero();
        const Magnitude scale = Magnitude(1) + Magnitude::above(a.middle) + Magnitude::above(b.middle);
        tells = tells && difference.radius < Magnitude(narrow) * scale;
      }
      // What is 0 to 600 digits may be 1 - tanh(1000)^2.
      const bool may_be_small = carried == Digits::decisive && cost <= most_operations(Digits::most_carried);
      if (differ && may_be_small && drawn.field.has_met_zero()) continue;
      // A number that is 0 may be so for this point alone.
      if (differ && drawn.field.has_met_zero() && !differ_nearby(at, indices, left, right)) differ = false, worst = 0;
      if (differ) {
        const std::string by = worst < 1e-300 ? "" : fmt::format("by {:.1e} ", worst);
        return {.differ = true, .where = by + (at.sizes().empty() ? "at some point" : "at " + described(at.sizes()))};
      }
      if (tells)
        return {.points = 1,
                .worst = worst,
                .all_zero = all_zero,
                .ill_conditioned = at.is_ill_conditioned(),
                .largest = at.sizes(),
                .same_at = {&at}};
    } catch (const Imprecise&) {
    } catch (const Redraw& reason) {
      return {.undefined = reason.what()};
    } catch (const NotApplicable& reason) {
      return nothing_told(reason.what());
    } catch (const cln::runtime_exception&) {
      return nothing_told("its numbers are too large");
    }
  }
  return nothing_told(too_large);
}

/// What is known of a condition.
struct Equality::Known {
  Condition condition;
  std::vector<Border> borders{};
  std::vector<std::unique_ptr<NumericPoint>> points{};  ///< for formulas that have it; the layer's are for all
  std::map<const NumericPoint*, Sides> sides{};         ///< at points where they have been asked for

  template <class Points>
  Sides at(const Points& all) {
    Sides together;
    for (const auto& point : all) {
      const auto [entry, is_new] = sides.try_emplace(&*point);
      if (is_new) entry->second = sides_at(*point, condition);
      together.add(entry->second);
    }
    return together;
  }
};

Equality::Equality(const language::Layer& layer, const std::vector<language::Definition>& introduced, Effort effort)
    : layer_(layer),
      introduced_(introduced),
      effort_(std::move(effort)),
      random_(effort_.seed),
      sizes_{2, usual_size(rank_of(layer, effort_.rank)), effort_.least_sizes, {}, 0},
      borders_(layer, introduced, sizes_, border_operations, effort_.claims) {
  effort_.rank = rank_of(layer, effort_.rank);
}

Equality::~Equality() = default;

void Equality::draw_points() {
  if (is_drawn_) return;
  is_drawn_ = true;
  draw_numeric_points();
  if (numeric_.empty()) return;
  obstacle_.clear();
  draw_points_around_borders();
  draw_modular_points();
  if (!effort_.claims) return;
  draw_wide_points();
  draw_points_of_size_one();
}

void Equality::draw_numeric_points() {
  const auto draw_one = [&](const Manner& manner, const SizeRange& sizes) {
    return draw_numeric(layer_, introduced_, random_, manner, sizes, obstacle_);
  };
  for (int i = 0; i < points_with_digits; ++i) {
    constexpr Constants constants[] = {Constants::by_default, Constants::above, Constants::below};
    const bool ill_conditioned = i + 1 == points_with_digits;
    Manner manner{.shifted = ill_conditioned, .constants = constants[i % 3]};
    // One of them is so small that 600 digits are not too many, where it takes them: at maxima of what is all the same.
    SizeRange sizes = sizes_;
    if (i == 1 && effort_.rank > 2) sizes.high = sizes.low;
    auto point = draw_one(manner, sizes);
    // Some layers are at home near 0 only: log(1 - x^2).
    manner.shifted = false;
    if (!point && ill_conditioned) point = draw_one(manner, sizes);
    if (!point) {
      numeric_.clear();
      return;
    }
    numeric_.push_back(std::move(point));
  }
  if (effort_.operations == 0 || layer_.sizes.empty()) return;
  for (const Constants own : {Constants::above, Constants::below}) {
    auto point = draw_one({.constants = own}, {3, largest_size, effort_.least_sizes, {}, effort_.operations});
    if (point) numeric_.push_back(std::move(point));
  }
}

/// Entries of all magnitudes, for what several conditions decide together: a mistake beyond one threshold that shows
/// beyond another one alone.
void Equality::draw_wide_points() {
  for (const Constants constants : {Constants::by_default, Constants::above, Constants::below}) {
    for (int i = 0; i < 3; ++i) {
      auto point =
          point_of(layer_, introduced_,
                   {random_.bits(), sizes_.draw(layer_, random_), {.spread = Spread::wide, .constants = constants}});
      if (point) numeric_.push_back(std::move(point));
    }
  }
}

/// Each size in its turn, and all of them. So few entries are often on one side of a border, so there are several.
void Equality::draw_points_of_size_one() {
  const auto draw_some = [&](const std::set<std::string>& ones) {
    for (const Constants constants : {Constants::by_default, Constants::above, Constants::below}) {
      for (const Spread spread : {Spread::mixed, Spread::large}) {
        SizeMap sizes = sizes_.draw(layer_, random_);
        for (const std::string& name : ones) {
          if (!effort_.least_sizes.contains(name)) sizes[name] = 1;
        }
        auto point = point_of(layer_, introduced_,
                              {random_.bits(), std::move(sizes), {.spread = spread, .constants = constants}});
        if (point) of_size_one_.push_back(std::move(point));
      }
    }
  };
  for (const std::string& size : layer_.sizes) draw_some({size});
  if (layer_.sizes.size() > 1) draw_some({layer_.sizes.begin(), layer_.sizes.end()});
}

void Equality::draw_points_around_borders() {
  std::vector<Border> all;
  for (const Condition& condition : conditions_of(layer_, introduced_)) {
    if (known_.size() == most_conditions) break;
    engine::Random random(hashed(condition.text, effort_.seed));
    auto entry = std::make_unique<Known>(Known{condition, borders_.find(condition, random)});
    all.insert(all.end(), entry->borders.begin(), entry->borders.end());
    known_[condition.text] = std::move(entry);
  }
  for (const auto& [text, known] : known_) {
    if (known->borders.empty()) continue;
    for (auto& point : borders_.beside(known->borders)) numeric_.push_back(std::move(point));
  }
  if (all.empty()) return;
  for (auto& point : borders_.around(all, random_)) numeric_.push_back(std::move(point));
}

void Equality::draw_modular_points() {
  // All or nothing: where one point cannot be had, the layer's roots or powers have no meaning in F_p.
  try {
    const SizeRange small{2, 3, effort_.least_sizes, {}, 0};
    const SizeRange large{2, largest_modular_size, effort_.least_sizes, {}, effort_.residues};
    for (int i = 0; i < points_in_field; ++i) {
      auto point = draw_modular(layer_, introduced_, random_, i < effort_.larger ? large : small);
      if (!point) {
        modular_.clear();
        break;
      }
      modular_.push_back(std::move(point));
    }
  } catch (const NotApplicable&) {
    modular_.clear();
  }
}

const std::vector<std::unique_ptr<ModularPoint>>& Equality::modular_points() {
  draw_points();
  return modular_;
}

const std::vector<std::unique_ptr<NumericPoint>>& Equality::numeric_points() {
  draw_points();
  return numeric_;
}

const std::string& Equality::obstacle() {
  draw_points();
  return obstacle_;
}

Equality::Known& Equality::known(const Condition& condition) {
  auto& entry = known_[condition.text];
  if (entry) return *entry;
  entry = std::make_unique<Known>(Known{condition});
  if (!effort_.claims && !unseen_side(condition, entry->at(numeric_), layer_, introduced_)) return *entry;
  engine::Random random(hashed(condition.text, effort_.seed));
  entry->borders = borders_.find(condition, random);
  if (entry->borders.empty()) return *entry;
  entry->points = borders_.beside(entry->borders);
  for (auto& point : borders_.around(entry->borders, random)) entry->points.push_back(std::move(point));
  return *entry;
}

std::vector<NumericPoint*> Equality::points_for(const Expr& left, const Expr& right) {
  draw_points();
  std::vector<NumericPoint*> points;
  for (const auto& at : numeric_) points.push_back(at.get());
  const std::vector<Condition> conditions = conditions_behind(left, right);
  for (const Condition& condition : conditions) {
    for (const auto& at : known(condition).points) points.push_back(at.get());
  }
  if (!effort_.claims) return points;
  for (const auto& at : points_between(conditions)) points.push_back(at.get());
  return points;
}

const std::vector<std::unique_ptr<NumericPoint>>& Equality::points_between(const std::vector<Condition>& conditions) {
  std::string texts;
  for (const Condition& condition : conditions) texts += condition.text + "\n";
  const auto [entry, is_new] = between_.try_emplace(texts);
  if (!is_new) return entry->second;
  std::vector<Border> borders;
  for (const Condition& condition : conditions) {
    for (const Border& border : known(condition).borders) {
      if (border.how.manner.constants == Constants::by_default) borders.push_back(border);
    }
  }
  engine::Random random(hashed(texts, effort_.seed));
  entry->second = borders_.between(borders, random);
  return entry->second;
}

Numbers Equality::compare_numbers(const std::vector<Index>& indices, const Expr& left, const Expr& right, int digits) {
  Numbers all;
  const auto add = [&](const Numbers& one) {
    all.differ = all.differ || one.differ;
    all.points += one.points;
    all.worst = std::max(all.worst, one.worst);
    all.all_zero = all.all_zero && one.all_zero;
    all.ill_conditioned = all.ill_conditioned || one.ill_conditioned;
    if (!one.undefined.empty()) all.undefined = one.undefined;
    if (!one.too_large.empty()) all.too_large = one.too_large;
    if (all.where.empty()) all.where = one.where;
    note_largest(all.largest, one.largest);
    all.same_at.insert(all.same_at.end(), one.same_at.begin(), one.same_at.end());
  };
  for (NumericPoint* at : points_for(left, right)) {
    add(compare_at(*at, indices, left, right, digits));
    if (all.differ) return all;
  }
  // Where one side has no value (the root of what may be negative), others are looked for at which both have.
  engine::Random random(effort_.seed + 1);
  for (int draws = 0; draws < 16 && !all.undefined.empty() && all.points == 0; ++draws) {
    std::string ignored;
    const auto at = draw_numeric(layer_, introduced_, random, {}, sizes_, ignored);
    if (!at) continue;
    Numbers one = compare_at(*at, indices, left, right, digits);
    one.same_at.clear();  // the point does not outlive this
    add(one);
    if (all.differ) break;
  }
  // A formula that divides by N − 1 is for larger sizes, and where N = 1 puts the truth on a border, x = mean(x), the
  // right formula may differ from it as well.
  for (const auto& at : of_size_one_) {
    if (all.points == 0 || all.differ) break;
    const Numbers one = compare_at(*at, indices, left, right, digits);
    NumericPoint alone(layer_, introduced_, at->how());
    if (one.points > 0 || (one.differ && !meets_zero(alone, indices, left))) add(one);
  }
  return all;
}

Residues Equality::compare_residues(const std::vector<Index>& indices, const Expr& left, const Expr& right) {
  draw_points();
  Residues residues;
  try {
    for (const auto& at : modular_) {
      if (operations(indices, left, right, at->sizes) > most_modular_operations) continue;
      try {
        const auto& truth = at->truth(indices, left);
        const auto found = at->point->evaluate(indices, right);
        for (std::size_t i = 0; i < truth.entries.size(); ++i)
          residues.differ = residues.differ || truth.entries[i].value != found.entries[i].value;
        if (residues.differ) {
          residues.where = fmt::format("in F_p at {}", described(at->sizes));
          break;
        }
        ++residues.same;
        note_largest(residues.largest, at->sizes);
      } catch (const Redraw&) {  // √(ab) may have a root here where √a and √b have none
      }
    }
  } catch (const NotApplicable&) {
    return {};
  }
  if (residues.differ) residues.same = 0;
  return residues;
}

std::vector<Expr> Equality::formulas_behind(const Expr& left, const Expr& right) const {
  std::set<std::string> names = dependencies(left, layer_, introduced_);
  names.merge(dependencies(right, layer_, introduced_));
  const bool all = differentiates(left) || differentiates(right);
  std::vector<Expr> formulas;
  for (const auto* definitions : {&layer_.definitions, &introduced_}) {
    for (const auto& definition : *definitions) {
      if (all || names.contains(definition.name)) formulas.push_back(definition.value);
    }
  }
  formulas.push_back(left);
  formulas.push_back(right);
  return formulas;
}

std::vector<Condition> Equality::conditions_behind(const Expr& left, const Expr& right) const {
  std::vector<Condition> conditions;
  for (const Expr& formula : formulas_behind(left, right)) {
    for (Condition& condition : conditions_of(formula)) {
      const bool is_known = std::any_of(conditions.begin(), conditions.end(),
                                        [&](const Condition& other) { return other.text == condition.text; });
      if (!is_known) conditions.push_back(std::move(condition));
    }
  }
  return conditions;
}

std::vector<std::string> Equality::unseen(const Expr& left, const Expr& right,
                                          const std::vector<NumericPoint*>& points) {
  std::vector<std::string> reasons;
  for (const Condition& condition : conditions_behind(left, right)) {
    const auto reason = unseen_side(condition, known(condition).at(points), layer_, introduced_);
    if (reason && std::find(reasons.begin(), reasons.end(), *reason) == reasons.end()) reasons.push_back(*reason);
  }
  return reasons;
}

std::vector<std::string> Equality::exceptions(const std::vector<Index>& indices, const Expr& left, const Expr& right) {
  draw_points();
  std::vector<Condition> conditions = conditions_behind(left, right);
  std::stable_sort(conditions.begin(), conditions.end(),
                   [](const Condition& a, const Condition& b) { return a.text.size() < b.text.size(); });
  std::vector<std::unique_ptr<NumericPoint>> exceptional;
  std::vector<std::string> names;
  for (const Condition& condition : conditions) {
    // step(x) and step(-x) change at the same place.
    const bool is_known = std::any_of(exceptional.begin(), exceptional.end(),
                                      [&](const auto& at) { return is_on_border(*at, condition); });
    if (is_known) continue;
    for (const Border& border : known(condition).borders) {
      if (border.how.manner.constants != Constants::by_default) continue;
      const Border sharp = borders_.sharpened(condition, border);
      auto at = std::make_unique<NumericPoint>(borders_.placed(sharp.how, sharp.placement));
      // What is 0 nearby as well, r − min(max(r, lo), hi) between lo and hi, has no border there.
      NumericPoint nearby = at->nudged();
      if (is_on_border(nearby, condition) || !differ_on_border(*at, indices, left, right)) continue;
      names.push_back(name_of(condition, sharp));
      exceptional.push_back(std::move(at));
      break;
    }
  }
  add_ties(indices, left, right, names);
  return names;
}

void Equality::add_ties(const std::vector<Index>& indices, const Expr& left, const Expr& right,
                        std::vector<std::string>& names) {
  std::vector<Expr> extrema;
  for (const Expr& formula : formulas_behind(left, right)) collect_extrema(formula, extrema);
  for (const Expr& extremum : extrema) {
    const std::string name = "ties in " + present::to_text(extremum);
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    NumericDraw how = numeric_.front()->how();
    how.manner.alike = dependencies(extremum, layer_, introduced_);
    NumericPoint tied(layer_, introduced_, std::move(how));
    if (!differ_on_border(tied, indices, left, right)) continue;
    NumericPoint nearby = tied.nudged();
    if (!differ_on_border(nearby, indices, left, right)) names.push_back(name);
  }
}

std::string Equality::name_of(const Condition& condition, const Border& border) const {
  const std::set<std::string> names = dependencies(condition.argument, layer_, introduced_);
  const bool is_of_one = std::all_of(layer_.tensors.begin(), layer_.tensors.end(), [&](const auto& tensor) {
    return tensor.name == border.placement.tensor || !names.contains(tensor.name);
  });
  if (!border.is_fraction || !is_of_one) return condition.text + " = 0";
  const GiNaC::numeric& value = border.placement.value;
  const std::string below = value.is_integer() ? "" : fmt::format("/{}", value.denom().to_long());
  return fmt::format("{} = {}{}", border.placement.tensor, value.numer().to_long(), below);
}

}  // namespace chalktape::check
