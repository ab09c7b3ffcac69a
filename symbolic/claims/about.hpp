// `about LAYER with h for x`: the layer that claims are about, in the text's own letters.
#pragma once

#include <memory>
#include <string>

#include "symbolic/claims/claims.hpp"
#include "symbolic/language/claim_syntax.hpp"
#include "symbolic/notation/resolve.hpp"

namespace chalktape::claims {

struct About {
  std::string target;                  ///< as the file writes it
  std::shared_ptr<const Scope> scope;  ///< null where it is wrong, which has been reported
};

/// The layer itself.
[[nodiscard]] About about_layer(const language::Layer& layer);

/// The layers of the same file, those with errors included, shadow built-in ones.
[[nodiscard]] About resolve_about(const language::AboutSyntax& syntax, notation::File& file, const LayerLoader& load);

/// "the layers of this file are f and g", for a hint; empty where it has none.
[[nodiscard]] std::string layers_hint(const notation::File& file);

}  // namespace chalktape::claims
