// `about` and `claim` blocks become trees with places. Names are looked up later, in symbolic/claims.
#pragma once

#include <vector>

#include "symbolic/language/claim_syntax.hpp"

namespace chalktape::language {

/// Parses the blocks that `parse_file` has kept. Each line that cannot be parsed adds one error to `diagnostics`; the
/// others are kept. Never throws for what the source contains.
[[nodiscard]] std::vector<ClaimBlockSyntax> parse_claims(const Source& source, const std::vector<RawBlock>& blocks,
                                                         Diagnostics& diagnostics);

}  // namespace chalktape::language
