// A file's claims in, verdicts out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "symbolic/claims/claims.hpp"
#include "symbolic/claims/counterexample.hpp"
#include "symbolic/claims/judge.hpp"
#include "symbolic/claims/repair.hpp"

namespace chalktape::claims {

/// What is to be said of one `=`.
struct EquationResult {
  std::size_t link = 0;  ///< of the chain: its right side
  Verdict verdict = Verdict::undecided;
  bool fails_truth = false;     ///< it is not what the first link is
  bool fails_previous = false;  ///< it is not what the link before it is
  Judgement judgement{};        ///< of the comparison with the first link, or the one that could not be decided
  std::optional<Counterexample> counterexample{};
  std::optional<Repair> repair{};
  std::optional<std::string> right_form{};  ///< the derivation's or the layer's own, checked
  /// What the right form's names are where the claim itself has none of them: `dxhat[i,j] = dy[i,j]*gamma[j]`.
  std::vector<std::string> right_definitions{};
};

struct LineResult {
  Line line;
  std::vector<EquationResult> equations{};
  Verdict verdict = Verdict::undecided;
  /// A line holds unless it is expected to be refuted. Where only the claim's title says that some line fails, every
  /// line is as expected if one does.
  bool as_expected = false;
};

struct ClaimResult {
  Claim claim;
  std::vector<LineResult> lines{};
  Verdict verdict = Verdict::undecided;  ///< refuted where some line is, holds where all do
  bool as_expected = false;
};

struct FileResult {
  std::string file;
  std::vector<ClaimResult> claims{};
  bool as_expected = false;
};

struct CheckOptions {
  bool explains = true;  ///< counterexamples, right forms and repairs of what is refuted
};

/// Judges every claim of a file without errors. The same on every run and machine.
[[nodiscard]] FileResult check_claims(const ClaimFile& file, const CheckOptions& options = {});

/// "holds", "refuted", "cannot decide".
[[nodiscard]] std::string_view name_of(Verdict verdict);

}  // namespace chalktape::claims
