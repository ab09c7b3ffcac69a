// A derivation at concrete sizes, as a LaTeX document.
#pragma once

#include <string>

#include "symbolic/present/typesetting.hpp"
#include "symbolic/report/written_out.hpp"

namespace chalktape::report {

/// A document that compiles with plain LaTeX and amsmath: forward definitions and the steps chosen, as matrices where
/// they fit and entry by entry where they do not. The same bytes on every run.
std::string to_latex(const derive::Derivation& derivation, const WrittenOut& written,
                     present::GradientNotation notation = present::GradientNotation::d);

}  // namespace chalktape::report
