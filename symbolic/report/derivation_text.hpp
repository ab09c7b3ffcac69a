// A derivation as text for a terminal.
#pragma once

#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/present/typesetting.hpp"
#include "symbolic/report/detail.hpp"

namespace chalktape::report {

struct TextStyle {
  bool unicode = true;  ///< mathematics in Unicode; else in the language's own ASCII
  bool colour = false;  ///< ANSI escapes
  present::GradientNotation notation = present::GradientNotation::d;  ///< in Unicode; ASCII is the language itself
  Detail detail = Detail::normal;
};

/// The forward definitions, the names introduced, each derivation step by step (rule, reason, check), and the results
/// with what they cost. `tensors` empty means all. The same bytes on every run.
std::string to_text(const derive::Derivation& derivation, const std::vector<std::string>& tensors,
                    const TextStyle& style);

}  // namespace chalktape::report
