// Loops over strided arrays: the one place that walks indices.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "engine/tensor/tensor.hpp"
#include "engine/tensor/threads.hpp"

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

/// Work of fewer entries is not worth a second thread.
inline constexpr std::int64_t kEntriesPerThread = std::int64_t{1} << 16;

/// A walk over K arrays of one shape together, row-major. Neighbouring axes that all arrays step through evenly are
/// merged, so contiguous arrays are a single row.
template <std::size_t K>
class Walk {
 public:
  using Steps = std::array<std::int64_t, K>;
  struct Axis {
    std::int64_t length;
    Steps steps;
  };

  Walk(const Shape& shape, const std::array<Strides, K>& strides) {
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] == 1) continue;
      Axis next{shape[axis], {}};
      bool merges = !axes_.empty();
      for (std::size_t k = 0; k < K; ++k) {
        next.steps[k] = strides[k][axis];
        merges = merges && axes_.back().steps[k] == next.steps[k] * next.length;
      }
      if (merges) {
        next.length *= axes_.back().length;
        axes_.pop_back();
      }
      axes_.push_back(next);
    }
    if (axes_.empty()) axes_.push_back({1, {}});
  }

  [[nodiscard]] std::size_t rank() const { return axes_.size(); }  ///< at least 1
  [[nodiscard]] const Axis& axis(std::size_t k) const { return axes_[k]; }
  [[nodiscard]] std::int64_t entries() const {
    std::int64_t product = 1;
    for (const Axis& axis : axes_) product *= axis.length;
    return product;
  }
  /// The same walk with only [begin, end) of one axis.
  [[nodiscard]] Walk part(std::size_t axis, std::int64_t begin, std::int64_t end) const {
    Walk result = *this;
    result.axes_[axis].length = end - begin;
    for (std::size_t k = 0; k < K; ++k) result.start_[k] += begin * axes_[axis].steps[k];
    return result;
  }

  /// Calls body(offsets, length, steps) for each innermost row.
  template <class Body>
  void for_each_row(Body&& body) const {
    if (entries() == 0) return;
    const Axis& inner = axes_.back();
    const std::size_t outer = axes_.size() - 1;
    InlineVector<std::int64_t, 4> index(outer, 0);
    Steps offsets = start_;
    while (true) {
      body(std::as_const(offsets), inner.length, inner.steps);
      std::size_t axis = outer;
      while (axis > 0) {  // count up like an odometer
        --axis;
        const bool wraps = ++index[axis] == axes_[axis].length;
        const std::int64_t by = wraps ? 1 - axes_[axis].length : 1;
        for (std::size_t k = 0; k < K; ++k) offsets[k] += by * axes_[axis].steps[k];
        if (!wraps) break;
        index[axis] = 0;
        if (axis == 0) return;
      }
      if (outer == 0) return;
    }
  }

  /// Calls body(walk) for parts of the walk along one axis, on several threads where that pays.
  template <class Body>
  void in_parts(std::size_t axis, Body&& body) const {
    if (entries() < kEntriesPerThread || axes_[axis].length == 1) {
      body(*this);
    } else {
      on_threads(axes_[axis].length, [&](std::int64_t begin, std::int64_t end) { body(part(axis, begin, end)); });
    }
  }

 private:
  InlineVector<Axis, 4> axes_;
  Steps start_{};
};

/// Results of so many bytes leave the cache before anyone reads them, so they are written past it: a line that is
/// written whole need not be read first.
inline constexpr std::int64_t kStreamedBytes = std::int64_t{32} << 20;

/// Copies to memory that is not read soon. Other threads see it after this one's `end_streams`.
void stream(void* to, const void* from, std::size_t bytes);
void end_streams();

namespace detail {

// y = f(x…) along a row. An operand may be y itself, entry by entry.
template <class T, std::size_t K, class F, std::size_t... k>
void map_row(T* y, std::int64_t step, const std::array<const T*, K>& x, const std::array<std::int64_t, K>& steps,
             std::int64_t length, F f, std::index_sequence<k...> /*operands*/) {
  if (((steps[k] == 1) && ...) && step == 1) {  // spelt out, so that it vectorises
    const std::array<const T*, K> in = x;
#ifdef _OPENMP
#pragma omp simd
#endif
    for (std::int64_t i = 0; i < length; ++i) y[i] = f(in[k][i]...);
  } else {
    for (std::int64_t i = 0; i < length; ++i) y[i * step] = f(x[k][i * steps[k]]...);
  }
}

// take(first entry, f(x…) of the entries from there on, their number) along a row, in pieces that stay in the cache.
template <class T, std::size_t K, class F, class Each, class Take>
void map_tiles(std::array<const T*, K> x, const std::array<std::int64_t, K>& steps, std::int64_t length, F f, Each each,
               Take take) {
  alignas(64) std::array<T, 4096 / sizeof(T)> tile;
  for (std::int64_t begin = 0; begin < length;) {
    const auto count = std::min(static_cast<std::int64_t>(tile.size()), length - begin);
    map_row(tile.data(), 1, x, steps, count, f, each);
    take(begin, tile.data(), count);
    for (std::size_t k = 0; k < K; ++k) x[k] += count * steps[k];
    begin += count;
  }
}

}  // namespace detail

/// result = f(entries of the operands), entry by entry, operands broadcast to the result's shape. An operand may be the
/// result itself.
template <class T, class F, class... Tensors>
void map_into(Tensor& result, F f, const Tensors&... operands) {
  constexpr std::size_t K = sizeof...(Tensors);
  constexpr auto each = std::make_index_sequence<K>{};
  T* const out = result.data<T>();
  const std::array<const T*, K> in{operands.template data<T>()...};
  const auto is_plain = [&](const Tensor& x) { return x.is_contiguous() && x.shape() == result.shape(); };
  if (result.size() < kEntriesPerThread && result.is_contiguous() && (is_plain(operands) && ...)) {
    std::array<std::int64_t, K> steps;
    steps.fill(1);
    detail::map_row(out, 1, in, steps, result.size(), f, each);
    return;
  }
  const bool streams = result.size() * static_cast<std::int64_t>(sizeof(T)) >= kStreamedBytes &&
                       std::none_of(in.begin(), in.end(), [&](const T* operand) { return operand == out; });
  const std::array<Strides, K + 1> strides{result.strides(), broadcast_strides(operands, result.shape())...};
  Walk<K + 1>(result.shape(), strides).in_parts(0, [&](const Walk<K + 1>& walk) {
    walk.for_each_row([&](const auto& offsets, std::int64_t length, const auto& steps) {
      [&]<std::size_t... k>(std::index_sequence<k...>) {
        const std::array<const T*, K> from{in[k] + offsets[k + 1]...};
        const std::array<std::int64_t, K> by{steps[k + 1]...};
        if (streams && steps[0] == 1) {
          detail::map_tiles(from, by, length, f, each, [y = out + offsets[0]](auto begin, const T* tile, auto count) {
            stream(y + begin, tile, static_cast<std::size_t>(count) * sizeof(T));
          });
        } else {
          detail::map_row(out + offsets[0], steps[0], from, by, length, f, each);
        }
      }
      (each);
    });
    if (streams) end_streams();
  });
}

/// A new tensor of the given shape whose entries are f(entries of the operands), operands broadcast to the shape.
template <class T, class F, class... Tensors>
Tensor map_elements(const Shape& shape, F f, const Tensors&... operands) {
  Tensor result = uninitialised(shape, dtype_of<T>);
  map_into<T>(result, f, operands...);
  return result;
}

}  // namespace chalktape::engine
