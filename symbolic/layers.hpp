// The layers that come with the house: examples/layers/*.chalk, embedded when it is built.
#pragma once

#include <span>
#include <string_view>

namespace chalktape::language {

/// A built-in layer. All text has static storage duration.
struct BuiltinLayer {
  std::string_view name;         ///< the file's name without `.chalk`; the file's first layer has the same name
  std::string_view source;       ///< the whole file
  std::string_view description;  ///< the file's first line, which is a comment, without its `#`
};

/// All built-in layers, sorted by name.
[[nodiscard]] std::span<const BuiltinLayer> builtin_layers();

/// The built-in layer of that name, or null. O(log n).
[[nodiscard]] const BuiltinLayer* find_builtin_layer(std::string_view name);

}  // namespace chalktape::language
