#include "engine/tensor/tensor.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "engine/tensor/strided_loop.hpp"

namespace chalktape::engine {

std::string_view name_of(DType dtype) { return dtype == DType::f32 ? "f32" : "f64"; }

std::size_t size_of(DType dtype) { return dtype == DType::f32 ? sizeof(float) : sizeof(double); }

std::string to_text(const Shape& shape) {
  if (shape.size() == 1) return fmt::format("({},)", shape[0]);
  return fmt::format("({})", fmt::join(shape, ", "));
}

std::int64_t element_count(const Shape& shape, std::string_view op) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(sizeof(double));
  if (std::any_of(shape.begin(), shape.end(), [](std::int64_t n) { return n < 0; })) {
    throw Error(fmt::format("{}: negative length in shape {}", op, to_text(shape)));
  }
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  std::int64_t count = 1;
  for (const std::int64_t length : shape) {
    if (length > most / count) throw Error(fmt::format("{}: shape {} has too many elements", op, to_text(shape)));
    count *= length;
  }
  return count;
}

Strides row_major_strides(const Shape& shape) {
  Strides strides(shape.size(), 0);
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return strides;  // nothing to step over
  std::int64_t step = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

Shape broadcast_shape(const Shape& a, const Shape& b, std::string_view op) {
  const std::size_t rank = std::max(a.size(), b.size());
  Shape result(rank);
  for (std::size_t k = 1; k <= rank; ++k) {
    const std::int64_t of_a = k <= a.size() ? a[a.size() - k] : 1;
    const std::int64_t of_b = k <= b.size() ? b[b.size() - k] : 1;
    if (of_a != of_b && of_a != 1 && of_b != 1) {
      throw Error(fmt::format("{}: shapes {} and {} do not broadcast", op, to_text(a), to_text(b)));
    }
    result[rank - k] = of_a == 1 ? of_b : of_a;
  }
  return result;
}

Tensor::Tensor() : Tensor(Shape{}, DType::f64) { *data<double>() = 0; }

Tensor::Tensor(Shape shape, DType dtype) : shape_(std::move(shape)), dtype_(dtype), size_(element_count(shape_)) {
  strides_ = row_major_strides(shape_);  // once the shape is known not to overflow
  storage_ = allocate(static_cast<std::size_t>(size_) * size_of(dtype));
}

Tensor uninitialised(const Shape& shape, DType dtype) { return {shape, dtype}; }

Tensor Tensor::zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }

Tensor Tensor::full(const Shape& shape, double value, DType dtype) {
  Tensor result(shape, dtype);
  dispatch(dtype, [&]<class T>() { std::fill_n(result.data<T>(), result.size(), static_cast<T>(value)); });
  return result;
}

Tensor Tensor::from(const Shape& shape, std::span<const double> values, DType dtype) {
  Tensor result(shape, dtype);
  if (result.size() != static_cast<std::int64_t>(values.size())) {
    throw Error(fmt::format("tensor: {} values for shape {}", values.size(), to_text(shape)));
  }
  dispatch(dtype, [&]<class T>() {
    std::transform(values.begin(), values.end(), result.data<T>(), [](double v) { return static_cast<T>(v); });
  });
  return result;
}

Tensor Tensor::view(Shape shape, Strides strides, std::int64_t offset) const {
  Tensor result = *this;
  result.size_ = element_count(shape, "view");
  result.shape_ = std::move(shape);
  result.strides_ = std::move(strides);
  result.offset_ += offset;
  return result;
}

bool Tensor::is_contiguous() const {
  if (size_ == 0) return true;
  std::int64_t step = 1;
  for (std::size_t axis = shape_.size(); axis-- > 0;) {
    if (shape_[axis] != 1 && strides_[axis] != step) return false;
    step *= shape_[axis];
  }
  return true;
}

Tensor Tensor::contiguous() const { return is_contiguous() ? *this : copy(); }

Tensor Tensor::copy() const {
  return dispatch(dtype_, [&]<class T>() {
    return map_elements<T>(
        shape_, [](T x) { return x; }, *this);
  });
}

Tensor Tensor::to(DType dtype) const {
  if (dtype == dtype_) return *this;
  const Tensor source = contiguous();
  Tensor result(shape_, dtype);
  dispatch(dtype_, [&]<class From>() {
    dispatch(dtype, [&]<class To>() {
      std::transform(source.data<From>(), source.data<From>() + size_, result.data<To>(),
                     [](From v) { return static_cast<To>(v); });
    });
  });
  return result;
}

std::int64_t Tensor::position_of(std::int64_t flat) const {
  if (flat < 0 || flat >= size_) {
    throw Error(fmt::format("tensor: element {} of shape {} does not exist", flat, to_text(shape_)));
  }
  std::int64_t position = 0;
  for (std::size_t axis = shape_.size(); axis-- > 0;) {
    position += flat % shape_[axis] * strides_[axis];
    flat /= shape_[axis];
  }
  return position;
}

double Tensor::at(std::span<const std::int64_t> index) const {
  std::int64_t flat = 0;
  bool inside = index.size() == shape_.size();
  for (std::size_t axis = 0; inside && axis < index.size(); ++axis) {
    inside = index[axis] >= 0 && index[axis] < shape_[axis];
    flat = flat * shape_[axis] + index[axis];
  }
  if (!inside) {
    const Shape asked(index.begin(), index.end());
    throw Error(fmt::format("tensor: no element {} in shape {}", to_text(asked), to_text(shape_)));
  }
  return item(flat);
}

double Tensor::item(std::int64_t flat) const {
  const std::int64_t position = position_of(flat);
  return dispatch(dtype_, [&]<class T>() { return static_cast<double>(data<T>()[position]); });
}

void Tensor::set_item(std::int64_t flat, double value) {
  const std::int64_t position = position_of(flat);
  dispatch(dtype_, [&]<class T>() { data<T>()[position] = static_cast<T>(value); });
}

std::vector<double> Tensor::to_vector() const {
  const Tensor source = contiguous();
  return dispatch(dtype_, [&]<class T>() { return std::vector<double>(source.data<T>(), source.data<T>() + size_); });
}

void Tensor::require_dtype(DType asked) const {
  if (asked != dtype_) {
    throw Error(fmt::format("tensor: {} elements asked for as {}", name_of(dtype_), name_of(asked)));
  }
}

}  // namespace chalktape::engine
