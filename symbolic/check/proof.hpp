// Check (c): a gradient's final form is proved at small concrete sizes, all entries being symbols.
//
// The true gradient, by reverse mode over the definitions, and the formula are both written out as elements of
// `Symbolic`; their difference is shown to be 0 by eliminating all that has a relation. What is proved holds for all
// real inputs at these sizes at which neither divides by 0, kinks and ties included, or, said so, but for them. Where
// an order matters (max over an index, step), it holds for every order; where constants alone decide it, for their
// defaults.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/language/layer.hpp"

namespace chalktape::check {

struct ProofVerdict {
  bool refuted = false;       ///< the formula differs from the gradient at a real point
  bool but_for_ties = false;  ///< proved, but they may differ where numbers tie or lie on a kink
  bool too_large = false;     ///< not attempted or not finished: more work than is allowed
  derive::Proof proof;
  std::string where{};  ///< the first entry that is not proved, where that is known: "[1,3]", 1-based
};

/// How much work a layer's proofs may be at different sizes, and half of it at equal ones: operations on terms, of
/// which 10 to 30 take a microsecond.
inline constexpr std::uint64_t default_proof_work = 1200000;

class Prover {
 public:
  /// Nothing is written out before it is asked for. The layer and the definitions must outlive the prover.
  Prover(const language::Layer& layer, const std::vector<language::Definition>& introduced,
         std::uint64_t work = default_proof_work);
  ~Prover();
  Prover(const Prover&) = delete;
  Prover& operator=(const Prover&) = delete;
  Prover(Prover&&) = delete;
  Prover& operator=(Prover&&) = delete;

  /// Whether `value` is `left`, a gradient (`dx[i,j]`) or a derivative, at all values of the indices, first at
  /// different sizes, then, where these are too large, at equal ones. Gradients' names inside it stand for the true
  /// gradients. Uses at most its share of the work that is left, if `further` proofs are still to come.
  [[nodiscard]] ProofVerdict prove(const language::Expr& left, const std::vector<language::Index>& indices,
                                   const language::Expr& value, std::size_t further = 0);

  /// The work done so far. The same on every run and machine.
  [[nodiscard]] std::uint64_t work_done() const;

 private:
  struct State;
  const language::Layer& layer_;
  const std::vector<language::Definition>& introduced_;
  std::uint64_t work_;
  std::vector<std::unique_ptr<State>> states_;  ///< by the sizes tried
};

}  // namespace chalktape::check
