// The claim files that pages are made from.
#pragma once

#include <string>

#include "symbolic/claims/claims.hpp"

namespace chalktape::docs {

/// Claims about built-in layers, all of them readable. `path` names them in errors. Throws language::Error, and
/// std::runtime_error for a claim about another file's layer.
[[nodiscard]] claims::ClaimFile claims_in(std::string text, const std::string& path);
/// The same of a file. Throws std::runtime_error where it cannot be read.
[[nodiscard]] claims::ClaimFile claims_of(const std::string& path);

}  // namespace chalktape::docs
