// A matrix in memory, as the kernels take it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

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

/// The first `cols` entries again and again, `copies` times in all.
template <class T>
void repeat(std::int64_t cols, std::int64_t copies, T* array) {
  for (std::int64_t done = 1; done < copies; done *= 2) {
    std::memcpy(array + done * cols, array, static_cast<std::size_t>(std::min(done, copies - done) * cols) * sizeof(T));
  }
}

/// How far apart within their pages arrays begin that are read side by side: at the same place they would fight for the
/// same lines of the fastest cache.
constexpr std::int64_t kApartBytes = 832;

/// How the matrices of a call come from memory and go there. It changes no bits, so it may depend on the machine and
/// the threads.
struct Traffic {
  bool is_far = false;      ///< operands are better fetched ahead
  bool past_cache = false;  ///< results are better stored past the caches
};

}  // namespace chalktape::engine::kernels
