// `about LAYER with h for x`: the layer that claims are about, in the text's own letters.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "symbolic/claims/claims.hpp"
#include "symbolic/language/claim_syntax.hpp"

namespace chalktape::claims {

struct About {
  std::string target;                  ///< as the file writes it
  std::shared_ptr<const Scope> scope;  ///< null where it is wrong, which has been reported
};

/// The layer itself.
[[nodiscard]] About about_layer(const language::Layer& layer);

/// `layers` are those of the same file, which shadow built-in ones.
[[nodiscard]] About resolve_about(const language::AboutSyntax& syntax, const std::vector<language::Layer>& layers,
                                  const LayerLoader& load, language::Diagnostics& diagnostics);

}  // namespace chalktape::claims
