// Evaluates the language's trees entry by entry in a field, recording what is needed for reverse mode.
//
// This is the checkers' own road from a formula to numbers. It shares nothing with the engine but the stated local
// derivatives of functions, and nothing with the rules.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "symbolic/check/code.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/notation/local_derivative.hpp"

namespace chalktape::check {

template <class Field>
class Evaluator {
 public:
  using Element = typename Field::Element;
  using Value = Tracked<Element>;
  using Array = TrackedArray<Element>;

  Evaluator(Field& field, const std::map<std::string, std::int64_t>& sizes,
            const std::vector<language::Definition>& definitions)
      : field_(field),
        sizes_(sizes),
        definitions_(definitions),
        zero_(field.from(std::int64_t{0})),
        one_(field.from(std::int64_t{1})),
        minus_one_(Field::subtract(zero_, one_)) {}

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
      if (entry.node >= 0) add_edge(entry.node, one_);
      entry.node = own;
    }
    arrays_[definition.name] = std::move(result);
  }

  /// e at all values of the indices, row-major.
  Array all_entries(const std::vector<language::Index>& indices, const language::Expr& e) {
    // While recording, each occurrence is a vertex of its own, so that adjoints add up in the formula's own order.
    Compiler<Field> compiler(field_, sizes_, arrays_, !records_);
    Array result;
    std::vector<std::pair<std::size_t, std::int64_t>> loops;
    std::size_t count = 1;
    for (const auto& i : indices) {
      result.dimensions.push_back(sizes_.at(i.range));
      loops.emplace_back(compiler.bind(i), result.dimensions.back());
      count *= static_cast<std::size_t>(result.dimensions.back());
    }
    Program program(compiler, e);
    result.entries.reserve(count);
    for_each(loops, program.slots, [&] { result.entries.push_back(evaluate(program)); });
    return result;
  }

  /// The same as numbers alone: nothing is recorded.
  Array values_of(const std::vector<language::Index>& indices, const language::Expr& e) {
    const bool before = std::exchange(records_, false);
    try {
      Array result = all_entries(indices, e);
      records_ = before;
      return result;
    } catch (...) {
      records_ = before;
      throw;
    }
  }

  /// Whether e has these values at all values of the indices, the entry `first` being looked at first; evaluates no
  /// further than one that differs. `same` compares two elements.
  template <class Same>
  bool agrees(const std::vector<language::Index>& indices, const language::Expr& e, const Array& expected,
              std::size_t first, const Same& same) {
    const bool before = std::exchange(records_, false);
    try {
      Compiler<Field> compiler(field_, sizes_, arrays_, true);
      std::vector<std::pair<std::size_t, std::int64_t>> loops;
      for (const auto& i : indices) loops.emplace_back(compiler.bind(i), sizes_.at(i.range));
      Program program(compiler, e);
      std::size_t rest = first;
      for (std::size_t axis = loops.size(); axis-- > 0;) {
        const auto extent = static_cast<std::size_t>(loops[axis].second);
        program.slots[loops[axis].first] = static_cast<std::int64_t>(rest % extent);
        rest /= extent;
      }
      bool all = same(evaluate(program).value, expected.entries[first].value);
      std::size_t next = 0;
      if (all) {
        for_each(loops, program.slots,
                 [&] { all = all && same(evaluate(program).value, expected.entries[next++].value); });
      }
      records_ = before;
      return all;
    } catch (...) {
      records_ = before;
      throw;
    }
  }

  /// Reverse mode: the adjoint of every vertex, given those of some (added up where one stands twice).
  std::vector<Element> backward(const std::vector<std::pair<int, Element>>& seeds) const {
    std::vector<Element> adjoint(first_edge_.size(), zero_);
    for (const auto& [node, seed] : seeds) {
      adjoint[static_cast<std::size_t>(node)] = Field::add(adjoint[static_cast<std::size_t>(node)], seed);
    }
    for (std::size_t node = first_edge_.size(); node-- > 0;) {
      if (Field::is_zero(adjoint[node])) continue;
      const std::size_t end = node + 1 < first_edge_.size() ? first_edge_[node + 1] : edges_.size();
      for (std::size_t i = first_edge_[node]; i < end; ++i) {
        const auto from = static_cast<std::size_t>(edges_[i].from);
        adjoint[from] = Field::add(adjoint[from], Field::multiply(edges_[i].weight, adjoint[node]));
      }
    }
    return adjoint;
  }

 private:
  struct Edge {
    int from;
    Element weight;
  };

  /// An expression's code, and where its indices stand.
  struct Program {
    Program() = default;
    Program(Compiler<Field>& compiler, const language::Expr& e) {
      compiler.compile(e);
      codes = compiler.take_code();
      slots.resize(compiler.slots());
    }
    std::vector<Code<Element>> codes;
    std::vector<std::int64_t> slots;
  };

  int new_node() {
    first_edge_.push_back(edges_.size());
    return static_cast<int>(first_edge_.size()) - 1;
  }
  void add_edge(int from, const Element& weight) { edges_.push_back({from, weight}); }

  template <class Body>
  static void for_each(const std::vector<std::pair<std::size_t, std::int64_t>>& loops, std::vector<std::int64_t>& slots,
                       const Body& body, std::size_t at = 0) {
    if (at == loops.size()) {
      body();
      return;
    }
    for (std::int64_t i = 0; i < loops[at].second; ++i) {
      slots[loops[at].first] = i;
      for_each(loops, slots, body, at + 1);
    }
  }

  Value evaluate(Program& program) { return evaluate(program, program.codes.size() - 1); }

  Value evaluate(Program& program, std::size_t at) {
    Code<Element>& code = program.codes[at];
    if (code.constant) return *code.constant;
    if (code.array != nullptr) {
      const Value& entry = code.array->entries[offset(*code.array, code.positions, program.slots)];
      return records_ ? entry : Value{entry.value, -1};
    }
    if (code.remembered.empty()) return worked_out(program, code);
    std::size_t place = 0;
    for (const auto& [slot, stride] : code.varies_with) {
      place += stride * static_cast<std::size_t>(program.slots[slot]);
    }
    if (!code.remembered[place]) code.remembered[place] = worked_out(program, code);
    return *code.remembered[place];
  }

  Value worked_out(Program& program, const Code<Element>& code) {
    using language::Kind;
    if (code.exponent) return rational_power(evaluate(program, code.operands[0]), *code.exponent);
    switch (code.source->kind) {
      case Kind::delta:
        return {code.positions[0].at(program.slots) == code.positions[1].at(program.slots) ? one_ : zero_, -1};
      case Kind::negate: {
        const Value a = evaluate(program, code.operands[0]);
        return unary(Field::subtract(zero_, a.value), a, minus_one_);
      }
      case Kind::add:
      case Kind::subtract:
      case Kind::multiply:
      case Kind::divide:
        return binary(code.source->kind, evaluate(program, code.operands[0]), evaluate(program, code.operands[1]));
      case Kind::power:
        return power(evaluate(program, code.operands[0]), evaluate(program, code.operands[1]));
      case Kind::call:
        return call(program, code);
      case Kind::reduce:
        return code.source->name == "sum" || code.source->name == "mean" ? total(program, code)
                                                                         : extremum(program, code);
      case Kind::derivative:
        return derivative(program, code);
      default:
        throw NotApplicable("an expression of an unknown kind");
    }
  }

  Value unary(Element value, const Value& operand, const Element& weight) {
    if (operand.node < 0) return {std::move(value), -1};
    Value result{std::move(value), new_node()};
    add_edge(operand.node, weight);
    return result;
  }

  Value binary(language::Kind kind, const Value& a, const Value& b) {
    Element value = value_of(kind, a.value, b.value);
    if (a.node < 0 && b.node < 0) return {std::move(value), -1};
    const auto [by_a, by_b] = partials(kind, a.value, b.value, value);
    Value result{std::move(value), new_node()};
    if (a.node >= 0) add_edge(a.node, by_a);
    if (b.node >= 0) add_edge(b.node, by_b);
    return result;
  }

  static Element value_of(language::Kind kind, const Element& a, const Element& b) {
    if (kind == language::Kind::add) return Field::add(a, b);
    if (kind == language::Kind::subtract) return Field::subtract(a, b);
    return kind == language::Kind::multiply ? Field::multiply(a, b) : Field::divide(a, b);
  }

  std::pair<Element, Element> partials(language::Kind kind, const Element& a, const Element& b,
                                       const Element& quotient) const {
    if (kind == language::Kind::add) return {one_, one_};
    if (kind == language::Kind::subtract) return {one_, minus_one_};
    if (kind == language::Kind::multiply) return {b, a};
    const Element inverse = Field::divide(one_, b);
    return {inverse, Field::subtract(zero_, Field::multiply(quotient, inverse))};
  }

  Value power(const Value& base, const Value& exponent) {
    Element value = field_.power(base.value, exponent.value);
    if (base.node < 0 && exponent.node < 0) return {std::move(value), -1};
    Value result{value, new_node()};
    if (base.node >= 0) {
      const Element lower = Field::is_zero(base.value) ? field_.power(base.value, Field::subtract(exponent.value, one_))
                                                       : Field::divide(value, base.value);
      add_edge(base.node, Field::multiply(exponent.value, lower));
    }
    if (exponent.node >= 0)
      add_edge(exponent.node, Field::multiply(value, field_.call("log", std::span(&base.value, 1))));
    return result;
  }

  Value rational_power(const Value& base, std::pair<long, long> exponent) {
    const auto [numerator, denominator] = exponent;
    Element value = field_.power(base.value, numerator, denominator);
    if (base.node < 0) return {std::move(value), -1};
    const Element factor = Field::divide(field_.from(std::int64_t{numerator}), field_.from(std::int64_t{denominator}));
    return unary(std::move(value), base,
                 Field::multiply(factor, field_.power(base.value, numerator - denominator, denominator)));
  }

  Value call(Program& program, const Code<Element>& code) {
    std::vector<Value> arguments;
    std::vector<Element> elements;
    for (const std::size_t operand : code.operands) {
      arguments.push_back(evaluate(program, operand));
      elements.push_back(arguments.back().value);
    }
    const Element y = field_.call(code.source->name, elements);
    std::vector<std::pair<int, Element>> partials;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i].node < 0) continue;
      if (auto weight = local_weight(code.source->name, i, elements, y))
        partials.emplace_back(arguments[i].node, std::move(*weight));
    }
    if (partials.empty()) return {y, -1};
    Value result{y, new_node()};
    for (const auto& [node, weight] : partials) add_edge(node, weight);
    return result;
  }

  /// A function's stated derivative, ready to be evaluated.
  struct Local {
    std::unique_ptr<Evaluator> scalars;  // null where the function passes no gradient
    Program program;
  };

  std::optional<Element> local_weight(const std::string& function, std::size_t position,
                                      const std::vector<Element>& arguments, const Element& y) {
    const auto [entry, is_new] = locals_.try_emplace(std::tuple(function, arguments.size(), position));
    Local& local = entry->second;
    const auto set_arguments = [&] {
      local.scalars->set_scalar("y", y);
      local.scalars->set_scalar(arguments.size() == 1 ? "x" : "a", arguments[0]);
      if (arguments.size() == 2) local.scalars->set_scalar("b", arguments[1]);
    };
    if (is_new) {
      const language::Expr stated =
          notation::local_derivative(function, static_cast<int>(arguments.size()), static_cast<int>(position));
      if (!stated) return std::nullopt;
      local.scalars = std::make_unique<Evaluator>(field_, sizes_, definitions_);
      set_arguments();
      Compiler<Field> compiler(field_, sizes_, local.scalars->arrays_, false);
      local.program = Program(compiler, stated);
    }
    if (!local.scalars) return std::nullopt;
    set_arguments();
    return local.scalars->evaluate(local.program).value;
  }

  std::vector<Value> entries_of(Program& program, const Code<Element>& code) {
    std::vector<Value> entries;
    for_each(code.loops, program.slots, [&] { entries.push_back(evaluate(program, code.operands[0])); });
    return entries;
  }

  Value total(Program& program, const Code<Element>& code) {
    const std::vector<Value> entries = entries_of(program, code);
    Element sum = zero_;
    for (const Value& entry : entries) sum = Field::add(sum, entry.value);
    Element weight = one_;
    if (code.source->name == "mean") {
      weight = Field::divide(weight, field_.from(static_cast<std::int64_t>(entries.size())));
      sum = Field::multiply(sum, weight);
    }
    Value result{std::move(sum), -1};
    for (const Value& entry : entries) {
      if (entry.node < 0) continue;
      if (result.node < 0) result.node = new_node();
      add_edge(entry.node, weight);
    }
    return result;
  }

  /// The derivative goes to where the extremum is attained, in equal shares: by the weights 1 − step(gap).
  Value extremum(Program& program, const Code<Element>& code) {
    const std::vector<Value> entries = entries_of(program, code);
    std::vector<Element> elements;
    bool varies = false;
    for (const Value& entry : entries) {
      elements.push_back(entry.value);
      varies = varies || entry.node >= 0;
    }
    const Element value = field_.extremum(code.source->name, elements);
    if (!varies) return {value, -1};
    std::vector<Element> weights;
    Element count = zero_;
    for (const Element& element : elements) {
      const bool is_max = code.source->name == "max";
      const Element gap = is_max ? Field::subtract(value, element) : Field::subtract(element, value);
      weights.push_back(Field::subtract(one_, field_.call("step", std::span(&gap, 1))));
      count = Field::add(count, weights.back());
    }
    Value result{value, new_node()};
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].node >= 0) add_edge(entries[i].node, Field::divide(weights[i], count));
    }
    return result;
  }

  // ---- derivatives that are written down, not worked out

  /// What derivatives by one name need, some other names held fixed: the layer with that name variable; and by the
  /// expression differentiated and the values of its indices, the adjoints of the entries differentiated by.
  struct Jacobian {
    Evaluator* inner = nullptr;
    Program program;
    std::map<std::vector<std::int64_t>, std::vector<Element>> rows;
  };

  Value derivative(Program& program, const Code<Element>& code) {
    Jacobian& jacobian = jacobian_of(code);
    std::vector<std::int64_t> at;
    for (const auto& [index, position] : code.around) at.push_back(position.at(program.slots));
    auto row = jacobian.rows.find(at);
    if (row == jacobian.rows.end()) row = jacobian.rows.emplace(at, gradient_row(jacobian, code, at)).first;
    const Array& leaves = jacobian.inner->array(code.source->operands[1]->name);
    return {row->second[offset(leaves, code.positions, program.slots)], -1};
  }

  Jacobian& jacobian_of(const Code<Element>& code) {
    Jacobian& jacobian = jacobians_[code.source];
    if (jacobian.inner == nullptr) {
      jacobian.inner = &variable_copy(code.source->operands[1]->name, code.source->held);
      Compiler<Field> compiler(field_, sizes_, jacobian.inner->arrays_, false);
      for (const auto& [index, position] : code.around) compiler.bind(index);
      jacobian.program = Program(compiler, code.source->operands[0]);
    }
    return jacobian;
  }

  static std::vector<Element> gradient_row(Jacobian& jacobian, const Code<Element>& code,
                                           const std::vector<std::int64_t>& at) {
    Evaluator& inner = *jacobian.inner;
    const Array& leaves = inner.array(code.source->operands[1]->name);
    std::copy(at.begin(), at.end(), jacobian.program.slots.begin());
    const std::size_t edges = inner.edges_.size(), nodes = inner.first_edge_.size();
    const Value value = inner.evaluate(jacobian.program);
    std::vector<Element> gradient(leaves.entries.size(), inner.zero_);
    if (value.node >= 0) {
      const auto adjoint = inner.backward({{value.node, inner.one_}});
      for (std::size_t i = 0; i < gradient.size(); ++i)
        gradient[i] = adjoint[static_cast<std::size_t>(leaves.entries[i].node)];
    }
    // What this row alone has recorded is of no use to the next.
    inner.edges_.resize(edges, Edge{-1, inner.zero_});
    inner.first_edge_.resize(nodes);
    return gradient;
  }

  /// The same values, with `name` variable, `held` fixed, and the definitions between them evaluated anew.
  Evaluator& variable_copy(const std::string& name, std::vector<std::string> held) {
    std::sort(held.begin(), held.end());
    auto& copy = copies_[{name, held}];
    if (copy) return *copy;
    copy = std::make_unique<Evaluator>(field_, sizes_, definitions_);
    for (const auto& [other, array] : arrays_) {
      Array fixed = array;
      for (Value& entry : fixed.entries) entry.node = -1;
      copy->set(other, std::move(fixed));
    }
    copy->set(name, copy->as_leaves(copy->array(name)));
    std::set<std::string> varying{name};
    for (const auto& definition : definitions_) {
      const bool fixed = definition.name == name || std::binary_search(held.begin(), held.end(), definition.name);
      if (fixed || !reads_any(definition.value, varying)) continue;
      varying.insert(definition.name);
      copy->define(definition);
    }
    return *copy;
  }

  static bool reads_any(const language::Expr& e, const std::set<std::string>& names) {
    if (e->kind == language::Kind::access && names.contains(e->name)) return true;
    return std::any_of(e->operands.begin(), e->operands.end(), [&](const auto& o) { return reads_any(o, names); });
  }

  Field& field_;
  const std::map<std::string, std::int64_t>& sizes_;
  const std::vector<language::Definition>& definitions_;
  Element zero_, one_, minus_one_;
  std::map<std::string, Array> arrays_;
  bool records_ = true;
  std::vector<Edge> edges_;              // of all vertices, in their order: what each is computed from
  std::vector<std::size_t> first_edge_;  // by vertex
  std::map<std::tuple<std::string, std::size_t, std::size_t>, Local> locals_;
  std::map<std::pair<std::string, std::vector<std::string>>, std::unique_ptr<Evaluator>> copies_;
  std::map<language::Expr, Jacobian> jacobians_;  // by the node itself, which so outlives its entry
};

}  // namespace chalktape::check
