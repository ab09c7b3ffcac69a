// Errors that are the user's to mend.
#pragma once

#include <stdexcept>
#include <string>

namespace chalktape::cli {

/// Bad use or bad input. The command prints `chalktape: error: <what>` and exits with status 2.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Mistakes in files, each rendered with its place: printed as they are.
class InputErrors : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace chalktape::cli
