#include <algorithm>
#include <functional>

// The order in which Eigen adds depends on the number of its threads; results here must not.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>

#include "engine/tensor/tensor_functions.hpp"

namespace chalktape::engine {

namespace {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The contracted axis is cut into blocks of this length, whose products are added in double.
constexpr std::int64_t kBlock = 512;

// Eigen also cuts products to the caches it finds: told fixed sizes, it adds in the same order on every machine.
void fix_block_sizes() {
  static const bool once = [] {
    Eigen::setCpuCacheSizes(32 << 10, 256 << 10, 2 << 20);
    return true;
  }();
  static_cast<void>(once);
}

// C (m×n) = A (m×k) B (k×n), all row-major.
template <class T>
void matrix_product(const T* a, const T* b, T* c, std::int64_t m, std::int64_t k, std::int64_t n) {
  if (m == 1 && n == 1) {  // too small for Eigen's set-up, and common: a sum of elementwise products
    double total = 0;
    for (std::int64_t start = 0; start < k; start += kBlock) {
      double block = 0;
      for (std::int64_t i = start; i < std::min(k, start + kBlock); ++i) block += static_cast<double>(a[i]) * b[i];
      total += block;
    }
    *c = static_cast<T>(total);
    return;
  }
  fix_block_sizes();
  const Eigen::Map<const Matrix<T>> A(a, m, k);
  const Eigen::Map<const Matrix<T>> B(b, k, n);
  Eigen::Map<Matrix<T>> C(c, m, n);
  if (k <= kBlock) {
    C.noalias() = A * B;
    return;
  }
  Matrix<double> total = Matrix<double>::Zero(m, n);
  Matrix<T> block(m, n);
  for (std::int64_t start = 0; start < k; start += kBlock) {
    const std::int64_t length = std::min(kBlock, k - start);
    block.noalias() = A.middleCols(start, length) * B.middleRows(start, length);
    total += block.template cast<double>();
  }
  C = total.template cast<T>();
}

std::string keep(const std::string& letters, const std::function<bool(char)>& wanted) {
  std::string result;
  std::copy_if(letters.begin(), letters.end(), std::back_inserter(result), wanted);
  return result;
}

// The permutation that brings the axes called `from` into the order `to`.
Permutation order(const std::string& from, const std::string& to) {
  Permutation result;
  for (const char letter : to) result.axes.push_back(static_cast<int>(from.find(letter)));
  return result;
}

// How many entries the axes of `count` letters have, from axis `first` on.
std::int64_t extent(const Tensor& tensor, std::size_t first, std::size_t count) {
  const auto* const begin = tensor.shape().begin() + static_cast<std::ptrdiff_t>(first);
  return element_count(Shape(begin, begin + static_cast<std::ptrdiff_t>(count)));
}

}  // namespace

Tensor contraction(const Tensor& a, const Tensor& b, const ContractionPattern& pattern) {
  const Shape result_shape = contracted_shape(a.shape(), b.shape(), pattern);
  const PatternLetters letters = letters_of(pattern);
  const auto in = [](const std::string& set) { return [&set](char c) { return set.find(c) != std::string::npos; }; };
  const auto in_a = in(letters.a);
  const auto in_b = in(letters.b);
  const auto in_result = in(letters.result);
  const std::string batch = keep(letters.a, [&](char c) { return in_b(c) && in_result(c); });
  const std::string free_a = keep(letters.a, [&](char c) { return !in_b(c); });
  const std::string summed = keep(letters.a, [&](char c) { return in_b(c) && !in_result(c); });
  const std::string free_b = keep(letters.b, [&](char c) { return !in_a(c); });

  const Tensor left = transpose(a, order(letters.a, batch + free_a + summed)).contiguous();
  const Tensor right = transpose(b, order(letters.b, batch + summed + free_b)).contiguous();
  const std::int64_t batches = extent(left, 0, batch.size());
  const std::int64_t m = extent(left, batch.size(), free_a.size());
  const std::int64_t k = extent(right, batch.size(), summed.size());
  const std::int64_t n = extent(right, batch.size() + summed.size(), free_b.size());

  const std::string order_computed = batch + free_a + free_b;
  Shape shape_computed;
  for (const char letter : order_computed) shape_computed.push_back(result_shape[letters.result.find(letter)]);
  Tensor computed = uninitialised(shape_computed, a.dtype());
  dispatch(a.dtype(), [&]<class T>() {
    for (std::int64_t p = 0; p < batches; ++p) {
      matrix_product(left.data<T>() + p * m * k, right.data<T>() + p * k * n, computed.data<T>() + p * m * n, m, k, n);
    }
  });
  return transpose(computed, order(order_computed, letters.result)).contiguous();
}

}  // namespace chalktape::engine
