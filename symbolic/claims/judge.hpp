// Whether two formulas about a layer are equal for all inputs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "symbolic/check/equality.hpp"
#include "symbolic/check/proof.hpp"
#include "symbolic/claims/claims.hpp"
#include "symbolic/derive/derivation.hpp"

namespace chalktape::claims {

enum class Verdict {
  holds,
  refuted,
  undecided,  ///< cannot decide: nothing is guessed
};

struct Judgement {
  Verdict verdict = Verdict::undecided;
  derive::Checked checked{};
  derive::Proof proof{};  ///< `reason` is empty where none was attempted
  std::string reason{};   ///< why it cannot be decided, or what a refutation rests on: half a sentence
  /// Of what holds: where alone the sides differ, "x = 0": on borders between the branches of step, max and the like.
  std::vector<std::string> but_for{};
};

/// The points of one scope, drawn when they are first asked for. The same on every run and machine.
class Judge {
 public:
  /// The scope must outlive the judge.
  explicit Judge(const Scope& scope);

  /// Whether `right` is `left` at all values of the indices. By numbers: enclosures that are apart at a point refute,
  /// unless that point is on a border alone. By identity tests in F_p, which confirm; where they cannot, because a root
  /// or a function obeys laws that F_p does not know, by proof at small sizes, or by 600 digits at points on both sides
  /// of every border. `further` comparisons are still to come: they share what work there is for proofs.
  [[nodiscard]] Judgement judge(const std::vector<language::Index>& indices, const language::Expr& left,
                                const language::Expr& right, std::size_t further);
  /// The same without a proof for the record.
  [[nodiscard]] Judgement compare(const std::vector<language::Index>& indices, const language::Expr& left,
                                  const language::Expr& right);

  [[nodiscard]] const Scope& scope() const { return scope_; }
  /// Points in F_p, of different sizes; empty where the layer has no meaning there.
  [[nodiscard]] const std::vector<std::unique_ptr<check::ModularPoint>>& modular_points() {
    return equality_.modular_points();
  }
  /// Points with digits, on both sides of the layer's borders; empty where it cannot be evaluated.
  [[nodiscard]] const std::vector<std::unique_ptr<check::NumericPoint>>& numeric_points() {
    return equality_.numeric_points();
  }

 private:
  Judgement decide(const std::vector<language::Index>& indices, const language::Expr& left, const language::Expr& right,
                   bool wants_proof, std::size_t further);
  /// What digits alone say.
  void decide_by_digits(const std::vector<language::Index>& indices, const language::Expr& left,
                        const language::Expr& right, Judgement& judgement);

  const Scope& scope_;
  check::Equality equality_;
  check::Prover prover_;
};

/// What a formula is made of, through all definitions: the most general thing in it.
enum class Algebra { rational, square_roots, functions };
/// In F_p rational formulas obey the laws that they obey elsewhere, square roots most of them, functions few.
[[nodiscard]] Algebra algebra_of(const Scope& scope, const language::Expr& e);

}  // namespace chalktape::claims
