// Evaluates the language's trees entry by entry in a field, recording what is needed for reverse mode.
//
// This is the checkers' own road from a formula to numbers. It shares nothing with the engine but the stated local
// derivatives of functions, and nothing with the rules.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "symbolic/check/fields.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/notation/local_derivative.hpp"

namespace chalktape::check {

/// The rational number that a constant exponent is: numbers, signs, sums and quotients of them. Nothing if it varies.
std::optional<GiNaC::numeric> constant_value(const language::Expr& e);

template <class Field>
class Evaluator {
 public:
  using Element = typename Field::Element;

  /// A number, and the vertex of the recorded computation that it is; −1 for a constant.
  struct Value {
    Element value;
    int node = -1;
  };
  struct Array {
    std::vector<std::int64_t> dimensions;
    std::vector<Value> entries;
  };
  using Bindings = std::map<std::string, std::int64_t>;

  Evaluator(Field& field, const std::map<std::string, std::int64_t>& sizes,
            const std::vector<language::Definition>& definitions)
      : field_(field), sizes_(sizes), definitions_(definitions) {}

  [[nodiscard]] const std::map<std::string, Array>& arrays() const { return arrays_; }
  [[nodiscard]] const Array& array(const std::string& name) const { return arrays_.at(name); }
  void set(const std::string& name, Array array) { arrays_[name] = std::move(array); }
  void set_scalar(const std::string& name, const Element& value) { arrays_[name] = Array{{}, {Value{value, -1}}}; }

  /// The array as vertices of their own, to differentiate by.
  Array as_leaves(const Array& array) {
    Array leaves = array;
    for (Value& entry : leaves.entries) entry.node = new_node();
    return leaves;
  }

  /// Evaluates a definition at all its indices. Its entries become vertices of their own, even where they merely repeat
  /// another name's or depend on nothing (stop): each has an adjoint to itself.
  void define(const language::Definition& definition) {
    Array result = all_entries(definition.indices, definition.value);
    for (Value& entry : result.entries) {
      const int own = new_node();
      if (entry.node >= 0) add_edge(entry.node, field_.from(std::int64_t{1}));
      entry.node = own;
    }
    arrays_[definition.name] = std::move(result);
  }

  /// e at all values of the indices, row-major.
  Array all_entries(const std::vector<language::Index>& indices, const language::Expr& e) {
    Array result;
    std::size_t count = 1;
    for (const auto& i : indices) {
      result.dimensions.push_back(sizes_.at(i.range));
      count *= static_cast<std::size_t>(result.dimensions.back());
    }
    result.entries.reserve(count);
    for_each(indices, bindings_, [&] { result.entries.push_back(evaluate(e)); });
    return result;
  }

  /// Reverse mode: the adjoint of every vertex, given those of some (added up where one stands twice).
  std::vector<Element> backward(const std::vector<std::pair<int, Element>>& seeds) const {
    std::vector<Element> adjoint(edges_.size(), field_.from(std::int64_t{0}));
    for (const auto& [node, seed] : seeds) {
      adjoint[static_cast<std::size_t>(node)] = Field::add(adjoint[static_cast<std::size_t>(node)], seed);
    }
    for (std::size_t node = edges_.size(); node-- > 0;) {
      if (Field::is_zero(adjoint[node])) continue;
      for (const Edge& edge : edges_[node]) {
        const auto from = static_cast<std::size_t>(edge.from);
        adjoint[from] = Field::add(adjoint[from], Field::multiply(edge.weight, adjoint[node]));
      }
    }
    return adjoint;
  }

 private:
  struct Edge {
    int from;
    Element weight;
  };

  int new_node() {
    edges_.emplace_back();
    return static_cast<int>(edges_.size()) - 1;
  }
  void add_edge(int from, const Element& weight) { edges_.back().push_back({from, weight}); }

  /// A value that depends on others: a vertex if any of them is one.
  Value result_of(Element value, std::initializer_list<std::pair<const Value*, Element>> partials) {
    Value result{std::move(value), -1};
    for (const auto& [operand, weight] : partials) {
      if (operand->node < 0) continue;
      if (result.node < 0) result.node = new_node();
      add_edge(operand->node, weight);
    }
    return result;
  }

  template <class Body>
  void for_each(const std::vector<language::Index>& indices, Bindings& bindings, const Body& body, std::size_t at = 0) {
    if (at == indices.size()) {
      body();
      return;
    }
    const auto saved = bindings.find(indices[at].name);
    const bool shadowed = saved != bindings.end();
    const std::int64_t before = shadowed ? saved->second : 0;
    for (std::int64_t i = 0; i < sizes_.at(indices[at].range); ++i) {
      bindings[indices[at].name] = i;
      for_each(indices, bindings, body, at + 1);
    }
    if (shadowed) {
      bindings[indices[at].name] = before;
    } else {
      bindings.erase(indices[at].name);
    }
  }

  std::int64_t position(const language::Index& i) const {
    const auto found = bindings_.find(i.name);
    if (found != bindings_.end()) return found->second;
    return std::stoll(i.name) - 1;  // a claim's 1-based literal
  }

