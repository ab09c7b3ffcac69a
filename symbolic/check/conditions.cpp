#include "symbolic/check/conditions.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include <fmt/core.h>

#include "symbolic/check/proof_sizes.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::check {

using language::Expr;
using language::Index;
using language::Kind;
using language::Role;

namespace {

// ---- the conditions of a formula

void collect_free(const Expr& e, std::vector<Index>& bound, std::vector<Index>& found) {
  const auto add = [&](const Index& index) {
    const auto is_same = [&](const Index& other) { return other.name == index.name; };
    if (index.is_literal() || std::any_of(bound.begin(), bound.end(), is_same) ||
        std::any_of(found.begin(), found.end(), is_same))
      return;
    found.push_back(index);
  };
  const std::size_t outer = bound.size();
  if (e->kind == Kind::reduce) {
    bound.insert(bound.end(), e->indices.begin(), e->indices.end());
  } else {
    for (const Index& index : e->indices) add(index);
  }
  for (const Expr& operand : e->operands) collect_free(operand, bound, found);
  bound.resize(outer);
}

bool is_extremum_of_two(const Expr& e) {
  return e->kind == Kind::call && e->operands.size() == 2 && (e->name == "max" || e->name == "min");
}

void collect_conditions(const Expr& e, std::vector<Condition>& found) {
  for (const Expr& operand : e->operands) collect_conditions(operand, found);
  Condition condition{e, nullptr, {}, {}};
  if (is_extremum_of_two(e)) {
    condition.argument = language::binary(Kind::subtract, e->operands[0], e->operands[1]);
  } else if (e->kind == Kind::call && (e->name == "step" || e->name == "relu" || e->name == "abs")) {
    condition.argument = e->operands[0];
  } else {
    return;
  }
  std::vector<Index> bound;
  collect_free(condition.argument, bound, condition.indices);
  condition.text = present::to_text(condition.argument);
  const bool is_known =
      std::any_of(found.begin(), found.end(), [&](const Condition& other) { return other.text == condition.text; });
  if (!is_known) found.push_back(std::move(condition));
}

// ---- which sides there can be

/// The signs that an expression may have, as far as its form says.
struct Signs {
  bool negative = true, zero = true, positive = true;
  [[nodiscard]] bool is_nonnegative() const { return !negative; }
  [[nodiscard]] Signs mirrored() const { return {positive, zero, negative}; }
};

Signs sum_of(const Signs& a, const Signs& b) {
  const bool both_ways = (a.negative && b.positive) || (a.positive && b.negative);
  return {a.negative || b.negative, both_ways || (a.zero && b.zero), a.positive || b.positive};
}

Signs product_of(const Signs& a, const Signs& b) {
  return {(a.negative && b.positive) || (a.positive && b.negative), a.zero || b.zero,
          (a.positive && b.positive) || (a.negative && b.negative)};
}

constexpr Signs above_zero{false, false, true}, not_below_zero{false, true, true};

Signs signs_of(const GiNaC::numeric& n) { return {n.is_negative(), n.is_zero(), n.is_positive()}; }

Signs signs_within(const Bounds& bounds) {
  Signs signs;
  if (bounds.low && !bounds.low->is_negative()) signs.negative = false;
  if (bounds.low && bounds.low->is_positive()) signs.zero = false;
  if (bounds.high && !bounds.high->is_positive()) signs.positive = false;
  if (bounds.high && bounds.high->is_negative()) signs.zero = false;
  return signs;
}

class SignsByForm {
 public:
  SignsByForm(const language::Layer& layer, const std::vector<language::Definition>& introduced)
      : layer_(layer), introduced_(introduced), bounds_(bounds_of(layer)) {}

  [[nodiscard]] Signs of(const Expr& e) const {
    const auto operand = [&](std::size_t k) { return of(e->operands[k]); };
    switch (e->kind) {
      case Kind::number:
        return signs_of(notation::exact_number(e->name));
      case Kind::access:
        return of_name(e->name, e->role);
      case Kind::delta:
        return not_below_zero;
      case Kind::negate:
        return operand(0).mirrored();
      case Kind::add:
        return sum_of(operand(0), operand(1));
      case Kind::subtract:
        return sum_of(operand(0), operand(1).mirrored());
      case Kind::multiply:
        if (language::equal(e->operands[0], e->operands[1])) return {false, operand(0).zero, true};
        return product_of(operand(0), operand(1));
      case Kind::divide:
        return product_of(operand(0), operand(1));
      case Kind::power:
        return of_power(operand(0), constant_value(e->operands[1]));
      case Kind::call:
        return of_call(e);
      case Kind::reduce:
        return operand(0);
      case Kind::derivative:
        break;
    }
    return {};
  }

