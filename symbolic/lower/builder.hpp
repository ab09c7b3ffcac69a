// Values with named axes, and the few graph operations that lowering is made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/tape/tape.hpp"
#include "symbolic/language/expression.hpp"
#include "symbolic/lower/lower.hpp"
#include "symbolic/lower/scalar.hpp"

namespace chalktape::lower {

using Axes = std::vector<language::Index>;

/// A node, and the index that each of its axes stands for. Distinct.
struct Array {
  engine::NodeId node = 0;
  Axes axes;
};

/// What an expression is lowered to.
using Value = std::variant<Scalar, Array>;

[[nodiscard]] bool has_axis(const Axes& axes, const std::string& index);
/// Whether each of `part` is one of `whole`.
[[nodiscard]] bool contains_all(const Axes& whole, const Axes& part);

/// Records nodes on one tape; knows what indices are in scope, in what order, and how much memory is taken.
class Builder {
 public:
  Builder(engine::Tape& tape, Environment& environment) : tape_(tape), environment_(environment) {}

  [[nodiscard]] engine::Tape& tape() { return tape_; }
  [[nodiscard]] const Environment& environment() const { return environment_; }

  /// Indices in scope: axes that no operand orders stand in this order.
  void enter(const Axes& indices);
  void leave(std::size_t count);
  /// The index with its range, from the scope where the index itself does not say; throws Error.
  [[nodiscard]] language::Index ranged(const language::Index& index) const;
  /// The value of a size symbol; throws Error.
  [[nodiscard]] std::int64_t size_of(const std::string& range) const;
  [[nodiscard]] std::int64_t count_of(const Axes& axes) const;

  [[nodiscard]] Array array(const Scalar& scalar);
  [[nodiscard]] Array array(const Value& value);
  /// A node of the environment, its axes labelled; a repeated index takes the diagonal. Throws Error.
  [[nodiscard]] Array access(const std::string& name, const Axes& indices);
  /// The identity matrix.
  [[nodiscard]] Array identity(const language::Index& a, const language::Index& b);

  [[nodiscard]] Array unary(std::string_view op, const Array& x);
  [[nodiscard]] Array binary(std::string_view op, const Array& a, const Array& b);
  /// x^exponent; −1/2 is the reciprocal of the root, so that it shares the root with whoever has it.
  [[nodiscard]] Array power(const Array& x, double exponent);
  /// Over those of the indices that are axes of x.
  [[nodiscard]] Array reduce(std::string_view op, const Array& x, const Axes& over);
  /// Σ a·b over `over`; each of these is an axis of both.
  [[nodiscard]] Array contract(const Array& a, const Array& b, const Axes& over);
  /// The axis `from` renamed; where `to` is an axis already, the diagonal.
  [[nodiscard]] Array renamed(const Array& x, const std::string& from, const language::Index& to);
  /// Exactly these axes, in this order: transposed and broadcast.
  [[nodiscard]] Array arranged(const Array& x, const Axes& axes);

 private:
  engine::NodeId apply(std::string_view op, const std::vector<engine::NodeId>& operands,
                       const engine::Attributes& attributes, const std::vector<std::string>& shape);
  void reserve(std::int64_t count, const std::vector<std::string>& shape) const;
  [[nodiscard]] std::int64_t count(const std::vector<std::string>& shape) const;
  [[nodiscard]] Axes merged(const Axes& a, const Axes& b) const;
  /// x as a node that broadcasts against an array with these axes.
  [[nodiscard]] engine::NodeId aligned(const Array& x, const Axes& axes);

  engine::Tape& tape_;
  Environment& environment_;
  Axes scope_;
};

}  // namespace chalktape::lower
