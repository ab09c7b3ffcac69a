// Functions that are stated by others.
#pragma once

#include <string>

#include "symbolic/language/expression.hpp"

namespace chalktape::language {

/// The function of one argument as its op's struct defines it, in terms of the scalar name x. Null where it has no
/// definition; throws std::logic_error where that does not parse.
[[nodiscard]] Expr function_definition(const std::string& function);

}  // namespace chalktape::language
