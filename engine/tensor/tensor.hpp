// A dense array of f32 or f64 numbers, row-major when it owns its order, strided when it is a view.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"
#include "engine/tensor/inline_vector.hpp"
#include "engine/tensor/memory.hpp"

namespace chalktape::engine {

enum class DType { f32, f64 };

/// "f32" or "f64".
[[nodiscard]] std::string_view name_of(DType dtype);
/// Bytes of one element.
[[nodiscard]] std::size_t size_of(DType dtype);

/// Lengths of the axes; a scalar has none. Lengths are ≥ 0.
using Shape = InlineVector<std::int64_t, 4>;
/// Steps along the axes, counted in elements; 0 along a broadcast axis.
using Strides = Shape;

/// "(128, 64)", "(3,)", "()" — as NumPy writes shapes.
[[nodiscard]] std::string to_text(const Shape& shape);
/// The product of the lengths. Throws Error, naming `op` and the shape, on a negative length or an overflow.
std::int64_t element_count(const Shape& shape, std::string_view op = "tensor");
/// The strides of a row-major array of this shape.
[[nodiscard]] Strides row_major_strides(const Shape& shape);
/// The shape both broadcast to, by NumPy's rule. Throws Error naming `op` and both shapes where they do not.
[[nodiscard]] Shape broadcast_shape(const Shape& a, const Shape& b, std::string_view op = "broadcast");

/// Copying a Tensor is cheap and shares its storage: a write through one copy is seen by the others. Storage is
/// aligned to 64 bytes (a view's first element need not be).
class Tensor {
 public:
  /// A scalar 0 in f64.
  Tensor();

  [[nodiscard]] static Tensor zeros(const Shape& shape, DType dtype);
  [[nodiscard]] static Tensor full(const Shape& shape, double value, DType dtype);
  /// Row-major values, rounded to `dtype`. Throws Error if their number is not the shape's.
  [[nodiscard]] static Tensor from(const Shape& shape, std::span<const double> values, DType dtype);
  /// A view of the same storage: `offset` in elements is relative to this tensor's first element. The caller vouches
  /// that every element lies inside the storage.
  [[nodiscard]] Tensor view(Shape shape, Strides strides, std::int64_t offset = 0) const;

  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] const Strides& strides() const { return strides_; }
  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] int rank() const { return static_cast<int>(shape_.size()); }
  [[nodiscard]] std::int64_t size() const { return size_; }  ///< number of elements
  /// Whether the elements lie row-major without gaps.
  [[nodiscard]] bool is_contiguous() const;
  /// Whether no other tensor shares the storage, so that who holds this one may overwrite it.
  [[nodiscard]] bool is_unshared() const { return storage_->is_unshared(); }
  /// This tensor if it is contiguous, else a row-major copy.
  [[nodiscard]] Tensor contiguous() const;
  /// A row-major copy with storage of its own.
  [[nodiscard]] Tensor copy() const;
  /// This tensor if it has that dtype, else a converted copy (rounded to nearest).
  [[nodiscard]] Tensor to(DType dtype) const;

  /// The element at a multi-index, one entry an axis; throws Error when out of range.
  [[nodiscard]] double at(std::span<const std::int64_t> index) const;
  /// The element at a row-major flat index, whatever the strides; throws Error when out of range. O(rank).
  [[nodiscard]] double item(std::int64_t flat = 0) const;
  /// Writes an element (rounded to the dtype), seen by all that share the storage.
  void set_item(std::int64_t flat, double value);
  /// All elements in row-major order.
  [[nodiscard]] std::vector<double> to_vector() const;

  /// The first element's address; step with strides(). T is float or double and must be the dtype (else Error).
  template <class T>
  [[nodiscard]] const T* data() const;
  template <class T>
  [[nodiscard]] T* data();

 private:
  Tensor(Shape shape, DType dtype);  // uninitialised, row-major
  [[nodiscard]] std::int64_t position_of(std::int64_t flat) const;
  void require_dtype(DType asked) const;

  Shape shape_;
  Strides strides_;
  DType dtype_ = DType::f64;
  std::int64_t size_ = 1;
  std::int64_t offset_ = 0;
  Storage storage_;

  friend Tensor uninitialised(const Shape& shape, DType dtype);
};

/// A row-major tensor whose elements the caller writes before anyone reads them.
[[nodiscard]] Tensor uninitialised(const Shape& shape, DType dtype);

template <class T>
inline constexpr DType dtype_of = DType::f64;
template <>
inline constexpr DType dtype_of<float> = DType::f32;

template <class T>
const T* Tensor::data() const {
  require_dtype(dtype_of<T>);
  return reinterpret_cast<const T*>(storage_->data()) + offset_;
}
template <class T>
T* Tensor::data() {
  require_dtype(dtype_of<T>);
  return reinterpret_cast<T*>(storage_->data()) + offset_;
}

/// Calls f.template operator()<float>() or <double>(), as the dtype says.
template <class F>
decltype(auto) dispatch(DType dtype, F&& f) {
  return dtype == DType::f32 ? f.template operator()<float>() : f.template operator()<double>();
}

}  // namespace chalktape::engine
