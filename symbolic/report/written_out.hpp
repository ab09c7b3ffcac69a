// A derivation at concrete sizes: which of its formulas are written out, entry by entry, each one checked.
#pragma once

#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/report/detail.hpp"
#include "symbolic/report/table.hpp"

namespace chalktape::report {

/// `3`: the third step of each gradient asked for; `dvar:3`: that of one gradient, which may be an intermediate's.
struct StepNumber {
  std::string gradient;  ///< "" for all that are asked for
  std::size_t number = 1;
};

/// What to write out, and at which sizes.
struct Request {
  present::Sizes sizes;            ///< of every size symbol
  Detail detail = Detail::normal;  ///< steps are counted, from 1, as they are shown at this detail
  bool all_steps = false;
  /// These steps only. Without them and `all_steps`: the first entry of the first step, and the result.
  std::vector<StepNumber> steps{};
};

struct WrittenStep {
  std::size_t number = 1, of = 1;
  derive::Step step;
  Table table;
  std::vector<Table> derivatives;  ///< of the derivatives that the step leaves to be done, by the first entry
};

struct WrittenGradient {
  const derive::Gradient* gradient = nullptr;
  std::vector<WrittenStep> steps;
};

struct WrittenOut {
  present::Sizes sizes;
  std::vector<Table> forward;  ///< the definitions, and the names that the derivation introduced
  std::vector<WrittenGradient> gradients;
  std::size_t entries = 0;  ///< of all tables
};

/// Writes a verified derivation out and compares every entry, at a random point of these sizes, with the formula that
/// it comes from and with what its name stands for. Throws derive::Error for a step that no gradient has, for more than
/// 20,000 symbols altogether or 2,000 in one entry, and (a defect) for an entry that is wrong; check::Error where the
/// layer has no values at these sizes.
[[nodiscard]] WrittenOut write_out(const derive::Derivation& derivation, const std::vector<std::string>& tensors,
                                   const Request& request);

/// "N = 3, D = 2".
[[nodiscard]] std::string described(const present::Sizes& sizes, const std::vector<std::string>& order);

}  // namespace chalktape::report
