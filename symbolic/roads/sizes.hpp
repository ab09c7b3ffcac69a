// What each size symbol stands for.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "symbolic/roads/sample.hpp"

namespace chalktape::roads {

/// The layer's sizes: as asked for, as the data's shapes say, and `defaults` elsewhere. Replaces the request's data by
/// data of the tensors' ranks (a table of one column serves as a vector). Throws Error for unknown names, sizes below 1
/// and shapes that disagree.
[[nodiscard]] std::map<std::string, std::int64_t> choose_sizes(const language::Layer& layer, Request& request,
                                                               std::span<const std::int64_t> (*defaults)(std::size_t));

/// About how many scalar operations one forward pass takes. Never overflows.
[[nodiscard]] double scalar_operations(const language::Layer& layer, const std::map<std::string, std::int64_t>& sizes);

}  // namespace chalktape::roads
