// From an op's struct to its entry: what the registry lists, and what a tape takes for an op that is not in it.
//
//   struct Softsign : ops::UnaryAtom { … };
//   const Op softsign = ops::described<Softsign>();
//   tape.apply(softsign, std::array{x});
//
// The entry must outlive the tapes that use it, and must not move: they know the op by its address.
//
// Its loops are compiled where this stands. They give the same bits on every vector unit, as the library's do, only if
// products and sums stay apart there (GCC, Clang: -ffp-contract=off); by default compilers fuse them where the unit
// can.
#pragma once

#include <array>
#include <span>

#include "engine/ops/op.hpp"
#include "engine/ops/tiles.hpp"
#include "engine/tape/recorded.hpp"
#include "engine/tensor/reduction_loop.hpp"
#include "engine/tensor/tensor_functions.hpp"

namespace chalktape::engine::ops {

namespace detail {

using Tensors = std::span<const Tensor>;
using Recordeds = std::span<const Recorded>;
using Shapes = std::span<const Shape>;

template <class O>
Op named() {
  Op op;
  op.name = O::name;
  op.function = O::function;
  op.latex = O::latex;
  op.kind = O::kind;
  if constexpr (requires { O::cost; }) op.cost = O::cost;
  return op;
}

/// into = f(entries), or into += f(entries).
template <class T, class F, class... Operands>
void map_or_add(Tensor& into, bool add, F f, const Operands&... operands) {
  if (add) {
    map_into<T>(
        into, [f](T total, auto... x) { return static_cast<T>(total + f(x...)); }, into, operands...);
  } else {
    map_into<T>(into, f, operands...);
  }
}

template <class O>
struct Unary {
  static constexpr bool takes_exponent = requires(double x) { O::pullback(x, x, x, /*c=*/x); };

  static double exponent([[maybe_unused]] const Attributes& attributes) {
    if constexpr (takes_exponent) return attributes_as<ConstantExponent>(attributes, O::name).exponent;
    return 0;
  }
  template <class T>
  static T value(T a, [[maybe_unused]] double c) {
    if constexpr (takes_exponent) return O::value(a, c);
    if constexpr (!takes_exponent) return O::value(a);
  }
  template <class V>
  static V contribution(const V& g, const V& x, const V& y, [[maybe_unused]] double c) {
    if constexpr (takes_exponent) return O::pullback(g, x, y, c);
    if constexpr (!takes_exponent) return O::pullback(g, x, y);
  }

  static Shape result_shape(Shapes x, const Attributes& /*none*/) { return x[0]; }
  static Tensor forward(Tensors x, const Attributes& attributes) {
    const double c = exponent(attributes);
    return dispatch(x[0].dtype(), [&]<class T>() {
      return map_elements<T>(
          x[0].shape(), [c](T a) { return value<T>(a, c); }, x[0]);
    });
  }
  static void pullback_into(Tensor& into, bool add, const Tensor& g, Tensors x, const Tensor& y, int /*position*/,
                            const Attributes& attributes) {
    const double c = exponent(attributes);
    dispatch(g.dtype(), [&]<class T>() {
      map_or_add<T>(
          into, add, [c](T gi, T xi, T yi) -> T { return contribution<T>(gi, xi, yi, c); }, g, x[0], y);
    });
  }
  static Tensor pullback(const Tensor& g, Tensors x, const Tensor& y, int position, const Attributes& attributes) {
    Tensor result = uninitialised(g.shape(), g.dtype());
    pullback_into(result, false, g, x, y, position, attributes);
    return result;
  }
  static Recorded record_pullback(const Recorded& g, Recordeds x, const Recorded& y, int /*position*/,
                                  const Attributes& attributes) {
    return contribution(g, x[0], y, exponent(attributes));
  }
  static Op op() {
    Op op = named<O>();
    op.derivative = {O::derivative, {}};
    op.domain = {O::domain, {}};
    op.points = O::points;
    op.passes_gradient = O::passes_gradient;
    op.pullback_into = pullback_into;
    op.tiles = tiles::functions_of<O>();
    return op;
  }
};

template <class O>
struct Binary {
  template <int position, class V>
  static V contribution(const V& g, const V& a, const V& b, const V& y) {
    if constexpr (position == 0) return O::pullback_a(g, a, b, y);
    if constexpr (position == 1) return O::pullback_b(g, a, b, y);
  }
  /// body.operator()<position>()
  template <class Body>
  static auto at(int position, Body body) {
    return position == 0 ? body.template operator()<0>() : body.template operator()<1>();
  }