 private:
  [[nodiscard]] Signs of_name(const std::string& name, Role role) const {
    if (role == Role::size || role == Role::pi) return above_zero;
    if (const auto own = bounds_.find(name); own != bounds_.end()) return signs_within(own->second);
    for (const auto& constant : layer_.constants) {
      if (constant.name == name && constant.default_value)
        return signs_of(notation::exact_number(*constant.default_value));
    }
    if (role != Role::definition) return {};
    if (const auto* definition = layer_.find_definition(name)) return of(definition->value);
    for (const auto& definition : introduced_) {
      if (definition.name == name) return of(definition.value);
    }
    return {};
  }

  static Signs of_power(const Signs& base, const std::optional<GiNaC::numeric>& exponent) {
    const bool is_even = exponent && exponent->is_even();
    const bool is_whole = exponent && exponent->is_integer();
    if (is_even || !is_whole) return {false, base.zero, true};
    return base;
  }

  [[nodiscard]] Signs of_call(const Expr& e) const {
    const Signs x = of(e->operands[0]);
    const std::string& f = e->name;
    if (f == "exp" || f == "sigmoid" || f == "softplus") return above_zero;
    if (f == "step") return {false, x.zero || x.negative, x.positive};
    if (f == "relu") return {false, x.zero || x.negative, x.positive};
    if (f == "abs" || f == "sqrt") return {false, x.zero, true};
    if (f == "tanh" || f == "erf" || f == "stop") return x;
    if (!is_extremum_of_two(e)) return {};
    const Signs y = of(e->operands[1]);
    const auto largest = [](const Signs& a, const Signs& b) {
      return Signs{a.negative && b.negative, (a.zero && (b.zero || b.negative)) || (b.zero && (a.zero || a.negative)),
                   a.positive || b.positive};
    };
    return f == "max" ? largest(x, y) : largest(x.mirrored(), y.mirrored()).mirrored();
  }

  const language::Layer& layer_;
  const std::vector<language::Definition>& introduced_;
  std::map<std::string, Bounds> bounds_;
};

void collect_dependencies(const Expr& e, const language::Layer& layer,
                          const std::vector<language::Definition>& introduced, std::set<std::string>& found) {
  if (e->kind == Kind::derivative || (e->kind == Kind::access && e->role == Role::gradient)) {
    for (const auto& tensor : layer.tensors) found.insert(tensor.name);
  }
  for (const Expr& operand : e->operands) collect_dependencies(operand, layer, introduced, found);
  if (e->kind != Kind::access || !found.insert(e->name).second) return;
  if (const auto* definition = layer.find_definition(e->name)) {
    collect_dependencies(definition->value, layer, introduced, found);
  }
  for (const auto& definition : introduced) {
    if (definition.name == e->name) collect_dependencies(definition.value, layer, introduced, found);
  }
}

/// A fraction of small numbers that the value is, but for rounding.
std::optional<GiNaC::numeric> small_fraction(double value) {
  constexpr long largest_denominator = 1000;
  if (!(std::abs(value) < 1e6)) return std::nullopt;
  for (long denominator = 1; denominator <= largest_denominator; ++denominator) {
    const double scaled = value * static_cast<double>(denominator), whole = std::round(scaled);
    if (std::abs(scaled - whole) <= 1e-11 * std::max(1.0, std::abs(scaled)) && (whole != 0 || value == 0))
      return GiNaC::numeric(static_cast<long>(whole), denominator);
  }
  return std::nullopt;
}

/// The double as it is, a fraction whose denominator is a power of two.
GiNaC::numeric exactly(double value) { return GiNaC::numeric(cln::cl_N(cln::rational(cln::cl_DF(value)))); }

}  // namespace

std::vector<Condition> conditions_of(const Expr& e) {
  std::vector<Condition> found;
  collect_conditions(e, found);
  return found;
}

