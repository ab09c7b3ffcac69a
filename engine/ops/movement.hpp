// Ops that move or repeat entries without computing. Forward gives views where it can.
#pragma once

#include <string_view>

#include "engine/ops/op.hpp"
#include "engine/tensor/tensor_functions.hpp"

namespace chalktape::engine::ops {

struct MovementOp {
  static constexpr OpKind kind = OpKind::movement;
  static constexpr std::string_view function = "", derivative = "1";
  static constexpr Interval domain{-2, 2};
  static constexpr Views views = Views::always;
};

// transpose: axis k of y is axis p_k of x.  dL/dx = g under the inverse permutation.
struct Transpose : MovementOp {
  using Attribute = Permutation;
  static constexpr std::string_view name = "transpose", latex = R"(#1^{\top})";
  static Shape result_shape(const Shape& x, const Permutation& p) { return permuted_shape(x, p); }
  static Tensor value(const Tensor& x, const Permutation& p) { return transpose(x, p); }
  template <class V>
  static V pullback(const V& g, const V& /*x*/, const Permutation& p) {
    return transpose(g, inverse(p));
  }
};

// reshape: the same entries in row-major order under another shape.  dL/dx = g reshaped back.
struct Reshape : MovementOp {
  using Attribute = TargetShape;
  static constexpr Views views = Views::of_contiguous;
  static constexpr std::string_view name = "reshape", latex = R"(\operatorname{reshape}\left(#1\right))";
  static Shape result_shape(const Shape& x, const TargetShape& target) { return reshaped_shape(x, target.shape); }
  static Tensor value(const Tensor& x, const TargetShape& target) { return reshape(x, target.shape); }
  template <class V>
  static V pullback(const V& g, const V& x, const TargetShape& /*target*/) {
    return reshape(g, x.shape());
  }
};

// broadcast_to: x repeated along new axes and axes of length 1.  dL/dx = g summed over them.
struct BroadcastTo : MovementOp {
  using Attribute = TargetShape;
  static constexpr std::string_view name = "broadcast_to", latex = R"(\operatorname{broadcast}\left(#1\right))";
  static Shape result_shape(const Shape& x, const TargetShape& target) { return broadcasted_shape(x, target.shape); }
  static Tensor value(const Tensor& x, const TargetShape& target) { return broadcast_to(x, target.shape); }
  template <class V>
  static V pullback(const V& g, const V& x, const TargetShape& /*target*/) {
    return sum_to(g, x.shape());
  }
};

// diagonal: y_…i = x_…i…i….  dL/dx = g on the diagonal, zeros elsewhere.
struct Diagonal : MovementOp {
  using Attribute = DiagonalAxes;
  static constexpr std::string_view name = "diagonal", latex = R"(\operatorname{diag}\left(#1\right))";
  static Shape result_shape(const Shape& x, const DiagonalAxes& axes) { return diagonal_shape(x, axes); }
  static Tensor value(const Tensor& x, const DiagonalAxes& axes) { return diagonal(x, axes); }
  template <class V>
  static V pullback(const V& g, const V& /*x*/, const DiagonalAxes& axes) {
    return embed_diagonal(g, axes);
  }
};

// embed_diagonal: y_…i…k… = δ_ik x_…i.  dL/dx = g's diagonal.
struct EmbedDiagonal : MovementOp {
  using Attribute = DiagonalAxes;
  static constexpr Views views = Views::never;
  static constexpr std::string_view name = "embed_diagonal", latex = R"(\delta \, #1)";
  static Shape result_shape(const Shape& x, const DiagonalAxes& axes) { return embedded_shape(x, axes); }
  static Tensor value(const Tensor& x, const DiagonalAxes& axes) { return embed_diagonal(x, axes); }
  template <class V>
  static V pullback(const V& g, const V& /*x*/, const DiagonalAxes& axes) {
    return diagonal(g, axes);
  }
};

}  // namespace chalktape::engine::ops
