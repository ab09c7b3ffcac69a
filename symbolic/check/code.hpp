// An expression made ready to be evaluated many times: names looked up, indices numbered, numbers converted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "symbolic/check/fields.hpp"
#include "symbolic/language/expression.hpp"
#include "symbolic/lower/formula.hpp"
#include "symbolic/notation/formula.hpp"

namespace chalktape::check {

/// The rational number that a constant exponent is: numbers, signs, sums and quotients of them. Nothing if it varies.
std::optional<GiNaC::numeric> constant_value(const language::Expr& e);

/// Where an index stands: in the slot of what binds it, or, as a claim's literal, at one place always.
struct Position {
  int slot = -1;
  std::int64_t literal = 0;  ///< counted from 0
  [[nodiscard]] std::int64_t at(const std::vector<std::int64_t>& slots) const {
    return slot < 0 ? literal : slots[static_cast<std::size_t>(slot)];
  }
};

/// A number, and the vertex of the recorded computation that it is; −1 for a constant.
template <class Element>
struct Tracked {
  Element value;
  int node = -1;
};

/// Entries by index, row-major.
template <class Element>
struct TrackedArray {
  std::vector<std::int64_t> dimensions;
  std::vector<Tracked<Element>> entries;
};

/// One node. Operands stand before it in the list that it is part of.
template <class Element>
struct Code {
  language::Expr source;
  std::vector<std::size_t> operands{};
  std::optional<Tracked<Element>> constant{};                  ///< its value, where it is the same always
  const TrackedArray<Element>* array = nullptr;                ///< of an access
  std::vector<Position> positions{};                           ///< of an access, a delta, or a derivative's variable
  std::vector<std::pair<language::Index, Position>> around{};  ///< what a derivative's operand has free
  std::vector<std::pair<std::size_t, std::int64_t>> loops{};   ///< of a reduction: slots and their extents
  std::optional<std::pair<long, long>> exponent{};             ///< of a power or root with a constant one

  /// The values of a costly node that depends on fewer indices than are bound around it, by those indices.
  std::vector<std::pair<std::size_t, std::size_t>> varies_with{};  ///< slots and strides
  std::vector<std::optional<Tracked<Element>>> remembered{};
};

/// The offset of an entry.
template <class Element>
std::size_t offset(const TrackedArray<Element>& array, const std::vector<Position>& positions,
                   const std::vector<std::int64_t>& slots) {
  std::size_t offset = 0;
  for (std::size_t i = 0; i < positions.size(); ++i) {
    offset = offset * static_cast<std::size_t>(array.dimensions[i]) + static_cast<std::size_t>(positions[i].at(slots));
  }
  return offset;
}

template <class Field>
class Compiler {
 public:
  using Element = typename Field::Element;
  using Sizes = std::map<std::string, std::int64_t>;
  using Arrays = std::map<std::string, TrackedArray<Element>>;

  /// `remembers`: whether values may be kept from one evaluation to the next.
  Compiler(Field& field, const Sizes& sizes, const Arrays& arrays, bool remembers)
      : field_(field), sizes_(sizes), arrays_(arrays), remembers_(remembers) {}

  /// Binds the index in the next slot.
  std::size_t bind(const language::Index& index) {
    extents_.push_back(sizes_.at(index.range));
    scope_.emplace_back(index, extents_.size() - 1);
    return extents_.size() - 1;
  }

  /// Appends the code of e; its last entry is e itself.
  void compile(const language::Expr& e) { (void)node(e); }

  [[nodiscard]] std::vector<Code<Element>> take_code() { return std::move(codes_); }
  [[nodiscard]] std::size_t slots() const { return extents_.size(); }

 private:
  using Slots = std::vector<bool>;
  struct Done {
    std::size_t at;
    Slots slots;  // that its value depends on
  };

  Position position(const language::Index& index) const {
    for (auto bound = scope_.rbegin(); bound != scope_.rend(); ++bound) {
      if (bound->first.name == index.name) return {static_cast<int>(bound->second), 0};
    }
    return {-1, std::stoll(index.name) - 1};  // a claim's 1-based literal
  }

  static void add(Slots& slots, const Slots& others) {
    slots.resize(std::max(slots.size(), others.size()));
    for (std::size_t i = 0; i < others.size(); ++i) slots[i] = slots[i] || others[i];
  }