std::vector<Condition> conditions_of(const language::Layer& layer,
                                     const std::vector<language::Definition>& introduced) {
  std::vector<Condition> found;
  for (const auto& definition : layer.definitions) collect_conditions(definition.value, found);
  for (const auto& definition : introduced) collect_conditions(definition.value, found);
  return found;
}

bool differentiates(const Expr& e) {
  if (e->kind == Kind::derivative || e->role == Role::gradient) return true;
  return std::any_of(e->operands.begin(), e->operands.end(), differentiates);
}

std::set<std::string> dependencies(const Expr& e, const language::Layer& layer,
                                   const std::vector<language::Definition>& introduced) {
  std::set<std::string> found;
  collect_dependencies(e, layer, introduced, found);
  return found;
}

void Sides::add(const Sides& others) {
  positive = positive || others.positive;
  negative = negative || others.negative;
  zero = zero || others.zero;
}

Sides sides_at(NumericPoint& at, const Condition& condition) {
  const auto values =
      where_defined([&] { return at.with_enough().point->evaluate(condition.indices, condition.argument); });
  Sides sides;
  if (!values) return sides;
  for (const auto& entry : values->entries) {
    const bool is_zero = entry.value.contains_zero(), is_negative = cln::minusp(entry.value.middle);
    sides.add({!is_zero && !is_negative, !is_zero && is_negative, is_zero});
  }
  return sides;
}

std::optional<std::string> unseen_side(const Condition& condition, const Sides& seen, const language::Layer& layer,
                                       const std::vector<language::Definition>& introduced) {
  const auto names = dependencies(condition.argument, layer, introduced);
  const bool varies = std::any_of(layer.tensors.begin(), layer.tensors.end(),
                                  [&](const auto& tensor) { return names.contains(tensor.name); });
  if (!varies) return std::nullopt;
  const Signs possible = SignsByForm(layer, introduced).of(condition.argument);
  // step and relu are the same at 0 and below.
  const bool off_at_zero = condition.node->name == "step" || condition.node->name == "relu";
  const bool low_possible = possible.negative || (off_at_zero && possible.zero);
  const bool low_seen = seen.negative || (off_at_zero && seen.zero);
  const bool lacks_high = possible.positive && !seen.positive, lacks_low = low_possible && !low_seen;
  if (!lacks_high && !lacks_low) return std::nullopt;
  const std::string node = present::to_text(condition.node);
  if (is_extremum_of_two(condition.node)) {
    // The operand that was never taken: of max the first one where the argument was never above 0.
    const bool lacks_first = (condition.node->name == "max") == lacks_high;
    const Expr& lacking = condition.node->operands[lacks_first ? 0 : 1];
    if (constant_value(lacking)) return fmt::format("{} was never at its bound", node);
    return fmt::format("{} was never {}", node, present::to_text(lacking));
  }
  return fmt::format("{} was never {} 0", condition.text, lacks_high ? "above" : off_at_zero ? "at or below" : "below");
}

// ---- borders

/// What is moved: an entry's distance from a number, or the factor of all entries.
struct Move {
  std::string tensor;
  std::size_t position = 0;  ///< or Placement::scales_all
  GiNaC::numeric from{};
};

/// What a condition depends on, and nothing else: other definitions may need more digits, at 0 all around, or have no
/// value. The same is drawn for it as for the layer.
struct Needed {
  Needed(const language::Layer& l, const std::vector<language::Definition>& i, const Condition& condition)
      : layer(l), introduced(i), names(dependencies(condition.argument, layer, introduced)) {
    const auto is_not_needed = [&](const language::Definition& definition) { return !names.contains(definition.name); };
    const auto reads_gradients = [&](const language::Definition& definition) {
      return !is_not_needed(definition) && differentiates(definition.value);
    };
    if (differentiates(condition.argument) || std::any_of(i.begin(), i.end(), reads_gradients)) return;
    std::erase_if(layer.definitions, is_not_needed);
    std::erase_if(introduced, is_not_needed);
    layer.outputs.clear();
  }

  language::Layer layer;
  std::vector<language::Definition> introduced;
  std::set<std::string> names;
};

