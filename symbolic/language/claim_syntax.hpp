// What the parser makes of `about` and `claim` blocks: names not yet looked up, indices without ranges.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "symbolic/language/diagnostics.hpp"
#include "symbolic/language/source.hpp"
#include "symbolic/language/syntax.hpp"

namespace chalktape::language {

/// `h for x`: the text writes h for what the layer calls x.
struct RenamingSyntax {
  NameSyntax written{};
  NameSyntax meant{};
};

/// `about batch_norm with h for x, Delta for delta`.
struct AboutSyntax {
  std::string target{};  ///< a layer's name, `FILE.chalk` or `FILE.chalk:name`
  Span span{};           ///< of the target
  std::vector<RenamingSyntax> renamings{};
};

/// One expression of a chain `a = b = c`, and where it stands.
struct LinkSyntax {
  Expr value{};
  std::string text{};  ///< as written
  Span span{};
};

/// A line of a claim: what it adds to a chain.
struct ChainSyntax {
  bool continues = false;  ///< the line begins with `=`
  std::vector<LinkSyntax> links{};
  bool expects_refuted = false;
};

/// A line of a claim as it stands: `where NAME[…] = …`, or (a part of) a chain. A line that could not be parsed is
/// neither: it has no links.
struct ClaimLineSyntax {
  std::optional<DefinitionSyntax> definition{};
  ChainSyntax chain{};
  Span span{};
  std::string text{};  ///< the line as written, without a comment
};

struct ClaimSyntax {
  std::string title{};
  bool expects_refuted = false;
  Span span{};
  std::vector<ClaimLineSyntax> lines{};
};

/// One of the two is there.
struct ClaimBlockSyntax {
  std::optional<AboutSyntax> about{};
  std::optional<ClaimSyntax> claim{};
};

}  // namespace chalktape::language
