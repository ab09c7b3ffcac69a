// Layers for tests, from text, from a file, or built in.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "symbolic/language/layer.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/resolve.hpp"

namespace chalktape::tests {

/// The first layer of the text. Throws language::Error.
[[nodiscard]] inline language::Layer layer_of(const std::string& text) {
  return notation::load_layers(text, "test.chalk").front();
}

[[nodiscard]] inline language::Layer builtin(const std::string& name) {
  return layer_of(std::string(language::find_builtin_layer(name)->source));
}

/// The first layer of a file; tests run in the project's folder.
[[nodiscard]] inline language::Layer layer_in(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + " cannot be read");
  return layer_of({std::istreambuf_iterator<char>(file), {}});
}

}  // namespace chalktape::tests
