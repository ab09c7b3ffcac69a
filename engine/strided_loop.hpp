// Loops over strided arrays: the one place that walks indices.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "engine/tensor.hpp"

namespace chalktape::engine {

/// The tensor's strides as seen from a shape that it broadcasts to: 0 along the axes that it lacks or repeats.
[[nodiscard]] inline Strides broadcast_strides(const Tensor& tensor, const Shape& shape) {
  Strides strides(shape.size(), 0);
  const std::size_t missing = shape.size() - tensor.shape().size();
  for (std::size_t axis = missing; axis < shape.size(); ++axis) {
    if (tensor.shape()[axis - missing] != 1) strides[axis] = tensor.strides()[axis - missing];
  }
  return strides;
}

/// Walks K arrays of one shape together, row-major, calling body(offsets, length, steps) for each innermost row.
/// Neighbouring axes that all arrays step through evenly are merged first, so contiguous arrays are a single row.
template <std::size_t K, class Body>
void for_each_row(const Shape& shape, const std::array<Strides, K>& strides, Body&& body) {
  using Steps = std::array<std::int64_t, K>;
  struct Axis {
    std::int64_t length;
    Steps steps;
  };
  std::vector<Axis> axes;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == 0) return;
    if (shape[axis] == 1) continue;
    Axis next{shape[axis], {}};
    bool merges = !axes.empty();
    for (std::size_t k = 0; k < K; ++k) {
      next.steps[k] = strides[k][axis];
      merges = merges && axes.back().steps[k] == next.steps[k] * next.length;
    }
    if (merges) {
      next.length *= axes.back().length;
      axes.pop_back();
    }
    axes.push_back(next);
  }
  if (axes.empty()) axes.push_back({1, {}});

  const Axis inner = axes.back();
  axes.pop_back();
  std::vector<std::int64_t> index(axes.size(), 0);
  Steps offsets{};
  while (true) {
    body(std::as_const(offsets), inner.length, inner.steps);
    std::size_t axis = axes.size();
    while (axis > 0) {  // count up like an odometer
      --axis;
      const bool wraps = ++index[axis] == axes[axis].length;
      const std::int64_t by = wraps ? 1 - axes[axis].length : 1;
      for (std::size_t k = 0; k < K; ++k) offsets[k] += by * axes[axis].steps[k];
      if (!wraps) break;
      index[axis] = 0;
      if (axis == 0) return;
    }
    if (axes.empty()) return;
  }
}

/// A new tensor of the given shape whose entries are f(entries of the operands), operands broadcast to the shape.
template <class T, class F, class... Tensors>
Tensor map_elements(const Shape& shape, F f, const Tensors&... operands) {
  constexpr std::size_t K = sizeof...(Tensors);
  Tensor result = uninitialised(shape, dtype_of<T>);
  T* const out = result.data<T>();
  const std::array<const T*, K> in{operands.template data<T>()...};
  const std::array<Strides, K + 1> strides{result.strides(), broadcast_strides(operands, shape)...};
  for_each_row(shape, strides, [&](const auto& offsets, std::int64_t length, const auto& steps) {
    [&]<std::size_t... k>(std::index_sequence<k...>) {
      T* const y = out + offsets[0];
      if (((steps[k + 1] == 1) && ...) && steps[0] == 1) {  // spelt out, so that it vectorises
        for (std::int64_t i = 0; i < length; ++i) y[i] = f(in[k][offsets[k + 1] + i]...);
      } else {
        for (std::int64_t i = 0; i < length; ++i) y[i * steps[0]] = f(in[k][offsets[k + 1] + i * steps[k + 1]]...);
      }
    }
    (std::make_index_sequence<K>{});
  });
  return result;
}

}  // namespace chalktape::engine
