// Verdicts as people and programs read them.
#pragma once

#include <string>
#include <vector>

#include "symbolic/claims/check.hpp"

namespace chalktape::claims {

struct ReportStyle {
  bool colour = false;
};

/// File by file and claim by claim, a line for each line, and what is to be said of those that are refuted.
[[nodiscard]] std::string to_text(const std::vector<FileResult>& files, const ReportStyle& style);

/// {"as_expected", "files": [{"file", "as_expected", "claims": [{"title", "about", "line", "expected",
/// "verdict", "as_expected", "lines": [{"line", "column", "text", "expected", "verdict", "as_expected", "equations":
/// […]}]}]}]}. A line has the members of its first equation that is not as claimed (else of its last one) as its own:
/// "left", "right", "fails_against", "checked", "proof", "reason", "counterexample", "right_form", "right_definitions"
/// (a list), "repair" (with "advice", "line" and "proof"); what there is none of is null. Ends with a line break.
[[nodiscard]] std::string to_json(const std::vector<FileResult>& files);

/// "the truth", "the line before it", "the truth and the line before it".
[[nodiscard]] std::string fails_against(const EquationResult& equation);

/// `N = 2, D = 2`, then the inputs a line each, then the values; each line begins with the indent.
[[nodiscard]] std::string to_text(const Counterexample& example, const std::string& indent);

}  // namespace chalktape::claims