/// One condition, one move, at one draw: the condition's argument as a function of how far it goes.
class Borders::Search {
 public:
  Search(const Needed& needed, const Condition& condition, Move move, NumericDraw how, int& evaluations)
      : needed_(needed),
        condition_(condition),
        move_(std::move(move)),
        how_(std::move(how)),
        evaluations_(evaluations) {
    const auto bounds = bounds_of(needed.layer);
    if (const auto own = bounds.find(move_.tensor); own != bounds.end()) bounds_ = own->second;
  }

  std::optional<Border> run() {
    if (auto border = is_plain() ? straight() : std::nullopt) return border;
    return scan();
  }

 private:
  using Values = std::vector<Ball>;

  /// Whether an entry itself is moved.
  [[nodiscard]] bool is_plain() const { return move_.position != Placement::scales_all && move_.from.is_zero(); }

  /// All entries of the argument, where the entry of the tensor is t. Nothing where they have no value.
  std::optional<Values> values_at(double t) {
    constexpr int cost_of_more_digits = 25;
    NumericDraw how = how_;
    how.manner.placements.push_back({move_.tensor, move_.position, move_.from + exactly(t)});
    NumericPoint at(needed_.layer, needed_.introduced, std::move(how));
    const auto with = [&](int digits) {
      Values values;
      const auto found = at.with(digits).point->evaluate(condition_.indices, condition_.argument);
      for (const auto& entry : found.entries) values.push_back(entry.value);
      return values;
    };
    if (evaluations_-- <= 0) return std::nullopt;
    return where_defined([&] {
      try {
        return with(Digits::carried);
      } catch (const Imprecise&) {
        evaluations_ -= cost_of_more_digits;
        if (evaluations_ <= 0) throw;
      }
      return with(Digits::decisive);
    });
  }

  [[nodiscard]] bool is_allowed(double t) const {
    if (move_.position == Placement::scales_all) return t > 0;
    return bounds_.allows(move_.from + exactly(t));
  }

  /// The zero of an argument that is affine in the entry.
  std::optional<Border> straight() {
    const double start = bounds_.low    ? bounds_.low->to_double() + 0.25
                         : bounds_.high ? bounds_.high->to_double() - 0.5
                                        : 0.25;
    const auto first = values_at(start), second = values_at(start + 0.125);
    if (!first || !second) return std::nullopt;
    for (std::size_t k = 0; k < first->size(); ++k) {
      const double low = cln::double_approx((*first)[k].middle);
      const double slope = (cln::double_approx((*second)[k].middle) - low) * 8;
      const double zero = start - low / slope;
      if (slope == 0 || !std::isfinite(zero) || !is_allowed(zero)) continue;
      const auto there = values_at(zero);
      if (!there) continue;
      const double rest = std::abs(cln::double_approx((*there)[k].middle));
      if (rest <= 1e-12 * (std::abs(low) + std::abs(slope * zero))) return border_at(zero);
    }
    return std::nullopt;
  }

  /// A change of sign between two of many magnitudes, narrowed down.
  std::optional<Border> scan() {
    static constexpr int exponents[] = {-900, -300, -140, -100, -60, -40, -27, -14, -7, -4, -2, -1, 0,
                                        1,    2,    3,    4,    5,   6,   7,   8,   10, 14, 20, 40};
    std::vector<double> grid;
    for (const int exponent : exponents) {
      grid.push_back(std::ldexp(1.25, exponent));
      grid.push_back(-std::ldexp(1.25, exponent));
    }
    std::sort(grid.begin(), grid.end());
    std::optional<Values> before;
    double last = 0;
    for (const double t : grid) {
      if (!is_allowed(t)) continue;
      auto values = values_at(t);
      if (!values) continue;
      for (std::size_t k = 0; before && k < values->size(); ++k) {
        if (sign((*before)[k]) * sign((*values)[k]) < 0) return narrowed(last, t, k, sign((*before)[k]));
      }
      before = std::move(values);
      last = t;
    }
    return std::nullopt;
  }

  static int sign(const Ball& x) { return x.contains_zero() ? 0 : cln::minusp(x.middle) ? -1 : 1; }

  std::optional<Border> narrowed(double low, double high, std::size_t entry, int sign_at_low) {
    constexpr int most = 120;
    for (int i = 0; i < most && high - low > 1e-14 * std::max(std::abs(low), std::abs(high)); ++i) {
      const bool wide = low * high > 0 && std::max(low / high, high / low) > 4;
      const double middle = wide ? std::copysign(std::sqrt(low * high), low) : low + (high - low) / 2;
      if (middle == low || middle == high) break;
      const auto values = values_at(middle);
      if (!values) return border_at(middle);  // so near that its side cannot be told
      const int there = sign((*values)[entry]);
      if (there == 0) return border_at(middle);
      (there == sign_at_low ? low : high) = middle;
    }
    return border_at(low + (high - low) / 2);
  }