  std::size_t offset(const Array& array, const std::vector<language::Index>& indices) const {
    std::size_t offset = 0;
    for (std::size_t i = 0; i < indices.size(); ++i) {
      offset = offset * static_cast<std::size_t>(array.dimensions[i]) + static_cast<std::size_t>(position(indices[i]));
    }
    return offset;
  }

  Value constant(Element value) const { return {std::move(value), -1}; }
  Element one() const { return field_.from(std::int64_t{1}); }

  Value evaluate(const language::Expr& e) {
    using language::Kind;
    switch (e->kind) {
      case Kind::number:
        return constant(field_.from(notation::exact_number(e->name)));
      case Kind::access:
        return access(*e);
      case Kind::delta:
        return constant(field_.from(std::int64_t{position(e->indices[0]) == position(e->indices[1]) ? 1 : 0}));
      case Kind::negate: {
        const Value a = evaluate(e->operands[0]);
        const Element zero = field_.from(std::int64_t{0});
        return result_of(Field::subtract(zero, a.value), {{&a, Field::subtract(zero, one())}});
      }
      case Kind::add:
      case Kind::subtract:
      case Kind::multiply:
      case Kind::divide:
        return binary(*e);
      case Kind::power:
        return power(*e);
      case Kind::call:
        return call(*e);
      case Kind::reduce:
        return e->name == "sum" || e->name == "mean" ? total(*e) : extremum(*e);
      case Kind::derivative:
        return derivative(e);
    }
    throw NotApplicable("an expression of an unknown kind");
  }

  Value access(const language::Expression& e) const {
    if (const auto found = arrays_.find(e.name); found != arrays_.end()) {
      return found->second.entries[offset(found->second, e.indices)];
    }
    if (const auto size = sizes_.find(e.name); size != sizes_.end()) return constant(field_.from(size->second));
    if (e.name == "pi") return constant(field_.pi());
    throw NotApplicable("no value for '" + e.name + "'");
  }

  Value binary(const language::Expression& e) {
    const Value a = evaluate(e.operands[0]), b = evaluate(e.operands[1]);
    switch (e.kind) {
      case language::Kind::add:
        return result_of(Field::add(a.value, b.value), {{&a, one()}, {&b, one()}});
      case language::Kind::subtract:
        return result_of(Field::subtract(a.value, b.value),
                         {{&a, one()}, {&b, Field::subtract(field_.from(std::int64_t{0}), one())}});
      case language::Kind::multiply:
        return result_of(Field::multiply(a.value, b.value), {{&a, b.value}, {&b, a.value}});
      default: {
        const Element quotient = Field::divide(a.value, b.value);
        const Element inverse = Field::divide(one(), b.value);
        return result_of(
            quotient,
            {{&a, inverse}, {&b, Field::subtract(field_.from(std::int64_t{0}), Field::multiply(quotient, inverse))}});
      }
    }
  }

  Value power(const language::Expression& e) {
    const Value base = evaluate(e.operands[0]);
    if (const auto exponent = constant_value(e.operands[1])) {
      return rational_power(base, exponent->numer().to_long(), exponent->denom().to_long());
    }
    const Value exponent = evaluate(e.operands[1]);
    const Element value = field_.power(base.value, exponent.value);
    const Element by_base = Field::multiply(exponent.value, Field::divide(value, base.value));
    const Element by_exponent = Field::multiply(value, field_.call("log", std::span(&base.value, 1)));
    return result_of(value, {{&base, by_base}, {&exponent, by_exponent}});
  }

  Value rational_power(const Value& base, long numerator, long denominator) {
    const Element value = field_.power(base.value, numerator, denominator);
    if (base.node < 0) return constant(value);
    const Element factor = Field::divide(field_.from(std::int64_t{numerator}), field_.from(std::int64_t{denominator}));
    return result_of(
        value, {{&base, Field::multiply(factor, field_.power(base.value, numerator - denominator, denominator))}});
  }

