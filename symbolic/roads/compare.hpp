// All roads on the same data, each measured against gradients of 50 digits.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "symbolic/roads/condition.hpp"
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
  /// The entry with the largest error, row-major, what the road has there and what the reference has.
  std::int64_t worst = 0;
  double value = 0, reference = 0;

  /// Whether the tolerance can tell right from wrong: not where the data leave no digit, or the condition is not known.
  [[nodiscard]] bool is_decided() const { return tolerance <= most_tolerance; }
  [[nodiscard]] bool agrees() const { return is_decided() && error <= tolerance; }
  /// Whether the road is wrong there. What is not finite where the reference is needs no tolerance.
  [[nodiscard]] bool disagrees() const { return !std::isfinite(error) || (is_decided() && error > tolerance); }
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
  /// By tensor, where that is so, the entries at which the tape's own numbers in f64 are not finite, so that it is not
  /// known how far rounding may carry them: the tolerance is that of the others.
  std::map<std::string, std::vector<std::int64_t>> unknown;
  bool agree = true;  ///< every road, on every tensor; not where something could not be decided
};

/// Scalar operations of a forward pass that the 50-digit reference is given.
inline constexpr double reference_operation_limit = 2e7;

/// Is told the fraction of the work that is done.
using ProgressCallback = std::function<void(double)>;

/// Walks the roads. Time: that of the 50-digit reference, for sizes beyond a few hundred entries. Throws Error where it
/// would take too long, or the values are not defined or beyond the dtype, lower::Error or engine::Error.
[[nodiscard]] Comparison compare(const Problem& problem, const std::vector<std::unique_ptr<Road>>& roads,
                                 const ProgressCallback& progress = {});

/// Writes inputs, upstream gradients and each road's gradients as NPY files: x.npy, dy.npy, tape_dx.npy. Creates the
/// folder. Throws Error or engine::Error.
void dump(const Comparison& comparison, const std::string& folder);

}  // namespace chalktape::roads
