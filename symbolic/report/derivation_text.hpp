// A derivation as text for a terminal.
#pragma once

#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/report/text_page.hpp"

namespace chalktape::report {

/// The forward definitions, the names introduced, each derivation step by step (rule, reason, check), and the results
/// with what they cost. `tensors` empty means all. The same bytes on every run.
std::string to_text(const derive::Derivation& derivation, const std::vector<std::string>& tensors,
                    const TextStyle& style);

}  // namespace chalktape::report
