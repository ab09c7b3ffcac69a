// A matrix in memory, as the kernels take it.
#pragma once

#include <cstdint>

namespace chalktape::engine::kernels {

/// A matrix in memory: rows lie `row_stride` elements apart (≥ D), the entries of a row side by side.
template <class T>
struct Rows {
  T* data = nullptr;
  std::int64_t row_stride = 0;
  [[nodiscard]] T* row(std::int64_t i) const { return data + i * row_stride; }
  /// The same matrix from a row and a column on.
  [[nodiscard]] Rows from(std::int64_t i, std::int64_t j = 0) const { return {row(i) + j, row_stride}; }
};

/// Where a thread's part of the matrices is.
struct Traffic {
  /// Beyond the thread's own cache: operands are fetched ahead, row by row.
  bool is_far = false;
  /// Beyond the caches that threads share, too: results are stored past them.
  bool past_cache = false;
};

}  // namespace chalktape::engine::kernels
