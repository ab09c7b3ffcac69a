// A derivation as a LaTeX document.
#pragma once

#include <string>
#include <vector>

#include "symbolic/derive/derivation.hpp"
#include "symbolic/present/typesetting.hpp"
#include "symbolic/report/detail.hpp"

namespace chalktape::report {

/// A document that compiles with plain LaTeX and amsmath: the forward definitions, each derivation step by step with
/// rule and reason, and the results. `tensors` empty means all. The same bytes on every run.
std::string to_latex(const derive::Derivation& derivation, const std::vector<std::string>& tensors,
                     present::GradientNotation notation = present::GradientNotation::d, Detail detail = Detail::normal);

}  // namespace chalktape::report
