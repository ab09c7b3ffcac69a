// The one list of all ops, seen at run time. An op itself is a struct in its family's file (engine/ops/*.hpp); here it
// becomes an entry that parsing, display, tests and documents iterate.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "engine/ops/tile_functions.hpp"
#include "engine/tensor/attributes.hpp"
#include "engine/tensor/tensor.hpp"

namespace chalktape::engine {

class Recorded;

enum class OpKind {
  unary_function,  ///< a function of the language with one argument (also `stop`)
  unary_atom,      ///< negate, square, reciprocal, power with a constant exponent
  binary,          ///< elementwise with broadcasting; `maximum` and `minimum` are functions of the language too
  reduction,
  movement,  ///< transpose, reshape, broadcast_to, diagonal, embed_diagonal
  contraction,
};

/// Whether an op's result is a view of its operand's memory.
enum class Views { never, of_contiguous, always };

/// Where generated tests draw an operand's entries.
struct Interval {
  double low = -2;
  double high = 2;
};

struct Op {
  std::string_view name;      ///< unique, e.g. "tanh", "maximum", "stop_gradient"
  std::string_view function;  ///< its name in the language ("tanh", "max", "stop"), empty if it is not a function there
  /// "#1" and "#2" stand for the operands, "#c" for a constant exponent, "#i" for a reduction's bound indices.
  std::string_view latex;
  OpKind kind = OpKind::unary_atom;
  int arity = 1;  ///< 1 or 2
  /// The local derivative by each operand in the syntax of the language. Unary ops, reductions and movement write the
  /// operand x, binary ops and contraction a and b, all of them the result y; c is the constant exponent, n the number
  /// of entries reduced, t the number of tied extrema. For reductions and movement it is ∂y/∂x where y depends on x.
  std::array<std::string_view, 2> derivative;
  std::array<Interval, 2> domain;  ///< of each operand
  /// Points at which an elementwise op is tested, ill-conditioned ones included (a binary op's points are pairs a, b).
  std::span<const double> points;
  /// False where the derivative is 0 everywhere by definition (step, stop_gradient): backward does not go there.
  bool passes_gradient = true;

  /// The result's shape; throws Error naming the op and the shapes if they do not fit. O(rank).
  Shape (*result_shape)(std::span<const Shape> operands, const Attributes& attributes) = nullptr;
  /// Computes the result. Operands share a dtype, which is the result's.
  Tensor (*forward)(std::span<const Tensor> operands, const Attributes& attributes) = nullptr;
  /// Vector-Jacobian product: from the cotangent g of the result y, the contribution to operand `position`'s, in that
  /// operand's shape.
  Tensor (*pullback)(const Tensor& g, std::span<const Tensor> operands, const Tensor& y, int position,
                     const Attributes& attributes) = nullptr;
  /// Elementwise ops: the same for an operand of g's shape, written to `into` or added to it in place. `into` has that
  /// shape too, is contiguous, and may be g itself. Null for all others.
  void (*pullback_into)(Tensor& into, bool add, const Tensor& g, std::span<const Tensor> operands, const Tensor& y,
                        int position, const Attributes& attributes) = nullptr;
  /// The same as pullback, recorded on the operands' tape, so that it can be differentiated again.
  Recorded (*record_pullback)(const Recorded& g, std::span<const Recorded> operands, const Recorded& y, int position,
                              const Attributes& attributes) = nullptr;

  // What a plan needs to fuse the op: elementwise ops have `tiles`, reductions have `reducing`, movement has `views`.
  // An op with none of them is called on whole tensors.
  ByDType<TileFunctions> tiles{};
  ByDType<TileReduction> reducing{};
  Views views = Views::never;
  int cost = 1;  ///< of an entry, as a multiple of an addition's
};

/// All ops, in the order of the registry.
[[nodiscard]] std::span<const Op> all_ops();
/// The op of that name, or nullptr.
[[nodiscard]] const Op* find_op(std::string_view name);
/// The op that the language's function of that name and number of arguments is, or nullptr: ("max", 2) is `maximum`.
[[nodiscard]] const Op* find_function(std::string_view function, int arity);
/// The op of that name; throws Error if there is none.
[[nodiscard]] const Op& op_named(std::string_view name);

}  // namespace chalktape::engine
