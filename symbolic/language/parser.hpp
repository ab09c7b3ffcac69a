// Text becomes a tree with places. Names are looked up later, in symbolic/notation/resolve.hpp.
#pragma once

#include "symbolic/language/diagnostics.hpp"
#include "symbolic/language/source.hpp"
#include "symbolic/language/syntax.hpp"

namespace chalktape::language {

/// Parses a `.chalk` file. Each statement that cannot be parsed adds one error to `diagnostics`; the others are kept.
/// Never throws for what the source contains.
[[nodiscard]] FileSyntax parse_file(const Source& source, Diagnostics& diagnostics);

/// Parses a source that holds one expression, line breaks allowed. Null where it cannot be parsed: then `diagnostics`
/// says why.
[[nodiscard]] Expr parse_lone_expression(const Source& source, Diagnostics& diagnostics);

}  // namespace chalktape::language
