// From a recorded graph to a loop program: what is fused into one loop, what is recomputed rather than stored, where
// the rest is stored.
#pragma once

#include <span>

#include "engine/plan/fusion.hpp"
#include "engine/plan/loops.hpp"
#include "engine/tape/tape.hpp"

namespace chalktape::engine {

/// A program that computes `outputs` from new values of `inputs`, both any nodes of the tape, inputs distinct. An op's
/// result that is an input is not computed: so a backward pass is handed what forward has saved. Everything that does
/// not depend on inputs is a constant, with the value that the tape recorded. Throws Error if an input is given twice,
/// or a node does not exist.
///
/// Where the tape's sizes are distinct primes that stand for symbols, and `rows` is `any_row`, what is fused and in
/// which order depends on which sizes are equal and on nothing else: the program is one for all sizes.
[[nodiscard]] LoopProgram schedule(const Tape& tape, std::span<const NodeId> inputs, std::span<const NodeId> outputs,
                                   const RowLimits& rows = {});

/// Gives the temporaries and outputs of a program their places, so that those which live at different times share
/// memory. Sets first_step, last_step, in_place_of, offset, arena, live_bytes.
void assign_memory(LoopProgram& program);

}  // namespace chalktape::engine
