// What an emitter prints: a layer's forward formulas and those of its gradients, statement by statement.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/emit/exponentials.hpp"

namespace chalktape::emit {

/// One name and what it is computed from.
struct Statement {
  enum class Kind {
    forward,       ///< a definition of the layer
    shift,         ///< a name that safe exponentials need
    introduced,    ///< a name that the derivation gave to part of a forward formula
    intermediate,  ///< the gradient of an intermediate
    result,        ///< the gradient of a tensor
  };
  Kind kind = Kind::forward;
  language::Definition definition;
  /// As the layer or the derivation has it, where a safe form stands instead; else null.
  language::Expr written{};
  /// How many steps the derivation of a gradient took, and the rule of the last one.
  std::size_t steps = 0;
  std::string last_rule{};
};

struct Program {
  language::Layer layer;
  std::vector<std::string> upstream;    ///< "dy" by output, "dloss" for a loss
  std::vector<Statement> forward;       ///< all that the layer defines, in order
  std::vector<Statement> backward;      ///< all that the derivation adds, in order
  std::vector<std::string> results;     ///< names of the gradients by tensor
  std::vector<Rewriting> rewritings{};  ///< laws that safe forms use, in order, without repetitions

  /// Of the forward statements those that outputs need, auxiliary ones included.
  [[nodiscard]] std::vector<Statement> for_outputs() const;
  /// Of all statements those that the results need. `given` are names that need no computing.
  [[nodiscard]] std::vector<Statement> for_results(const std::set<std::string>& given = {}) const;
};

/// The derivation's program in safe form, the upstream gradient of a loss being 1. Throws derive::Error where a
/// rewritten formula does not pass the check against the one that it stands for.
[[nodiscard]] Program safe_program(const derive::Derivation& derivation);

/// The same where results are multiplied by a loss's upstream gradient.
[[nodiscard]] Program make_program(const derive::Derivation& derivation);

/// "step 6 of its derivation, fold-product", "as defined", "a name for the root", …
[[nodiscard]] std::string origin_text(const Statement& statement);

}  // namespace chalktape::emit
