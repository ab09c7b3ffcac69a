// Tensors as people read them: aligned columns, the same in every locale.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/tensor/tensor.hpp"

namespace chalktape::roads {

/// Five significant digits.
[[nodiscard]] std::string number_text(double value);

/// "[1,3]", 1-based, of a row-major position; "" for a scalar.
[[nodiscard]] std::string entry_text(const engine::Shape& shape, std::int64_t flat);

/// A line a row, each beginning with `indent` and ending with a line break; a vector is one row. Tensors with more than
/// two axes are shown matrix by matrix, each under a line such as `[n=1, c=2]` (1-based), for which `axes` has the
/// axes' names.
[[nodiscard]] std::string matrix_text(const engine::Tensor& tensor, const std::string& indent,
                                      const std::vector<std::string>& axes = {});

}  // namespace chalktape::roads