  Border border_at(double t) {
    const auto fraction = is_plain() ? small_fraction(t) : std::nullopt;
    const GiNaC::numeric value = fraction ? *fraction : move_.from + exactly(t);
    return {how_, {move_.tensor, move_.position, value}, fraction.has_value(), move_.from};
  }

  const Needed& needed_;
  const Condition& condition_;
  Move move_;
  NumericDraw how_;
  int& evaluations_;
  Bounds bounds_;
};

Borders::Borders(const language::Layer& layer, const std::vector<language::Definition>& introduced,
                 const SizeRange& sizes, double operations, bool thorough)
    : layer_(layer), introduced_(introduced), sizes_(sizes), operations_(operations), thorough_(thorough) {}

NumericPoint Borders::placed(NumericDraw how, const Placement& placement) const {
  how.manner.placements.push_back(placement);
  return {layer_, introduced_, std::move(how)};
}

std::vector<Border> Borders::find(const Condition& condition, engine::Random& random) const {
  constexpr std::size_t most_tensors = 2;
  constexpr double most_evaluations = 600;
  constexpr Spread spreads[] = {Spread::mixed, Spread::small, Spread::large};
  const Needed needed(layer_, introduced_, condition);
  const std::set<std::string>& names = needed.names;
  const auto tied = tied_tensors(layer_);
  std::vector<Border> found;
  const SizeMap sizes = sizes_.draw(layer_, random);
  const std::uint64_t seed = random.bits();
  const double operations = 1 + scalar_operations(needed.layer, sizes);
  auto evaluations = static_cast<int>(std::min(most_evaluations, operations_ / operations));
  const auto find_by = [&](const Move& move, Constants constants, const SizeMap& at) {
    for (const Spread spread : spreads) {
      NumericDraw how{seed, at, {.spread = spread, .constants = constants}};
      auto border = Search(needed, condition, move, std::move(how), evaluations).run();
      if (!border) continue;
      for (const auto& tensor : layer_.tensors) {
        if (names.contains(tensor.name)) border->dependencies.insert(tensor.name);
      }
      found.push_back(std::move(*border));
      return true;
    }
    return false;
  };
  std::vector<Move> moves, others;
  for (const auto& tensor : layer_.tensors) {
    if (!names.contains(tensor.name) || tied.contains(tensor.name)) continue;
    moves.push_back({tensor.name});
    if (!thorough_) continue;
    for (const GiNaC::numeric& number : numbers_behind(condition, names)) others.push_back({tensor.name, 0, number});
    if (!tensor.sizes.empty()) others.push_back({tensor.name, Placement::scales_all});
  }
  std::optional<Move> first;
  for (const Move& move : moves) {
    if (found.size() < most_tensors && find_by(move, Constants::by_default, sizes) && !first) first = move;
  }
  for (const Move& move : others) {
    if (!first && find_by(move, Constants::by_default, sizes)) first = move;
  }
  // What is right for the default or at some size alone, margin²/2 for a margin of 2, D for 2, has the same border
  // there.
  if (!first || !thorough_) return found;
  find_by(*first, Constants::by_default, sizes_.draw(layer_, random));
  if (layer_.constants.empty()) return found;
  for (const Constants other : {Constants::above, Constants::below})
    find_by(*first, other, sizes_.draw(layer_, random));
  return found;
}

std::vector<GiNaC::numeric> Borders::numbers_behind(const Condition& condition,
                                                    const std::set<std::string>& names) const {
  constexpr std::size_t most_numbers = 3;
  std::vector<GiNaC::numeric> numbers;
  const std::function<void(const Expr&)> collect = [&](const Expr& e) {
    if (e->kind == Kind::number) {
      const GiNaC::numeric number = notation::exact_number(e->name);
      const bool is_known = std::any_of(numbers.begin(), numbers.end(), [&](const auto& n) { return n == number; });
      if (!is_known && !number.is_zero() && numbers.size() < most_numbers) numbers.push_back(number);
    }
    for (const Expr& operand : e->operands) collect(operand);
  };
  collect(condition.argument);
  for (const auto* definitions : {&layer_.definitions, &introduced_}) {
    for (const auto& definition : *definitions) {
      if (names.contains(definition.name)) collect(definition.value);
    }
  }
  return numbers;
}

