// The version of the libraries and of the command, as CMakeLists.txt states it.
#pragma once

#include <string_view>

namespace chalktape::engine {

/// `MAJOR.MINOR.PATCH`.
[[nodiscard]] std::string_view version();

}  // namespace chalktape::engine