  Value call(const language::Expression& e) {
    if (e.name == "sqrt") return rational_power(evaluate(e.operands[0]), 1, 2);
    std::vector<Value> arguments;
    std::vector<Element> elements;
    for (const auto& operand : e.operands) {
      arguments.push_back(evaluate(operand));
      elements.push_back(arguments.back().value);
    }
    const Element y = field_.call(e.name, elements);
    std::vector<std::pair<int, Element>> partials;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i].node < 0) continue;
      const language::Expr local =
          notation::local_derivative(e.name, static_cast<int>(arguments.size()), static_cast<int>(i));
      if (!local) continue;
      Evaluator scalar(field_, sizes_, definitions_);
      scalar.set_scalar("y", y);
      scalar.set_scalar(arguments.size() == 1 ? "x" : "a", elements[0]);
      if (arguments.size() == 2) scalar.set_scalar("b", elements[1]);
      partials.emplace_back(arguments[i].node, scalar.evaluate(local).value);
    }
    if (partials.empty()) return constant(y);
    Value result{y, new_node()};
    for (const auto& [node, weight] : partials) add_edge(node, weight);
    return result;
  }

  std::vector<Value> entries_of(const language::Expression& e) {
    std::vector<Value> entries;
    for_each(e.indices, bindings_, [&] { entries.push_back(evaluate(e.operands[0])); });
    return entries;
  }

  Value total(const language::Expression& e) {
    const std::vector<Value> entries = entries_of(e);
    Element sum = field_.from(std::int64_t{0});
    for (const Value& entry : entries) sum = Field::add(sum, entry.value);
    Element weight = one();
    if (e.name == "mean") weight = Field::divide(weight, field_.from(static_cast<std::int64_t>(entries.size())));
    Value result{Field::multiply(sum, weight), -1};
    for (const Value& entry : entries) {
      if (entry.node < 0) continue;
      if (result.node < 0) result.node = new_node();
      add_edge(entry.node, weight);
    }
    return result;
  }

  /// The derivative goes to where the extremum is attained, in equal shares: by the weights 1 − step(gap).
  Value extremum(const language::Expression& e) {
    const std::vector<Value> entries = entries_of(e);
    std::vector<Element> elements;
    for (const Value& entry : entries) elements.push_back(entry.value);
    const Element value = field_.extremum(e.name, elements);
    std::vector<Element> weights;
    Element count = field_.from(std::int64_t{0});
    for (const Element& element : elements) {
      const Element gap = e.name == "max" ? Field::subtract(value, element) : Field::subtract(element, value);
      weights.push_back(Field::subtract(one(), field_.call("step", std::span(&gap, 1))));
      count = Field::add(count, weights.back());
    }
    Value result{value, -1};
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].node < 0) continue;
      if (result.node < 0) result.node = new_node();
      add_edge(entries[i].node, Field::divide(weights[i], count));
    }
    return result;
  }

  // ---- derivatives that are written down, not worked out

  /// What derivatives by one name need, some other names held fixed: the layer with that name variable; and by the
  /// expression differentiated and the values of its indices, the adjoints of the entries differentiated by.
  struct Jacobian {
    std::unique_ptr<Evaluator> inner;
    std::map<std::pair<language::Expr, Bindings>, std::vector<Element>> rows;  // holds the trees it knows by address
  };

  Value derivative(const language::Expr& e) {
    const language::Expr& of = e->operands[0];
    const language::Expression& by = *e->operands[1];
    Jacobian& jacobian = jacobians_[{by.name, e->held}];
    if (!jacobian.inner) jacobian.inner = variable_copy(by.name, e->held);
    const std::pair key(of, bindings_);
    auto row = jacobian.rows.find(key);
    const Array& leaves = jacobian.inner->array(by.name);
    if (row == jacobian.rows.end()) {
      jacobian.inner->bindings_ = bindings_;
      const Value value = jacobian.inner->evaluate(of);
      std::vector<Element> gradient(leaves.entries.size(), field_.from(std::int64_t{0}));
      if (value.node >= 0) {
        const auto adjoint = jacobian.inner->backward({{value.node, one()}});
        for (std::size_t i = 0; i < gradient.size(); ++i)
          gradient[i] = adjoint[static_cast<std::size_t>(leaves.entries[i].node)];
      }
      row = jacobian.rows.emplace(key, std::move(gradient)).first;
    }
    return constant(row->second[offset(leaves, by.indices)]);
  }

  /// The same values, with `name` variable, `held` fixed, and the definitions between them evaluated anew.
  std::unique_ptr<Evaluator> variable_copy(const std::string& name, const std::vector<std::string>& held) {
    auto copy = std::make_unique<Evaluator>(field_, sizes_, definitions_);
    for (const auto& [other, array] : arrays_) {
      Array fixed = array;
      for (Value& entry : fixed.entries) entry.node = -1;
      copy->set(other, std::move(fixed));
    }
    copy->set(name, copy->as_leaves(copy->array(name)));
    std::set<std::string> varying{name};
    for (const auto& definition : definitions_) {
      const bool fixed = definition.name == name || std::find(held.begin(), held.end(), definition.name) != held.end();
      if (fixed || !reads_any(definition.value, varying)) continue;
      varying.insert(definition.name);
      copy->define(definition);
    }
    return copy;
  }

  static bool reads_any(const language::Expr& e, const std::set<std::string>& names) {
    if (e->kind == language::Kind::access && names.contains(e->name)) return true;
    return std::any_of(e->operands.begin(), e->operands.end(), [&](const auto& o) { return reads_any(o, names); });
  }

  Field& field_;
  const std::map<std::string, std::int64_t>& sizes_;
  const std::vector<language::Definition>& definitions_;
  std::map<std::string, Array> arrays_;
  Bindings bindings_;
  std::vector<std::vector<Edge>> edges_;  // by vertex: what it is computed from
  std::map<std::pair<std::string, std::vector<std::string>>, Jacobian> jacobians_;  // by name, and what is held
};

}  // namespace chalktape::check
