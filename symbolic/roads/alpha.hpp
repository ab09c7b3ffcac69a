// Whether two layers are the same but for their names.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "symbolic/language/layer.hpp"

namespace chalktape::roads {

/// From each name of `a` (tensors, constants, sizes, definitions) to the corresponding one of `b`, where the layers
/// compute the same by the same formulas; nullopt otherwise. Tensors, constants and definitions correspond in order.
/// What the layers and their indices are called, how names are shown, constants' defaults and assumptions do not
/// matter. Linear in the formulas' size.
[[nodiscard]] std::optional<std::map<std::string, std::string>> correspondence(const language::Layer& a,
                                                                               const language::Layer& b);

}  // namespace chalktape::roads
