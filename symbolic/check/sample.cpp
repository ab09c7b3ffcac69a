#include "symbolic/check/sample.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <type_traits>

#include "symbolic/check/proof_sizes.hpp"

namespace chalktape::check {

using language::Assumption;
using language::Kind;
using language::Relation;

namespace {

bool is_constant(const language::Expr& e) { return e->kind == Kind::access && e->role == language::Role::constant; }

bool is_whole_tensor(const language::Expr& e) {
  return e->kind == Kind::access && e->role == language::Role::tensor && language::reaches_all_entries(*e);
}

/// `assume sum[j](t[i,j]) = 1`: the tensor, which of its axes are summed, and what their sum is; or that of squares.
struct Normalised {
  std::string name;
  std::vector<bool> summed;
  GiNaC::numeric total;
  bool mean = false, squares = false;
};

std::optional<Normalised> as_normalised(const Assumption& a) {
  if (a.relation != Relation::equal || a.left->kind != Kind::reduce) return std::nullopt;
  const auto total = constant_value(a.right);
  language::Expr body = a.left->operands[0];
  Normalised result{{}, {}, total.value_or(0), a.left->name == "mean", false};
  if (body->kind == Kind::power && constant_value(body->operands[1]) == GiNaC::numeric(2)) {
    result.squares = true;
    body = body->operands[0];
  }
  if (!total || !(a.left->name == "sum" || result.mean) || !is_whole_tensor(body)) return std::nullopt;
  if (result.squares && !total->is_positive()) return std::nullopt;
  result.name = body->name;
  for (const auto& i : body->indices) {
    bool bound = false;
    for (const auto& b : a.left->indices) bound = bound || b.name == i.name;
    result.summed.push_back(bound);
  }
  return result;
}

/// The entries that one of the sums runs over.
using Group = std::vector<std::size_t>;

std::vector<Group> groups_of(const Normalised& rule, const std::vector<std::int64_t>& dimensions, std::size_t entries) {
  std::map<std::vector<std::int64_t>, Group> groups;  // by the indices that are not summed over
  for (std::size_t i = 0; i < entries; ++i) {
    std::vector<std::int64_t> kept;
    std::size_t flat = i;
    for (std::size_t axis = dimensions.size(); axis-- > 0;) {
      const auto length = static_cast<std::size_t>(dimensions[axis]);
      if (!rule.summed[axis]) kept.push_back(static_cast<std::int64_t>(flat % length));
      flat /= length;
    }
    groups[kept].push_back(i);
  }
  std::vector<Group> result;
  for (auto& [kept, group] : groups) result.push_back(std::move(group));
  return result;
}

/// A group's sum is shifted to 0 and scaled to anything else, which keeps positive entries positive. Throws Redraw.
template <class Field>
void normalise(const Normalised& rule, const Group& group, Field& field, std::vector<typename Field::Element>& values) {
  using Element = typename Field::Element;
  Element total = field.from(std::int64_t{0});
  for (const std::size_t i : group)
    total = Field::add(total, rule.squares ? Field::multiply(values[i], values[i]) : values[i]);
  const Element count = field.from(static_cast<std::int64_t>(group.size()));
  if (rule.total.is_zero()) {
    const Element mean = Field::divide(total, count);
    for (const std::size_t i : group) values[i] = Field::subtract(values[i], mean);
    return;
  }
  const Element wanted = rule.mean ? Field::multiply(field.from(rule.total), count) : field.from(rule.total);
  const Element scale = Field::divide(wanted, total);
  // Parts of a whole are positive, and in F_p what is positive stays a square.
  const Element root = rule.total.is_positive() ? field.power(scale, 1, 2) : scale;
  for (const std::size_t i : group) values[i] = Field::multiply(values[i], rule.squares ? root : scale);
}

/// Groups that will not do are drawn anew, one by one: with all of them at once, luck would be needed for each.
template <class Field>
void normalise(const Normalised& rule, const std::vector<std::int64_t>& dimensions, Field& field,
               std::vector<typename Field::Element>& values,
               const std::function<typename Field::Element()>& draw_entry) {
  constexpr int most_draws = 64;
  for (const Group& group : groups_of(rule, dimensions, values.size())) {
    for (int draws = 0;; ++draws) {
      try {
        normalise(rule, group, field, values);
        break;
      } catch (const Redraw&) {
        if (draws == most_draws) throw;
        for (const std::size_t i : group) values[i] = draw_entry();
      }
    }
  }
}

template <class Field>
typename Field::Element draw_entry(Field& field, const Bounds& bounds, const Manner& manner) {
  if constexpr (std::is_same_v<Field, Modular>) {
    return field.draw(bounds.low && !bounds.low->is_negative());
  } else {
    const bool one_sided = !(bounds.low && bounds.high);
    const Digits::Element shift = field.from(std::int64_t{manner.shifted && one_sided ? 1000 : 0});
    if (bounds.low || bounds.high) {
      const Digits::Element unit = field.draw(true);
      if (!bounds.high) return field.from(*bounds.low) + unit + shift;
      if (!bounds.low) return field.from(*bounds.high) - unit - shift;
      return field.from(*bounds.low) + unit * field.from((*bounds.high - *bounds.low) / 2);
    }
    const Spread spread = manner.spread;
    Digits::Element entry = field.draw(spread == Spread::positive || spread == Spread::negative);
    if (spread == Spread::negative) entry = -entry;
    if (spread == Spread::small) entry = entry * field.from(GiNaC::numeric(1, 8));
    if (spread == Spread::large) entry = entry * field.from(std::int64_t{16});
    if (spread == Spread::wide) entry = entry * field.draw_power_of_two(8);
    return manner.shifted ? entry + shift : entry;
  }
}

/// In F_p a generic residue tests most; with digits a constant is what it is by default, or near it: a formula may be
/// right for slopes below 1 alone.
template <class Field>
typename Field::Element draw_constant(Field& field, const language::ConstantDeclaration& constant, const Bounds& bounds,
                                      Constants how) {
  const auto given =
      constant.default_value ? std::optional(notation::exact_number(*constant.default_value)) : std::nullopt;
  if constexpr (std::is_same_v<Field, Modular>) {
    const auto drawn = field.draw(true);
    return given && given->is_negative() ? Field::subtract(0, drawn) : drawn;
  } else {
    const Digits::Element unit = field.draw(true);
    if (how == Constants::any && !bounds.low && !bounds.high) return given && given->is_negative() ? -unit : unit;
    if (given && how == Constants::by_default) return field.from(*given);
    if (bounds.low && bounds.high) return field.from(*bounds.low) + unit * field.from(*bounds.high - *bounds.low);
    const Digits::Element scaled = unit * field.from(std::int64_t{how == Constants::above ? 4 : 1});
    if (bounds.low) return field.from(*bounds.low) + scaled;
    if (bounds.high) return field.from(*bounds.high) - scaled;
    if (!given) return how == Constants::below ? -unit : scaled;
    const Digits::Element part = unit * field.from(given->is_zero() ? GiNaC::numeric(1, 4) : GiNaC::abs(*given) / 4);
    return how == Constants::above ? field.from(*given) + part : field.from(*given) - part;
  }
}

void tighten(Bounds& bounds, Relation relation, const GiNaC::numeric& limit) {
  if (relation == Relation::greater || relation == Relation::greater_equal) {
    bounds.low = bounds.low ? std::max(*bounds.low, limit) : limit;
  } else if (relation != Relation::equal) {
    bounds.high = bounds.high ? std::min(*bounds.high, limit) : limit;
  }
}

bool is_root(const language::Expr& e) {
  if (e->kind == Kind::call && e->name == "sqrt") return true;
  if (e->kind != Kind::power) return false;
  const auto exponent = constant_value(e->operands[1]);
  return !exponent || !exponent->is_integer();
}

/// Whether there is a root in it: of what is no residue there is none. (That a divisor is 0 hardly ever happens.)
bool has_root(const language::Expr& e) {
  return is_root(e) || std::any_of(e->operands.begin(), e->operands.end(), has_root);
}

double roots_in(const language::Expr& e, const std::map<std::string, std::int64_t>& sizes) {
  double inside = is_root(e) ? 1 : 0;
  for (const auto& operand : e->operands) inside += roots_in(operand, sizes);
  return e->kind == Kind::reduce ? volume(e->indices, sizes) * inside : inside;
}

}  // namespace

std::map<std::string, Bounds> bounds_of(const language::Layer& layer) {
  std::map<std::string, Bounds> bounds;
  for (const Assumption& a : layer.assumptions) {
    const auto right = constant_value(a.right), left = constant_value(a.left);
    const auto is_bounded = [](const language::Expr& e) { return is_whole_tensor(e) || is_constant(e); };
    if (right && is_bounded(a.left)) tighten(bounds[a.left->name], a.relation, *right);
    if (left && is_bounded(a.right)) tighten(bounds[a.right->name], language::mirrored(a.relation), *left);
    // Parts of a whole are positive: weights, probabilities.
    if (const auto rule = as_normalised(a); rule && rule->total.is_positive() && !rule->squares) {
      tighten(bounds[rule->name], Relation::greater, 0);
    }
  }
  return bounds;
}

double roots_in(const language::Layer& layer, const std::map<std::string, std::int64_t>& sizes) {
  double roots = 0;
  for (const auto& definition : layer.definitions)
    roots += volume(definition.indices, sizes) * roots_in(definition.value, sizes);
  return roots;
}

std::set<std::string> tensors_of_its_own(const language::Layer& layer, std::size_t definition) {
  std::map<std::string, std::set<std::string>> behind;  // by name: the tensors that it depends on
  std::set<std::string> wanted, settled;
  for (const auto& tensor : layer.tensors) behind[tensor.name] = {tensor.name};
  for (std::size_t d = 0; d < layer.definitions.size() && d <= definition; ++d) {
    std::set<std::string> mentioned, tensors;
    language::collect_names(layer.definitions[d].value, mentioned);
    for (const auto& name : mentioned) {
      if (const auto found = behind.find(name); found != behind.end()) {
        tensors.insert(found->second.begin(), found->second.end());
      }
    }
    if (d == definition) wanted = tensors;
    if (d < definition && has_root(layer.definitions[d].value)) settled.insert(tensors.begin(), tensors.end());
    behind[layer.definitions[d].name] = std::move(tensors);
  }
  std::set<std::string> own;
  std::set_difference(wanted.begin(), wanted.end(), settled.begin(), settled.end(), std::inserter(own, own.end()));
  return own;
}

namespace {

/// Moves a drawn number a little, upwards where it may have a bound.
template <class Field>
void nudge(Field& field, typename Field::Element& value, const Bounds& bounds) {
  if constexpr (std::is_same_v<Field, Digits>) {
    static const GiNaC::numeric little = GiNaC::numeric(1) / GiNaC::numeric(1L << 60U);
    const Digits::Element by = field.draw(true) * field.from(little);
    value = bounds.high ? value - by : value + by;
  }
}

}  // namespace

std::set<std::string> tied_tensors(const language::Layer& layer) {
  std::set<std::string> tied;
  for (const Assumption& a : layer.assumptions) {
    if (const auto rule = as_normalised(a)) tied.insert(rule->name);
  }
  return tied;
}

template <class Field>
PointData<Field> draw(const language::Layer& layer, const std::map<std::string, std::int64_t>& sizes, Field& field,
                      const Manner& manner) {
  PointData<Field> data;
  const auto bounds = bounds_of(layer);
  const auto within = [&](const std::string& name) {
    const auto own = bounds.find(name);
    return own == bounds.end() ? Bounds{} : own->second;
  };
  const auto dimensions_of = [&](const language::TensorDeclaration& tensor) {
    std::vector<std::int64_t> dimensions;
    for (const auto& size : tensor.sizes) dimensions.push_back(sizes.at(size));
    return dimensions;
  };
  for (const auto& tensor : layer.tensors) {
    const std::size_t count = entry_count(tensor.sizes, sizes);
    auto& values = data.tensors[tensor.name];
    const Bounds own = within(tensor.name);
    for (std::size_t i = 0; i < count; ++i) values.push_back(draw_entry(field, own, manner));
    if (manner.mirrored.contains(tensor.name) && !own.low && !own.high) {
      for (auto& value : values) value = Field::subtract(field.from(std::int64_t{0}), value);
    }
    for (const Placement& placement : manner.placements) {
      if (placement.tensor != tensor.name) continue;
      const auto placed = field.from(placement.value);
      if (placement.position != Placement::scales_all) {
        values.at(placement.position) = placed;
        continue;
      }
      for (auto& value : values) value = Field::multiply(value, placed);
    }
    if (manner.alike.contains(tensor.name)) values.assign(count, values.front());
  }
  for (const auto& constant : layer.constants)
    data.constants.emplace(constant.name, draw_constant(field, constant, within(constant.name), manner.constants));
  for (const auto& output : layer.outputs) {
    const auto ranges = layer.ranges_of(output).value_or(std::vector<std::string>{});
    const std::size_t count = entry_count(ranges, sizes);
    for (std::size_t i = 0; i < count; ++i) data.upstream[output].push_back(field.draw(false));
  }
  // After all draws, so that the same numbers are drawn as where nothing is moved.
  if (manner.nudged) {
    for (const auto& tensor : layer.tensors) {
      for (auto& value : data.tensors[tensor.name]) nudge(field, value, within(tensor.name));
    }
    for (const auto& constant : layer.constants) nudge(field, data.constants.at(constant.name), within(constant.name));
  }
  for (const auto& tensor : layer.tensors) {
    const auto entry = [&] { return draw_entry(field, within(tensor.name), manner); };
    for (const Assumption& a : layer.assumptions) {
      const auto rule = as_normalised(a);
      if (rule && rule->name == tensor.name)
        normalise<Field>(*rule, dimensions_of(tensor), field, data.tensors[tensor.name], entry);
    }
  }
  return data;
}

template PointData<Modular> draw(const language::Layer&, const std::map<std::string, std::int64_t>&, Modular&,
                                 const Manner&);
template PointData<Digits> draw(const language::Layer&, const std::map<std::string, std::int64_t>&, Digits&,
                                const Manner&);

}  // namespace chalktape::check
