// A layer as a `.chalk` file.
#pragma once

#include <string>

#include "symbolic/language/layer.hpp"

namespace chalktape::random_layers {

/// The layer's text, which reads back as an equal layer. What `show` lines say is left out.
[[nodiscard]] std::string to_chalk(const language::Layer& layer);

/// Whether two layers have the same signature, formulas, assumptions and outputs, places aside.
[[nodiscard]] bool equal(const language::Layer& a, const language::Layer& b);

/// Nodes of all formulas, tensors, their axes, assumptions and outputs: what a shrinker makes smaller.
[[nodiscard]] int size_of(const language::Layer& layer);

}  // namespace chalktape::random_layers
