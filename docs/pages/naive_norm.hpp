// Batch norm and layer norm as they are often written down first, to see what that costs in digits.
#pragma once

#include <memory>

#include "symbolic/roads/road.hpp"

namespace chalktape::docs {

/// The variance as E[x²] − E[x]², one mean, plain sums, all in the dtype. For the built-in batch_norm and layer_norm.
[[nodiscard]] std::unique_ptr<roads::Road> naive_norm_road();

}  // namespace chalktape::docs
