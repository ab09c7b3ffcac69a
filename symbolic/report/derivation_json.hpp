// A derivation for programs.
#pragma once

#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/report/detail.hpp"
#include "symbolic/report/written_out.hpp"

namespace chalktape::report {

/// {"layer", "sizes", "style", "gradients", "definitions", …}: formulas in the language, so that they can be parsed
/// back; `definitions` in an order in which each can be computed. Besides the gradients asked for, `intermediates`
/// holds the derivations of those that they use, and a gradient's `derivatives` the Jacobians that its steps use.
/// `tensors` empty means all. `times` adds the measured milliseconds, the only part that differs from run to run. What
/// is written out at concrete sizes, if anything, is `at`.
std::string to_json(const derive::Derivation& derivation, const std::vector<std::string>& tensors,
                    Detail detail = Detail::full, bool times = true, const WrittenOut* written = nullptr);

}  // namespace chalktape::report
