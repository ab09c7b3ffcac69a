#include "symbolic/check/sample.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <type_traits>

namespace chalktape::check {

using language::Assumption;
using language::Kind;
using language::Relation;

namespace {

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
typename Field::Element draw_entry(Field& field, const Bounds& bounds, Spread spread, bool shifted) {
  using Element = typename Field::Element;
  if constexpr (std::is_same_v<Field, Modular>) {
    return field.draw(bounds.low && !bounds.low->is_negative());
  } else {
    if (bounds.low || bounds.high) {
      const Element unit = field.draw(true);
      const Element shift = field.from(std::int64_t{shifted && !(bounds.low && bounds.high) ? 1000 : 0});
      if (!bounds.high) return field.from(*bounds.low) + unit + shift;
      if (!bounds.low) return field.from(*bounds.high) - unit - shift;
      return field.from(*bounds.low) + unit * field.from(*bounds.high - *bounds.low) / field.from(std::int64_t{2});
    }
    Element entry = field.draw(spread == Spread::positive || spread == Spread::negative);
    if (spread == Spread::negative) entry = -entry;
    if (spread == Spread::small) entry = entry / field.from(std::int64_t{8});
    if (spread == Spread::large) entry = entry * field.from(std::int64_t{16});
    return shifted ? entry + field.from(std::int64_t{1000}) : entry;
  }
}

void tighten(Bounds& bounds, Relation relation, const GiNaC::numeric& limit) {
  if (relation == Relation::greater || relation == Relation::greater_equal) {
    bounds.low = bounds.low ? std::max(*bounds.low, limit) : limit;
  } else if (relation != Relation::equal) {
    bounds.high = bounds.high ? std::min(*bounds.high, limit) : limit;
  }
}

/// Whether there is a root in it: of what is no residue there is none. (That a divisor is 0 hardly ever happens.)
bool has_root(const language::Expr& e) {
  if (e->kind == Kind::call && e->name == "sqrt") return true;
  if (e->kind == Kind::power) {
    const auto exponent = constant_value(e->operands[1]);
    if (!exponent || !exponent->is_integer()) return true;
  }
  return std::any_of(e->operands.begin(), e->operands.end(), has_root);
}

}  // namespace

std::map<std::string, Bounds> bounds_of(const language::Layer& layer) {
  std::map<std::string, Bounds> bounds;
  for (const Assumption& a : layer.assumptions) {
    const auto right = constant_value(a.right), left = constant_value(a.left);
    if (right && is_whole_tensor(a.left)) tighten(bounds[a.left->name], a.relation, *right);
    if (left && is_whole_tensor(a.right)) tighten(bounds[a.right->name], language::mirrored(a.relation), *left);
    // Parts of a whole are positive: weights, probabilities.
    if (const auto rule = as_normalised(a); rule && rule->total.is_positive() && !rule->squares) {
      tighten(bounds[rule->name], Relation::greater, 0);
    }
  }
  return bounds;
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

template <class Field>
PointData<Field> draw(const language::Layer& layer, const std::map<std::string, std::int64_t>& sizes, Field& field,
                      Spread spread, bool shifted) {
  PointData<Field> data;
  const auto bounds = bounds_of(layer);
  for (const auto& tensor : layer.tensors) {
    std::size_t count = 1;
    std::vector<std::int64_t> dimensions;
    for (const auto& size : tensor.sizes) {
      dimensions.push_back(sizes.at(size));
      count *= static_cast<std::size_t>(dimensions.back());
    }
    auto& values = data.tensors[tensor.name];
    const auto own = bounds.find(tensor.name);
    const Bounds within = own == bounds.end() ? Bounds{} : own->second;
    const auto entry = [&] { return draw_entry(field, within, spread, shifted); };
    for (std::size_t i = 0; i < count; ++i) values.push_back(entry());
    for (const Assumption& a : layer.assumptions) {
      const auto rule = as_normalised(a);
      if (rule && rule->name == tensor.name) normalise<Field>(*rule, dimensions, field, values, entry);
    }
  }
  for (const auto& constant : layer.constants) {
    // A default may be tiny; a generic value tests more, with the sign that the default has.
    data.constants.emplace(constant.name, field.draw(true));
    if (constant.default_value && constant.default_value->front() == '-') {
      auto& value = data.constants.at(constant.name);
      value = Field::subtract(field.from(std::int64_t{0}), value);
    }
  }
  for (const auto& output : layer.outputs) {
    std::size_t count = 1;
    const auto ranges = layer.ranges_of(output).value_or(std::vector<std::string>{});
    for (const auto& range : ranges) count *= static_cast<std::size_t>(sizes.at(range));
    for (std::size_t i = 0; i < count; ++i) data.upstream[output].push_back(field.draw(false));
  }
  return data;
}

template PointData<Modular> draw(const language::Layer&, const std::map<std::string, std::int64_t>&, Modular&, Spread,
                                 bool);
template PointData<Digits> draw(const language::Layer&, const std::map<std::string, std::int64_t>&, Digits&, Spread,
                                bool);

}  // namespace chalktape::check
