// Which parts of a derivation are which numbers of the tape: where the two roads meet, part by part.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/report/local_derivative.hpp"
#include "symbolic/roads/sweeps.hpp"

namespace chalktape::lesson {

/// Computes parts of formulas at the worked example and looks for their numbers among the tape's: a node's value
/// ("v5"), its gradient ("g5"), or what one of its consumers passes on to it ("e11-5-0": from node 11 to node 5, its
/// operand 0). Nothing but numbers decides. The data are drawn, so that different formulas have different numbers.
class Matching {
 public:
  /// All gradients of all derivations are computed, in order. The arguments must outlive the object.
  Matching(const roads::Problem& problem, const roads::Sweeps& sweeps, const derive::Derivation& derivation);

  /// What the expression is on the tape, a constant by its name; empty where it depends on no data, is nothing there,
  /// or cannot be computed by itself (a derivative that is yet to be worked out). Remembers its answers.
  [[nodiscard]] const std::vector<std::string>& of(const language::Expr& e);
  /// The numbers of a formula, its axes being `indices`. Throws lower::Error or engine::Error.
  [[nodiscard]] engine::Tensor value_of(const language::Expr& e, const std::vector<language::Index>& indices);

 private:
  struct Candidate {
    std::string token;
    engine::Tensor values;  ///< without axes of length 1
  };

  [[nodiscard]] std::vector<std::string> found(const language::Expr& e);
  /// e with its derivatives worked out; null where one of them is not known.
  [[nodiscard]] language::Expr worked_out(const language::Expr& e);

  engine::Tape tape_;
  lower::Environment environment_;
  report::LocalDerivative derivatives_;
  std::vector<Candidate> candidates_;
  std::map<std::string, std::string> constants_;  ///< the layer's, by name: their tokens
  std::size_t largest_rank_ = 0;
  std::map<std::string, language::Expr> known_derivatives_;
  std::map<std::string, std::vector<std::string>> answers_;  // by text, indices included
};

}  // namespace chalktape::lesson
