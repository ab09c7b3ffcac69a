// Right claims with one mistake in each, made at random, and what the checker says of them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "symbolic/claims/check.hpp"
#include "tests/symbolic/wrong/points.hpp"

namespace chalktape::wrong_claims {

/// A right line of a right claim, or of the derivation.
struct RightLine {
  std::shared_ptr<const claims::Scope> scope;
  std::vector<language::Index> indices;
  language::Expr left, right;
  bool is_derived = false;
};

/// What became of one seed's claim.
struct Outcome {
  enum class Repair { none, undoes, larger, wrong };
  std::uint64_t seed = 0;
  std::string kind;       ///< of the mistake; "rewritten" where the value is the same
  bool is_wrong = false;  ///< by numbers, far out as well as near
  std::string verdict;    ///< "holds", "refuted", "cannot decide"
  bool has_counterexample = false;
  Repair repair = Repair::none;
  double seconds = 0;
  std::string text;  ///< the whole file, and what was said

  /// Something that must not be: a wrong claim holds, a right one is refuted, a repair is wrong.
  [[nodiscard]] std::string finding() const;
};

class Corpus {
 public:
  /// Reads `tests/symbolic/wrong/right.chalk` in the working directory, and derives its layers. Throws
  /// std::runtime_error where a line is not right by numbers.
  Corpus();
  [[nodiscard]] const std::vector<RightLine>& lines() const { return lines_; }
  /// The seed's claim, judged.
  [[nodiscard]] Outcome examine(std::uint64_t seed);
  /// A right line as it stands, judged; `number` is its place among the lines.
  [[nodiscard]] Outcome examine_line(std::size_t number);

 private:
  Outcome judge(const RightLine& line, const language::Expr& formula, const std::string& kind, bool is_wrong,
                const claims::ClaimFile& file);
  Points& points_of(const RightLine& line);

  std::vector<RightLine> lines_;
  std::map<const claims::Scope*, std::unique_ptr<Points>> points_;
};

/// Counts by kind, as a table, then the findings, one below the other.
[[nodiscard]] std::string report_of(const std::vector<Outcome>& outcomes);

/// An outcome as one line, and back.
[[nodiscard]] std::string to_line(const Outcome& outcome);
[[nodiscard]] Outcome from_line(const std::string& line);

}  // namespace chalktape::wrong_claims