Border Borders::sharpened(const Condition& condition, const Border& border) const {
  constexpr int most_steps = 10;
  if (border.is_fraction) return border;
  const auto values_at = [&](const GiNaC::numeric& t) {
    NumericPoint at = placed(border.how, {border.placement.tensor, border.placement.position, t});
    std::vector<cln::cl_F> values;
    const auto found = at.on_borders().point->evaluate(condition.indices, condition.argument);
    for (const auto& entry : found.entries) values.push_back(entry.value.middle);
    return values;
  };
  const auto exactly_of = [](const cln::cl_F& x) { return GiNaC::numeric(cln::cl_N(cln::rational(x))); };
  const auto sharp = where_defined([&] {
    GiNaC::numeric before =
        border.placement.value + (GiNaC::abs(border.placement.value) + exactly(1e-12)) * exactly(1e-9);
    GiNaC::numeric now = border.placement.value;
    std::vector<cln::cl_F> last = values_at(before), values = values_at(now);
    const auto nearest = std::min_element(values.begin(), values.end(),
                                          [](const auto& a, const auto& b) { return cln::abs(a) < cln::abs(b); });
    const auto entry = static_cast<std::size_t>(nearest - values.begin());
    // The secant method.
    for (int step = 0; step < most_steps && !cln::zerop(values.at(entry)); ++step) {
      const cln::cl_F slope = last.at(entry) - values.at(entry);
      if (cln::zerop(slope)) break;
      const GiNaC::numeric next = now - (before - now) * exactly_of(values.at(entry) / slope);
      before = now;
      now = exactly_of(cln::cl_float(cln::the<cln::cl_RA>(next.to_cl_N()), cln::float_format(Digits::carried)));
      last = std::move(values);
      values = values_at(now);
      if (cln::abs(values.at(entry)) < cln::cl_float(1e-60, cln::float_format(Digits::carried))) break;
    }
    Border sharp = border;
    sharp.placement.value = now;
    return sharp;
  });
  return sharp.value_or(border);
}

std::vector<std::unique_ptr<NumericPoint>> Borders::beside(const std::vector<Border>& borders) const {
  static const GiNaC::numeric near = GiNaC::numeric(1) / GiNaC::numeric(1L << 30U);
  std::vector<std::unique_ptr<NumericPoint>> points;
  const auto add = [&](NumericDraw how) {
    if (auto point = point_of(layer_, introduced_, std::move(how))) points.push_back(std::move(point));
  };
  for (const Border& border : borders) {
    const Placement& placement = border.placement;
    if (placement.tensor != borders.front().placement.tensor) continue;
    const GiNaC::numeric offset = placement.value - border.from;
    const GiNaC::numeric distance = offset.is_zero() ? near : GiNaC::abs(offset) * near;
    for (const GiNaC::numeric& value : {placement.value + distance, placement.value - distance}) {
      const Placement placed{placement.tensor, placement.position, value};
      NumericDraw how = border.how;
      how.manner.placements.push_back(placed);
      add(how);
      if (!thorough_) continue;
      // A wrong threshold shows only where the sign of another tensor lets it: PPO's, of advantages.
      for (const auto& tensor : layer_.tensors) {
        if (!border.dependencies.contains(tensor.name)) how.manner.mirrored.insert(tensor.name);
      }
      if (!how.manner.mirrored.empty()) add(std::move(how));
      if (placement.position == Placement::scales_all) continue;
      // Whatever other tensors are drawn to be, there are entries beside the border.
      NumericDraw alike = border.how;
      alike.manner.placements.push_back(placed);
      alike.manner.alike = border.dependencies;
      add(std::move(alike));
    }
  }
  return points;
}

namespace {

/// Where the borders put single entries of the tensor.
std::vector<GiNaC::numeric> entries_at(const std::vector<Border>& borders, const std::string& tensor) {
  std::vector<GiNaC::numeric> values;
  for (const Border& border : borders) {
    const Placement& placement = border.placement;
    if (placement.position != Placement::scales_all && placement.tensor == tensor) values.push_back(placement.value);
  }
  return values;
}

}  // namespace

