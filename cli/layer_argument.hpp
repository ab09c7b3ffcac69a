// The LAYER argument of the command line.
#pragma once

#include <optional>
#include <string>

#include "symbolic/language/layer.hpp"

namespace chalktape::cli {

/// What help says about the argument.
inline constexpr const char* layer_argument_help =
    "a built-in layer (chalktape layers lists them), FILE.chalk for the file's first layer, or FILE.chalk:NAME";

/// A layer together with its part of the file: the comment lines above it, and all up to the next layer or claim.
struct LayerWithSource {
  language::Layer layer;
  std::string source;
};

/// The same as load_layer, with the text.
[[nodiscard]] LayerWithSource load_layer_with_source(const std::string& argument);

/// The layer that the argument names: anything that ends in `.chalk`, or has `.chalk:` in it, is a file; all else is
/// the name of a built-in layer. Throws Failure for a name that does not exist (with the nearest one that does) and for
/// a file that cannot be read, language::Error for one with mistakes. Those inside a file's other layers are said on
/// standard error, and keep nobody from this one.
[[nodiscard]] language::Layer load_layer(const std::string& argument);

/// The layer of that name in a file, or its first. Errors as above.
[[nodiscard]] language::Layer load_layer_from_file(const std::string& path, const std::optional<std::string>& name);

/// The file's bytes, but no more than one above the language's limit: the parser then says that it is too long, and
/// something endless (/dev/zero) ends. Throws Failure.
[[nodiscard]] std::string read_source(const std::string& path);

}  // namespace chalktape::cli