  static void mark(Slots& slots, std::size_t slot) {
    slots.resize(std::max(slots.size(), slot + 1));
    slots[slot] = true;
  }

  void place(Code<Element>& code, const std::vector<language::Index>& indices, Slots& slots) const {
    for (const auto& index : indices) {
      code.positions.push_back(position(index));
      const int slot = code.positions.back().slot;
      if (slot >= 0) mark(slots, static_cast<std::size_t>(slot));
    }
  }

  Done node(const language::Expr& e) {
    using language::Kind;
    Code<Element> code{e};
    Slots slots;
    switch (e->kind) {
      case Kind::number:
        code.constant = Tracked<Element>{field_.from(notation::exact_number(e->name))};
        break;
      case Kind::access:
        access(code, slots);
        break;
      case Kind::delta:
        place(code, e->indices, slots);
        break;
      case Kind::derivative:
        derivative(code, slots);
        break;
      case Kind::reduce:
        reduction(code, slots);
        break;
      case Kind::power:
        operand(code, slots, e->operands[0]);
        if (const auto exponent = constant_value(e->operands[1])) {
          code.exponent = {exponent->numer().to_long(), exponent->denom().to_long()};
        } else {
          operand(code, slots, e->operands[1]);
        }
        break;
      default:
        for (const auto& o : e->operands) operand(code, slots, o);
        if (e->kind == Kind::call && e->name == "sqrt") code.exponent = {1, 2};
    }
    remember(code, slots);
    codes_.push_back(std::move(code));
    return {codes_.size() - 1, std::move(slots)};
  }

  void operand(Code<Element>& code, Slots& slots, const language::Expr& e) {
    Done done = node(e);
    code.operands.push_back(done.at);
    add(slots, done.slots);
  }

  void access(Code<Element>& code, Slots& slots) {
    const std::string& name = code.source->name;
    if (const auto found = arrays_.find(name); found != arrays_.end()) {
      code.array = &found->second;
      place(code, code.source->indices, slots);
    } else if (const auto size = sizes_.find(name); size != sizes_.end()) {
      code.constant = Tracked<Element>{field_.from(size->second)};
    } else if (name == "pi") {
      code.constant = Tracked<Element>{field_.pi()};
    } else {
      throw NotApplicable("no value for '" + name + "'");
    }
  }

  /// What is differentiated is compiled elsewhere.
  void derivative(Code<Element>& code, Slots& slots) {
    place(code, code.source->operands[1]->indices, slots);
    for (const std::string& name : lower::free_indices(code.source->operands[0])) {
      const auto bound =
          std::find_if(scope_.rbegin(), scope_.rend(), [&](const auto& entry) { return entry.first.name == name; });
      if (bound == scope_.rend()) continue;  // a literal
      code.around.emplace_back(bound->first, Position{static_cast<int>(bound->second), 0});
      mark(slots, bound->second);
    }
  }

  void reduction(Code<Element>& code, Slots& slots) {
    for (const auto& index : code.source->indices) {
      const std::size_t slot = bind(index);
      code.loops.emplace_back(slot, extents_[slot]);
    }
    operand(code, slots, code.source->operands[0]);
    for (const auto& [slot, extent] : code.loops) {
      if (slot < slots.size()) slots[slot] = false;
      scope_.pop_back();
    }
  }

  void remember(Code<Element>& code, const Slots& slots) const {
    using language::Kind;
    constexpr std::size_t most = 1U << 16U;
    const Kind kind = code.source->kind;
    const bool costly = kind == Kind::reduce || kind == Kind::call || kind == Kind::power || kind == Kind::divide;
    if (!remembers_ || !costly) return;
    std::size_t count = 1, depends = 0;
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (!slots[slot]) continue;
      code.varies_with.emplace_back(slot, count);
      count *= static_cast<std::size_t>(extents_[slot]);
      ++depends;
    }
    if (depends < scope_.size() && count <= most) {
      code.remembered.resize(count);
    } else {
      code.varies_with.clear();
    }
  }

  Field& field_;
  const Sizes& sizes_;
  const Arrays& arrays_;
  bool remembers_;
  std::vector<std::pair<language::Index, std::size_t>> scope_;  // the innermost last
  std::vector<std::int64_t> extents_;                           // by slot
  std::vector<Code<Element>> codes_;
};

}  // namespace chalktape::check
