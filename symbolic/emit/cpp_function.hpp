// One function of an emitted header: formulas as a loop program whose sizes are symbols.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/plan/schedule.hpp"
#include "engine/tape/tape.hpp"
#include "symbolic/emit/program.hpp"
#include "symbolic/lower/lower.hpp"

namespace chalktape::emit {

/// Formulas on a tape whose sizes are distinct primes, each standing for a symbol, and what the plan's scheduler makes
/// of it: loops, fused as a plan fuses them, for all sizes at once (engine::any_row).
struct CppFunction {
  std::vector<Statement> statements;
  engine::Tape tape;
  engine::LoopProgram loops;
  std::vector<std::string> results;                  ///< names, by loops.outputs
  std::map<std::int64_t, std::string> symbols;       ///< by the prime that stands for it
  std::map<engine::NodeId, std::string> given;       ///< names of values that the caller hands over
  std::map<engine::NodeId, language::Expr> scalars;  ///< numbers known from the sizes alone, as formulas
  std::set<engine::NodeId> deltas;                   ///< identity matrices
  std::map<engine::NodeId, std::size_t> owners;      ///< the statement that a node was first recorded for
  std::map<engine::NodeId, std::size_t> named;       ///< nodes that are a statement's value

  /// The symbol of an axis's length; throws std::out_of_range.
  [[nodiscard]] const std::string& symbol(std::int64_t length) const { return symbols.at(length); }
};

/// The size symbols of a name's axes: a tensor's, an output's gradient's, a statement's; none for a constant.
[[nodiscard]] std::vector<std::string> ranges_of(const Program& program, const std::string& name);

/// `given`: names of tensors, constants, upstream gradients and statements that need no computing. Throws lower::Error.
[[nodiscard]] CppFunction make_function(const Program& program, std::vector<Statement> statements,
                                        const std::vector<std::string>& given, const std::vector<std::string>& results);

}  // namespace chalktape::emit
