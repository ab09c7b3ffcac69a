#pragma once

#include <stdexcept>
#include <string>

namespace chalktape::engine {

/// What the engine throws for bad input: shapes that do not fit, files that cannot be read, names that do not exist.
/// The message stands by itself (it names the op and the shapes, or the file and the place).
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace chalktape::engine
