// From a layer that shows a defect to the smallest one that still does.
#pragma once

#include <functional>

#include "symbolic/language/layer.hpp"

namespace chalktape::random_layers {

/// Drops definitions, outputs, assumptions, tensors and axes, and puts parts of expressions or 1 in place of
/// expressions, for as long as the layer stays well-formed and `fails` says that it still shows the defect. At most
/// `most_tries` layers are tried.
[[nodiscard]] language::Layer shrunk(language::Layer layer, const std::function<bool(const language::Layer&)>& fails,
                                     int most_tries);

}  // namespace chalktape::random_layers
