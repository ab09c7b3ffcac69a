// Layers for tests, from text, from a file, or built in.
#pragma once

#include <filesystem>
#include <string>

#include "symbolic/language/layer.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"
#include "tests/text_of.hpp"

namespace chalktape::tests {

/// The first layer of the text. Throws language::Error.
[[nodiscard]] inline language::Layer layer_of(const std::string& text) {
  return notation::load_layers(text, "test.chalk").front();
}

[[nodiscard]] inline language::Layer builtin(const std::string& name) {
  return layer_of(std::string(language::find_builtin_layer(name)->source));
}

/// The first layer of a file; tests run in the project's folder.
[[nodiscard]] inline language::Layer layer_in(const std::filesystem::path& path) { return layer_of(text_of(path)); }

}  // namespace chalktape::tests
