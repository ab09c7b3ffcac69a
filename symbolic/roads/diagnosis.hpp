// Where a gradient is worst, and what mistake would explain it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "symbolic/roads/problem.hpp"

namespace chalktape::roads {

struct Diagnosis {
  std::vector<std::int64_t> entry;  ///< the worst one's indices, 1-based, in the tensor's order
  double value = 0;                 ///< what stands there
  double reference = 0;             ///< what should
  std::string guess;                ///< half a sentence; "" where no simple mistake explains the numbers
};

/// Arrays that a mistake may have multiplied in or left out, row-major, by name: tensors, forward values, constants.
struct KnownArray {
  std::vector<std::string> ranges;
  std::vector<double> values;
};
using KnownArrays = std::map<std::string, KnownArray>;

/// Looks for one cause that explains every entry: a sign, a constant factor (2, a size, its root), one of the known
/// arrays or its power as a factor, axes exchanged, a term that does not depend on some axis, or one that is a known
/// array times such a term. The gradient is that of the problem's tensor `name`. O(known arrays × entries).
[[nodiscard]] Diagnosis diagnose(const Problem& problem, const std::string& name, const std::vector<double>& values,
                                 const std::vector<double>& reference, const KnownArrays& known);

}  // namespace chalktape::roads
