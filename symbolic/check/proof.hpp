// Check (c): a gradient's final form is proved at small concrete sizes, all entries being symbols.
//
// The true gradient, by reverse mode over the definitions, and the formula are both written out as elements of
// `Symbolic`; their difference is shown to be 0 by eliminating all that has a relation. What is proved holds for all real
// inputs at these sizes at which neither divides by 0, kinks and ties included. Size 1 and 2 are avoided: there a
// variance is a square, and more is true than elsewhere.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/language/layer.hpp"

namespace chalktape::check {

struct ProofVerdict {
  bool refuted = false;  ///< the formula differs from the gradient at a real point
  derive::Proof proof;
  std::string where{};  ///< of the entry that differs
};

/// How much work a layer's proofs may be: operations on terms, of which some ten million take a second.
inline constexpr std::uint64_t default_proof_work = 1000000;

class Prover {
 public:
  /// The layer's definitions and the names introduced are written out here, at sizes from 3 on; where that is too much
  /// work, or something has no law that a proof could use, every `prove` says so.
  Prover(const language::Layer& layer, const std::vector<language::Definition>& introduced,
         std::uint64_t work = default_proof_work);
  ~Prover();
  Prover(const Prover&) = delete;
  Prover& operator=(const Prover&) = delete;

  /// Whether `value` is the gradient called `name`, all entries of it. Gradients' names inside it stand for the true
  /// ones. Uses at most its share of the work that is left, if `further` proofs are still to come.
  [[nodiscard]] ProofVerdict prove(const std::string& name, const std::vector<language::Index>& indices,
                                   const language::Expr& value, std::size_t further = 0);

  /// The work done so far.
  [[nodiscard]] std::uint64_t work_done() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chalktape::check
