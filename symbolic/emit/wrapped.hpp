// Text broken into lines.
#pragma once

#include <string>
#include <string_view>

namespace chalktape::emit {

/// The words in lines of at most 100 characters where they allow it, each behind `prefix` and with a line break at its
/// end.
[[nodiscard]] std::string wrapped(std::string_view words, std::string_view prefix);

}  // namespace chalktape::emit
