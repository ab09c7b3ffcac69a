// A derivation at concrete sizes, as text for a terminal.
#pragma once

#include <string>

#include "symbolic/report/text_page.hpp"
#include "symbolic/report/written_out.hpp"

namespace chalktape::report {

/// Forward definitions and the steps chosen, as matrices where they fit and entry by entry where they do not; in ASCII
/// every entry can be pasted into a claim. The same bytes on every run.
std::string to_text(const derive::Derivation& derivation, const WrittenOut& written, const TextStyle& style);

}  // namespace chalktape::report
