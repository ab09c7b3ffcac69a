// What the structs of all families share. An op is one struct; its kind decides what else it declares:
//
//   elementwise    value(x…) for one entry, float or double; pullback(g, x…, y) for those and for Recorded, with which
//                  the same formula is recorded instead of computed: so it branches only through step().
//   all others     result_shape, value for tensors, and pullback for V = Tensor or Recorded.
//
// g is the cotangent of the result y; x (or a, b) are the operands.
#pragma once

#include <array>
#include <string_view>

#include "engine/ops/functions.hpp"
#include "engine/ops/registry.hpp"

namespace chalktape::engine::ops {

struct UnaryFunction {
  static constexpr OpKind kind = OpKind::unary_function;
  static constexpr int arity = 1;
  static constexpr int cost = 30;  // most call the C library
  static constexpr bool passes_gradient = true;
  static constexpr ValueSign value_sign = ValueSign::unknown;
  static constexpr std::string_view at_zero = "", definition = "", library = "";
};

struct UnaryAtom {
  static constexpr OpKind kind = OpKind::unary_atom;
  static constexpr int arity = 1;
  static constexpr bool passes_gradient = true;
  static constexpr std::string_view function = "";
};

struct BinaryOp {
  static constexpr OpKind kind = OpKind::binary;
  static constexpr int arity = 2;
  static constexpr std::string_view function = "";
};

}  // namespace chalktape::engine::ops
