// Whether two formulas about a layer are equal for all inputs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "symbolic/check/drawn_points.hpp"
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
};

/// The points of one scope, drawn when they are first asked for. The same on every run and machine.
class Judge {
 public:
  /// The scope must outlive the judge.
  explicit Judge(const Scope& scope);

  /// Whether `right` is `left` at all values of the indices. By numbers: at points of 70 digits, one of them
  /// ill-conditioned; a difference there refutes. By identity tests in F_p, which confirm; where they cannot, because
  /// a root or a function obeys laws that F_p does not know, by proof at small sizes or by 600 digits. `further`
  /// comparisons are still to come: they share what work there is for proofs.
  [[nodiscard]] Judgement judge(const std::vector<language::Index>& indices, const language::Expr& left,
                                const language::Expr& right, std::size_t further);
  /// The same without a proof for the record.
  [[nodiscard]] Judgement compare(const std::vector<language::Index>& indices, const language::Expr& left,
                                  const language::Expr& right);

  [[nodiscard]] const Scope& scope() const { return scope_; }
  /// Points in F_p, of different sizes; empty where the layer has no meaning there.
  [[nodiscard]] const std::vector<std::unique_ptr<check::ModularPoint>>& modular_points();
  /// Points with 70 digits; empty where the layer cannot be evaluated: `obstacle` says why.
  [[nodiscard]] const std::vector<std::unique_ptr<check::NumericPoint>>& numeric_points();
  [[nodiscard]] const std::string& obstacle();

 private:
  struct Numbers;
  struct Residues;
  void draw_points();
  Numbers compare_numbers(const std::vector<language::Index>& indices, const language::Expr& left,
                          const language::Expr& right);
  Numbers compare_at(check::NumericPoint& at, const std::vector<language::Index>& indices, const language::Expr& left,
                     const language::Expr& right);
  Residues compare_residues(const std::vector<language::Index>& indices, const language::Expr& left,
                            const language::Expr& right);
  Verdict judge_by_more_digits(const std::vector<language::Index>& indices, const language::Expr& left,
                               const language::Expr& right);
  Judgement decide(const std::vector<language::Index>& indices, const language::Expr& left, const language::Expr& right,
                   bool wants_proof, std::size_t further);

  const Scope& scope_;
  bool is_drawn_ = false;
  std::vector<std::unique_ptr<check::ModularPoint>> modular_;
  std::vector<std::unique_ptr<check::NumericPoint>> numeric_;
  std::string obstacle_;
  std::unique_ptr<check::Prover> prover_;
};

/// What a formula is made of, through all definitions: the most general thing in it.
enum class Algebra { rational, square_roots, functions };
/// In F_p rational formulas obey the laws that they obey elsewhere, square roots most of them, functions few.
[[nodiscard]] Algebra algebra_of(const Scope& scope, const language::Expr& e);

}  // namespace chalktape::claims
