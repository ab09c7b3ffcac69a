// Names for what a maximum or minimum runs over.
#pragma once

#include <vector>

#include "symbolic/language/layer.hpp"

namespace chalktape::derive {

/// A layer with a definition more for each max or min of something computed, max[k](x[i,k] + b[k]): the entries,
/// `entry[i,k] = x[i,k] + b[k]`, before the definition that reads them. An extremum's derivative asks which entries
/// equal it, and rounding must not come between: they have to be the very numbers of which it is the largest.
struct NamedEntries {
  language::Layer layer;
  std::vector<language::Definition> entries;  ///< in order, each formula as the layer writes it
};

[[nodiscard]] NamedEntries name_entries(const language::Layer& layer);

}  // namespace chalktape::derive
