// What an op is told besides its operands. Each kind of op has its own struct; Attributes holds one of them.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "engine/tensor/tensor.hpp"

namespace chalktape::engine {

/// Ops that need nothing more.
struct NoAttributes {
  bool operator==(const NoAttributes&) const = default;
};
/// power_constant: the exponent.
struct ConstantExponent {
  double exponent = 1;
  bool operator==(const ConstantExponent&) const = default;
};
/// Reductions: the axes (0-based, distinct, ascending; negative ones count from the end until normalised), and whether
/// they stay as axes of length 1.
struct Reduction {
  std::vector<int> axes;
  bool keepdim = false;
  bool operator==(const Reduction&) const = default;
};
/// transpose: axis k of the result is axis axes[k] of the operand.
struct Permutation {
  std::vector<int> axes;
  bool operator==(const Permutation&) const = default;
};
/// reshape and broadcast_to: the result's shape.
struct TargetShape {
  Shape shape;
  bool operator==(const TargetShape&) const = default;
};
/// diagonal: reads the entries where the two axes agree, which become the last axis of the result.
/// embed_diagonal: puts the operand's last axis on the diagonal of two new axes at these places, zeros elsewhere.
struct DiagonalAxes {
  int first = 0;   ///< the smaller one
  int second = 1;  ///< the larger one
  bool operator==(const DiagonalAxes&) const = default;
};
/// contraction: a pattern such as "ij,jk->ik", one letter an axis. As an atom of the graph, the letters of one operand
/// are distinct and every letter stands in at least two of the three groups; `contract` in engine/tape/tape.hpp takes
/// any pattern and lowers the rest to diagonals and sums.
struct ContractionPattern {
  std::string pattern;
  bool operator==(const ContractionPattern&) const = default;
};

using Attributes =
    std::variant<NoAttributes, ConstantExponent, Reduction, Permutation, TargetShape, DiagonalAxes, ContractionPattern>;

/// Equal attributes have equal hashes. Nothing that is shown depends on the value.
[[nodiscard]] std::size_t hash_value(const Attributes& attributes);

/// "axes 0,1 keepdim", "exponent 0.5", "ij,jk->ik"; empty for none. Two attributes of the same kind have the same text
/// only if they are equal.
[[nodiscard]] std::string to_text(const Attributes& attributes);

/// The attributes as the struct that the op called `op` takes; throws Error if they are another's.
template <class A>
const A& attributes_as(const Attributes& attributes, std::string_view op) {
  if (const A* found = std::get_if<A>(&attributes)) return *found;
  throw Error(std::string(op) + ": wrong kind of attributes (" + to_text(attributes) + ")");
}

}  // namespace chalktape::engine
