#include "engine/tensor/tensor_functions.hpp"

#include "engine/tensor/scalar.hpp"
#include "engine/tensor/strided_loop.hpp"

namespace chalktape::engine {

namespace {

template <class F>
Tensor map_two(std::string_view op, const Tensor& a, const Tensor& b, F f) {
  const Shape shape = broadcast_shape(a.shape(), b.shape(), op);
  return dispatch(a.dtype(), [&]<class T>() { return map_elements<T>(shape, f, a, b); });
}

template <class F>
Tensor map_one(const Tensor& x, F f) {
  return dispatch(x.dtype(), [&]<class T>() { return map_elements<T>(x.shape(), f, x); });
}

}  // namespace

Tensor operator+(const Tensor& a, const Tensor& b) {
  return map_two("add", a, b, [](auto x, auto y) { return x + y; });
}
Tensor operator-(const Tensor& a, const Tensor& b) {
  return map_two("subtract", a, b, [](auto x, auto y) { return x - y; });
}
Tensor operator*(const Tensor& a, const Tensor& b) {
  return map_two("multiply", a, b, [](auto x, auto y) { return x * y; });
}
Tensor operator/(const Tensor& a, const Tensor& b) {
  return map_two("divide", a, b, [](auto x, auto y) { return x / y; });
}
Tensor operator-(double a, const Tensor& b) {
  return map_one(b, [a](auto y) { return static_cast<decltype(y)>(a - y); });
}
Tensor operator/(const Tensor& a, double b) {
  return map_one(a, [b](auto x) { return static_cast<decltype(x)>(x / b); });
}
Tensor step(const Tensor& x) {
  return map_one(x, [](auto value) { return step(value); });
}

Tensor transpose(const Tensor& x, const Permutation& permutation) {
  Strides strides;
  for (const int axis : permutation.axes) strides.push_back(x.strides().at(axis));
  return x.view(permuted_shape(x.shape(), permutation), strides);
}

Tensor reshape(const Tensor& x, const Shape& shape) {
  return x.contiguous().view(reshaped_shape(x.shape(), shape), row_major_strides(shape));
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  return x.view(broadcasted_shape(x.shape(), shape), broadcast_strides(x, shape));
}

Tensor diagonal(const Tensor& x, const DiagonalAxes& axes) {
  const Shape shape = diagonal_shape(x.shape(), axes);
  Strides strides = x.strides();
  const std::int64_t along = strides[axes.first] + strides[axes.second];
  strides.erase(strides.begin() + axes.second);
  strides.erase(strides.begin() + axes.first);
  strides.push_back(along);
  return x.view(shape, strides);
}

Tensor embed_diagonal(const Tensor& x, const DiagonalAxes& axes) {
  Tensor result = Tensor::zeros(embedded_shape(x.shape(), axes), x.dtype());
  Tensor on_diagonal = diagonal(result, axes);  // a view of the result's storage
  dispatch(x.dtype(), [&]<class T>() {
    map_into<T>(
        on_diagonal, [](T entry) { return entry; }, x);
  });
  return result;
}

}  // namespace chalktape::engine