  static Shape result_shape(Shapes x, const Attributes& /*none*/) { return broadcast_shape(x[0], x[1], O::name); }
  static Tensor forward(Tensors x, const Attributes& /*none*/) {
    const Shape shape = broadcast_shape(x[0].shape(), x[1].shape(), O::name);
    return dispatch(x[0].dtype(), [&]<class T>() {
      return map_elements<T>(
          shape, [](T a, T b) -> T { return O::value(a, b); }, x[0], x[1]);
    });
  }
  static void pullback_into(Tensor& into, bool add, const Tensor& g, Tensors x, const Tensor& y, int position,
                            const Attributes& /*none*/) {
    dispatch(g.dtype(), [&]<class T>() {
      at(position, [&]<int p>() {
        map_or_add<T>(
            into, add, [](T gi, T a, T b, T yi) -> T { return contribution<p, T>(gi, a, b, yi); }, g, x[0], x[1], y);
      });
    });
  }
  static Tensor pullback(const Tensor& g, Tensors x, const Tensor& y, int position, const Attributes& attributes) {
    const Shape& shape = x[static_cast<std::size_t>(position)].shape();
    if (O::derivative[static_cast<std::size_t>(position)] == "1") return sum_to(g, shape);  // g itself, or its sum
    if (shape == g.shape()) {
      Tensor result = uninitialised(shape, g.dtype());
      pullback_into(result, false, g, x, y, position, attributes);
      return result;
    }
    return dispatch(g.dtype(), [&]<class T>() {
      return at(position, [&]<int p>() {
        return sum_elements_to<T>(
            shape, g.shape(), [](T gi, T a, T b, T yi) -> T { return contribution<p, T>(gi, a, b, yi); }, g, x[0], x[1],
            y);
      });
    });
  }
  static Recorded record_pullback(const Recorded& g, Recordeds x, const Recorded& y, int position,
                                  const Attributes& /*none*/) {
    const Recorded full = position == 0 ? contribution<0>(g, x[0], x[1], y) : contribution<1>(g, x[0], x[1], y);
    return sum_to(full, x[static_cast<std::size_t>(position)].shape());
  }
  static Op op() {
    Op op = named<O>();
    op.arity = 2;
    op.derivative = O::derivative;
    op.domain = O::domain;
    op.points = O::points;
    op.pullback_into = pullback_into;
    op.tiles = tiles::functions_of<O>();
    return op;
  }
};

template <class O>
struct Reducing {
  static const Reduction& axes(const Attributes& attributes) { return attributes_as<Reduction>(attributes, O::name); }

  static Shape result_shape(Shapes x, const Attributes& attributes) {
    return reduced_shape(x[0], axes(attributes), O::name);
  }
  static Tensor forward(Tensors x, const Attributes& attributes) { return O::value(x[0], axes(attributes)); }
  static Tensor pullback(const Tensor& g, Tensors x, const Tensor& y, int /*position*/, const Attributes& attributes) {
    return O::pullback(g, x[0], y, axes(attributes));
  }
  static Recorded record_pullback(const Recorded& g, Recordeds x, const Recorded& y, int /*position*/,
                                  const Attributes& attributes) {
    return O::pullback(g, x[0], y, axes(attributes));
  }
  static Op op() {
    Op op = named<O>();
    op.derivative = {O::derivative, {}};
    op.domain = {O::domain, {}};
    op.reducing = tiles::reductions_of<O>();
    return op;
  }
};

template <class O>
struct Movement {
  static const auto& how(const Attributes& attributes) {
    return attributes_as<typename O::Attribute>(attributes, O::name);
  }

  static Shape result_shape(Shapes x, const Attributes& attributes) { return O::result_shape(x[0], how(attributes)); }
  static Tensor forward(Tensors x, const Attributes& attributes) { return O::value(x[0], how(attributes)); }
  static Tensor pullback(const Tensor& g, Tensors x, const Tensor& /*y*/, int /*position*/,
                         const Attributes& attributes) {
    return O::pullback(g, x[0], how(attributes));
  }
  static Recorded record_pullback(const Recorded& g, Recordeds x, const Recorded& /*y*/, int /*position*/,
                                  const Attributes& attributes) {
    return O::pullback(g, x[0], how(attributes));
  }
  static Op op() {
    Op op = named<O>();
    op.derivative = {O::derivative, {}};
    op.domain = {O::domain, {}};
    op.views = O::views;
    return op;
  }
};

template <class O>
struct Contracting {
  static const ContractionPattern& pattern(const Attributes& attributes) {
    return attributes_as<ContractionPattern>(attributes, O::name);
  }

  static Shape result_shape(Shapes x, const Attributes& attributes) {
    return O::result_shape(x[0], x[1], pattern(attributes));
  }
  static Tensor forward(Tensors x, const Attributes& attributes) { return O::value(x[0], x[1], pattern(attributes)); }
  template <class V>
  static V contribution(const V& g, std::span<const V> x, int position, const Attributes& attributes) {
    return position == 0 ? O::pullback_a(g, x[0], x[1], pattern(attributes))
                         : O::pullback_b(g, x[0], x[1], pattern(attributes));
  }
  static Tensor pullback(const Tensor& g, Tensors x, const Tensor& /*y*/, int position, const Attributes& attributes) {
    return contribution(g, x, position, attributes);
  }
  static Recorded record_pullback(const Recorded& g, Recordeds x, const Recorded& /*y*/, int position,
                                  const Attributes& attributes) {
    return contribution(g, x, position, attributes);
  }
  static Op op() {
    Op op = named<O>();
    op.arity = 2;
    op.derivative = O::derivative;
    op.domain = O::domain;
    return op;
  }
};

template <class Family>
Op complete() {
  Op op = Family::op();
  op.result_shape = Family::result_shape;
  op.forward = Family::forward;
  op.pullback = Family::pullback;
  op.record_pullback = Family::record_pullback;
  return op;
}

}  // namespace detail

/// The entry of the op that the struct O declares; engine/ops/op.hpp says what it has to declare.
template <class O>
Op described() {
  if constexpr (O::kind == OpKind::unary_function || O::kind == OpKind::unary_atom) {
    return detail::complete<detail::Unary<O>>();
  } else if constexpr (O::kind == OpKind::binary) {
    return detail::complete<detail::Binary<O>>();
  } else if constexpr (O::kind == OpKind::reduction) {
    return detail::complete<detail::Reducing<O>>();
  } else if constexpr (O::kind == OpKind::movement) {
    return detail::complete<detail::Movement<O>>();
  } else {
    return detail::complete<detail::Contracting<O>>();
  }
}

}  // namespace chalktape::engine::ops
