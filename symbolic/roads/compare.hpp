// All roads on the same data, each measured against gradients of 50 digits.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "symbolic/roads/diagnosis.hpp"
#include "symbolic/roads/problem.hpp"
#include "symbolic/roads/road.hpp"

namespace chalktape::roads {

/// How far a road's gradient with respect to one tensor is from the reference, the worst entry.
struct Accuracy {
  double error = 0;  ///< |a − b| / max(1, |a| + |b|); infinity where an entry is not finite
  /// In units in the last place of the problem's dtype at the magnitude of the reference's largest entry (of 1 where
  /// the reference is 0 everywhere).
  double ulp = 0;
  double tolerance = 0;  ///< for the error

  [[nodiscard]] bool agrees() const { return error <= tolerance; }
};

struct RoadResult {
  std::string name;
  bool is_difference = false;  ///< see Road::is_difference
  bool is_candidate = false;   ///< see Road::is_candidate
  Walk walk;
  std::map<std::string, Accuracy> accuracy;      ///< by tensor; a candidate need not have all
  std::map<std::string, Diagnosis> diagnoses{};  ///< of a candidate's gradients that do not agree, by tensor
};

/// A road that does not exist for the layer.
struct Absence {
  std::string name, reason;
};

struct Comparison {
  Problem problem;
  std::vector<RoadResult> roads;
  std::vector<Absence> absent;
  bool agree = true;
};

/// Scalar operations of a forward pass that the 50-digit reference is given.
inline constexpr double reference_operation_limit = 2e7;

/// Is told the fraction of the work that is done.
using ProgressCallback = std::function<void(double)>;

/// Walks the roads. Time: that of the 50-digit reference, for sizes beyond a few hundred entries. Throws Error where it
/// would take too long or the values are not defined, lower::Error or engine::Error.
[[nodiscard]] Comparison compare(const Problem& problem, const std::vector<std::unique_ptr<Road>>& roads,
                                 const ProgressCallback& progress = {});

/// Writes inputs, upstream gradients and each road's gradients as NPY files: x.npy, dy.npy, tape_dx.npy. Creates the
/// folder. Throws Error or engine::Error.
void dump(const Comparison& comparison, const std::string& folder);

}  // namespace chalktape::roads
