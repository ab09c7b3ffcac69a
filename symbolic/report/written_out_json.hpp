// A derivation at concrete sizes, for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "symbolic/report/written_out.hpp"

namespace chalktape::report {

/// {"sizes", "definitions", "gradients", "checked"}: each definition, step and derivative with its formula, its cases
/// and its "entries", row-major; formulas in the language, so that each can stand in a claim.
nlohmann::ordered_json json_of(const derive::Derivation& derivation, const WrittenOut& written);

}  // namespace chalktape::report
