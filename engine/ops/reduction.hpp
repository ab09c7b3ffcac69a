// Reductions over any axes, with or without keeping them as axes of length 1. A sum over no element is 0; the others
// refuse to reduce nothing.
#pragma once

#include <limits>
#include <string_view>

#include "engine/ops/binary.hpp"
#include "engine/ops/op.hpp"
#include "engine/tensor/tensor_functions.hpp"

namespace chalktape::engine::ops {

struct ReductionOp {
  static constexpr OpKind kind = OpKind::reduction;
  static constexpr std::string_view function = "";
  static constexpr Interval domain{-2, 2};
  // For plans: the entries are joined two by two with Combine, beginning with `identity`; then `finish`.
  using Combine = Add;
  static constexpr double identity = 0;
  static double finish(double total, double /*count*/) { return total; }

  /// y or its cotangent, with the reduced axes back as axes of length 1: it broadcasts against x.
  template <class V>
  static V restored(const V& y, const Shape& x, const Reduction& r) {
    return reshape(y, reduced_shape(x, {r.axes, true}));
  }
};

// sum: y = Σ x.  dL/dx = g, broadcast.
struct Sum : ReductionOp {
  static constexpr std::string_view name = "sum", latex = R"(\sum_{#i} #1)", derivative = "1";
  static Tensor value(const Tensor& x, const Reduction& r) { return sum(x, r); }
  template <class V>
  static V pullback(const V& g, const V& x, const V& /*y*/, const Reduction& r) {
    return broadcast_to(restored(g, x.shape(), r), x.shape());
  }
};

// mean: y = 1/n Σ x.  dL/dx = g / n, broadcast.
struct Mean : ReductionOp {
  static constexpr std::string_view name = "mean", latex = R"(\frac{1}{n} \sum_{#i} #1)", derivative = "1/n";
  static double finish(double total, double count) { return total / count; }
  static Tensor value(const Tensor& x, const Reduction& r) { return mean(x, r); }
  template <class V>
  static V pullback(const V& g, const V& x, const V& /*y*/, const Reduction& r) {
    const auto n = static_cast<double>(reduced_count(x.shape(), r));
    return broadcast_to(restored(g / n, x.shape(), r), x.shape());
  }
};

// max: y = max x.  dL/dx = g / t where x attains it, t times in all; else 0.
struct Max : ReductionOp {
  static constexpr std::string_view name = "max", latex = R"(\max_{#i} #1)", derivative = "(1 - step(y - x))/t";
  using Combine = Maximum;
  static constexpr double identity = -std::numeric_limits<double>::infinity();
  static Tensor value(const Tensor& x, const Reduction& r) { return max(x, r); }
  template <class V>
  static V pullback(const V& g, const V& x, const V& y, const Reduction& r) {
    const V attained = 1 - step(restored(y, x.shape(), r) - x);
    return restored(g / sum(attained, r), x.shape(), r) * attained;
  }
};

// min: y = min x.  dL/dx = g / t where x attains it, t times in all; else 0.
struct Min : ReductionOp {
  static constexpr std::string_view name = "min", latex = R"(\min_{#i} #1)", derivative = "(1 - step(x - y))/t";
  using Combine = Minimum;
  static constexpr double identity = std::numeric_limits<double>::infinity();
  static Tensor value(const Tensor& x, const Reduction& r) { return min(x, r); }
  template <class V>
  static V pullback(const V& g, const V& x, const V& y, const Reduction& r) {
    const V attained = 1 - step(x - restored(y, x.shape(), r));
    return restored(g / sum(attained, r), x.shape(), r) * attained;
  }
};

}  // namespace chalktape::engine::ops
