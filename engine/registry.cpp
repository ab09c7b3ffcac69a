#include "engine/registry.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "engine/ops/binary.hpp"
#include "engine/ops/contraction.hpp"
#include "engine/ops/movement.hpp"
#include "engine/ops/reduction.hpp"
#include "engine/ops/tiles.hpp"
#include "engine/ops/unary.hpp"
#include "engine/recorded.hpp"
#include "engine/strided_loop.hpp"

namespace chalktape::engine {

namespace {

using Tensors = std::span<const Tensor>;
using Recordeds = std::span<const Recorded>;
using Shapes = std::span<const Shape>;

template <class O>
Op described() {
  Op op;
  op.name = O::name;
  op.function = O::function;
  op.latex = O::latex;
  op.kind = O::kind;
  if constexpr (requires { O::cost; }) op.cost = O::cost;
  return op;
}

template <class O>
constexpr bool takes_exponent = requires(double x) {
  O::pullback(x, x, x, /*c=*/x);
};

template <class O>
Op unary() {
  Op op = described<O>();
  op.arity = 1;
  op.derivative = {O::derivative, {}};
  op.domain = {O::domain, {}};
  op.points = O::points;
  op.tiles = tiles::functions_of<O>();
  op.passes_gradient = O::passes_gradient;
  op.result_shape = [](Shapes x, const Attributes&) { return x[0]; };
  if constexpr (takes_exponent<O>) {
    op.forward = [](Tensors x, const Attributes& attributes) {
      const double c = attributes_as<ConstantExponent>(attributes, O::name).exponent;
      return dispatch(x[0].dtype(), [&]<class T>() {
        return map_elements<T>(
            x[0].shape(), [c](T a) { return O::value(a, c); }, x[0]);
      });
    };
    op.pullback = [](const Tensor& g, Tensors x, const Tensor& y, int, const Attributes& attributes) {
      const double c = attributes_as<ConstantExponent>(attributes, O::name).exponent;
      return dispatch(g.dtype(), [&]<class T>() {
        return map_elements<T>(
            g.shape(), [c](T gi, T xi, T yi) { return O::pullback(gi, xi, yi, c); }, g, x[0], y);
      });
    };
    op.record_pullback = [](const Recorded& g, Recordeds x, const Recorded& y, int, const Attributes& attributes) {
      return O::pullback(g, x[0], y, attributes_as<ConstantExponent>(attributes, O::name).exponent);
    };
  } else {
    op.forward = [](Tensors x, const Attributes&) {
      return dispatch(x[0].dtype(), [&]<class T>() {
        return map_elements<T>(
            x[0].shape(), [](T a) { return O::value(a); }, x[0]);
      });
    };
    op.pullback = [](const Tensor& g, Tensors x, const Tensor& y, int, const Attributes&) {
      return dispatch(g.dtype(), [&]<class T>() {
        return map_elements<T>(
            g.shape(), [](T gi, T xi, T yi) { return O::pullback(gi, xi, yi); }, g, x[0], y);
      });
    };
    op.record_pullback = [](const Recorded& g, Recordeds x, const Recorded& y, int, const Attributes&) {
      return O::pullback(g, x[0], y);
    };
  }
  return op;
}

template <class O>
Op binary() {
  Op op = described<O>();
  op.arity = 2;
  op.derivative = O::derivative;
  op.domain = O::domain;
  op.points = O::points;
  op.tiles = tiles::functions_of<O>();
  op.result_shape = [](Shapes x, const Attributes&) { return broadcast_shape(x[0], x[1], O::name); };
  op.forward = [](Tensors x, const Attributes&) {
    const Shape shape = broadcast_shape(x[0].shape(), x[1].shape(), O::name);
    return dispatch(x[0].dtype(), [&]<class T>() {
      return map_elements<T>(
          shape, [](T a, T b) { return O::value(a, b); }, x[0], x[1]);
    });
  };
  op.pullback = [](const Tensor& g, Tensors x, const Tensor& y, int position, const Attributes&) {
    const Tensor full = dispatch(g.dtype(), [&]<class T>() {
      const auto by_a = [](T gi, T a, T b, T yi) { return O::pullback_a(gi, a, b, yi); };
      const auto by_b = [](T gi, T a, T b, T yi) { return O::pullback_b(gi, a, b, yi); };
      return position == 0 ? map_elements<T>(g.shape(), by_a, g, x[0], x[1], y)
                           : map_elements<T>(g.shape(), by_b, g, x[0], x[1], y);
    });
    return sum_to(full, x[position].shape());
  };
  op.record_pullback = [](const Recorded& g, Recordeds x, const Recorded& y, int position, const Attributes&) {
    const Recorded full = position == 0 ? O::pullback_a(g, x[0], x[1], y) : O::pullback_b(g, x[0], x[1], y);
    return sum_to(full, x[position].shape());
  };
  return op;
}

template <class O>
Op reduction() {
  Op op = described<O>();
  op.derivative = {O::derivative, {}};
  op.domain = {O::domain, {}};
  op.reducing = tiles::reductions_of<O>();
  op.result_shape = [](Shapes x, const Attributes& attributes) {
    return reduced_shape(x[0], attributes_as<Reduction>(attributes, O::name), O::name);
  };
  op.forward = [](Tensors x, const Attributes& attributes) {
    return O::value(x[0], attributes_as<Reduction>(attributes, O::name));
  };
  op.pullback = [](const Tensor& g, Tensors x, const Tensor& y, int, const Attributes& attributes) {
    return O::pullback(g, x[0], y, attributes_as<Reduction>(attributes, O::name));
  };
  op.record_pullback = [](const Recorded& g, Recordeds x, const Recorded& y, int, const Attributes& attributes) {
    return O::pullback(g, x[0], y, attributes_as<Reduction>(attributes, O::name));
  };
  return op;
}

template <class O>
Op movement() {
  using Attribute = typename O::Attribute;
  Op op = described<O>();
  op.derivative = {O::derivative, {}};
  op.domain = {O::domain, {}};
  op.views = O::views;
  op.result_shape = [](Shapes x, const Attributes& attributes) {
    return O::result_shape(x[0], attributes_as<Attribute>(attributes, O::name));
  };
  op.forward = [](Tensors x, const Attributes& attributes) {
    return O::value(x[0], attributes_as<Attribute>(attributes, O::name));
  };
  op.pullback = [](const Tensor& g, Tensors x, const Tensor&, int, const Attributes& attributes) {
    return O::pullback(g, x[0], attributes_as<Attribute>(attributes, O::name));
  };
  op.record_pullback = [](const Recorded& g, Recordeds x, const Recorded&, int, const Attributes& attributes) {
    return O::pullback(g, x[0], attributes_as<Attribute>(attributes, O::name));
  };
  return op;
}

template <class O>
Op contraction_of() {
  using Pattern = ContractionPattern;
  Op op = described<O>();
  op.arity = 2;
  op.derivative = O::derivative;
  op.domain = O::domain;
  op.result_shape = [](Shapes x, const Attributes& attributes) {
    return O::result_shape(x[0], x[1], attributes_as<Pattern>(attributes, O::name));
  };
  op.forward = [](Tensors x, const Attributes& attributes) {
    return O::value(x[0], x[1], attributes_as<Pattern>(attributes, O::name));
  };
  op.pullback = [](const Tensor& g, Tensors x, const Tensor&, int position, const Attributes& attributes) {
    const auto& pattern = attributes_as<Pattern>(attributes, O::name);
    return position == 0 ? O::pullback_a(g, x[0], x[1], pattern) : O::pullback_b(g, x[0], x[1], pattern);
  };
  op.record_pullback = [](const Recorded& g, Recordeds x, const Recorded&, int position, const Attributes& attributes) {
    const auto& pattern = attributes_as<Pattern>(attributes, O::name);
    return position == 0 ? O::pullback_a(g, x[0], x[1], pattern) : O::pullback_b(g, x[0], x[1], pattern);
  };
  return op;
}

}  // namespace

std::span<const Op> all_ops() {
  using namespace ops;
  static const std::vector<Op> registry{
      unary<Exp>(),
      unary<Log>(),
      unary<Sqrt>(),
      unary<Abs>(),
      unary<Sin>(),
      unary<Cos>(),
      unary<Tanh>(),
      unary<Sigmoid>(),
      unary<Relu>(),
      unary<Step>(),
      unary<Erf>(),
      unary<Softplus>(),
      unary<StopGradient>(),
      unary<Negate>(),
      unary<Square>(),
      unary<Reciprocal>(),
      unary<PowerConstant>(),
      binary<Add>(),
      binary<Subtract>(),
      binary<Multiply>(),
      binary<Divide>(),
      binary<Power>(),
      binary<Maximum>(),
      binary<Minimum>(),
      reduction<Sum>(),
      reduction<Mean>(),
      reduction<Max>(),
      reduction<Min>(),
      movement<Transpose>(),
      movement<Reshape>(),
      movement<BroadcastTo>(),
      movement<Diagonal>(),
      movement<EmbedDiagonal>(),
      contraction_of<Contraction>(),
  };
  return registry;
}

const Op* find_op(std::string_view name) {
  const auto ops = all_ops();
  const auto found = std::find_if(ops.begin(), ops.end(), [&](const Op& op) { return op.name == name; });
  return found == ops.end() ? nullptr : &*found;
}

const Op* find_function(std::string_view function, int arity) {
  const auto ops = all_ops();
  const auto found = std::find_if(ops.begin(), ops.end(), [&](const Op& op) {
    return !function.empty() && op.function == function && op.arity == arity;
  });
  return found == ops.end() ? nullptr : &*found;
}

const Op& op_named(std::string_view name) {
  if (const Op* op = find_op(name)) return *op;
  throw Error(fmt::format("no op is called '{}'", name));
}

}  // namespace chalktape::engine