std::vector<std::unique_ptr<NumericPoint>> Borders::around(const std::vector<Border>& borders,
                                                           engine::Random& random) const {
  enum class Pattern { all_above, all_below, one_above, any };
  constexpr long unit = 1L << 20U;
  const auto bounds = bounds_of(layer_);
  std::vector<std::unique_ptr<NumericPoint>> points;
  for (const Pattern pattern : {Pattern::all_above, Pattern::all_below, Pattern::one_above, Pattern::any}) {
    NumericDraw how{random.bits(), sizes_.draw(layer_, random), {.constants = Constants::above}};
    if (pattern == Pattern::any) how.manner.constants = Constants::below;
    for (const auto& tensor : layer_.tensors) {
      const std::vector<GiNaC::numeric> values = entries_at(borders, tensor.name);
      if (values.empty()) continue;
      const auto own = bounds.find(tensor.name);
      const auto count = static_cast<std::int64_t>(entry_count(tensor.sizes, how.sizes));
      const std::int64_t one = random.between(0, count - 1);
      for (std::int64_t i = 0; i < count; ++i) {
        const auto& value =
            values[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(values.size()) - 1))];
        bool above = pattern == Pattern::all_above || (pattern == Pattern::one_above && i == one);
        if (pattern == Pattern::any) above = random.between(0, 1) == 1;
        static const GiNaC::numeric distances[] = {GiNaC::numeric(1, unit), GiNaC::numeric(1, 4), 1, 4, 64};
        const auto far =
            static_cast<std::size_t>(pattern == Pattern::any ? random.between(0, 4) : random.between(1, 3));
        const GiNaC::numeric part(static_cast<long>(random.between(1, unit)), unit);
        const GiNaC::numeric distance = (GiNaC::abs(value) + 1) * distances[far] * part;
        const GiNaC::numeric placed = above ? value + distance : value - distance;
        if (own != bounds.end() && !own->second.allows(placed)) continue;
        how.manner.placements.push_back({tensor.name, static_cast<std::size_t>(i), placed});
      }
    }
    if (auto point = point_of(layer_, introduced_, std::move(how))) points.push_back(std::move(point));
  }
  return points;
}

std::vector<std::unique_ptr<NumericPoint>> Borders::between(const std::vector<Border>& borders,
                                                            engine::Random& random) const {
  constexpr int most_points = 12;
  const auto bounds = bounds_of(layer_);
  std::map<std::string, std::vector<GiNaC::numeric>> places;  // by tensor
  for (const auto& tensor : layer_.tensors) {
    std::vector<GiNaC::numeric> at = entries_at(borders, tensor.name);
    if (at.empty()) continue;
    std::sort(at.begin(), at.end(), [](const auto& a, const auto& b) { return a < b; });
    std::vector<GiNaC::numeric> all{at.front() - (GiNaC::abs(at.front()) + 1) / 2};
    for (std::size_t k = 1; k < at.size(); ++k) {
      if (at[k - 1] < at[k]) all.push_back((at[k - 1] + at[k]) / 2);
    }
    all.push_back(at.back() + (GiNaC::abs(at.back()) + 1) / 2);
    const auto own = bounds.find(tensor.name);
    std::erase_if(all, [&](const auto& value) { return own != bounds.end() && !own->second.allows(value); });
    if (!all.empty()) places[tensor.name] = std::move(all);
  }
  std::vector<std::unique_ptr<NumericPoint>> points;
  for (int k = 0; k < most_points && !places.empty(); ++k) {
    NumericDraw how{random.bits(), sizes_.draw(layer_, random), {}};
    for (const auto& tensor : layer_.tensors) {
      const auto own = places.find(tensor.name);
      if (own == places.end()) continue;
      const std::size_t count = entry_count(tensor.sizes, how.sizes);
      for (std::size_t i = 0; i < count; ++i) {
        const auto chosen = static_cast<std::size_t>(random.below(std::ssize(own->second)));
        how.manner.placements.push_back({tensor.name, i, own->second[chosen]});
      }
    }
    if (auto point = point_of(layer_, introduced_, std::move(how))) points.push_back(std::move(point));
  }
  return points;
}

}  // namespace chalktape::check
