// A comparison as people and programs read it.
#pragma once

#include <string>

#include "symbolic/roads/compare.hpp"

namespace chalktape::roads {

/// A table with a row for each road, then what was left out and why. ASCII.
[[nodiscard]] std::string to_text(const Comparison& comparison);

/// {"layer", "dtype", "sizes", "seed", "agree", "roads", "gradients": [{"of", "error", "ulp", "tolerance"}], "cost",
/// "absent", "notes"}, and, where a candidate disagrees, "diagnoses": [{"of", "entry", "value", "reference", "guess"}],
/// its worst entry (1-based) and a guess at the cause, and "not_judged", by tensor why its tolerance decides nothing:
/// numbers by road; null stands for what is not finite. Ends with a line break.
[[nodiscard]] std::string to_json(const Comparison& comparison);

}  // namespace chalktape::roads
