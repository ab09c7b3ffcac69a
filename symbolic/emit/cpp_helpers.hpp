// What every emitted header may need: words of the language, and helper functions as text.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace chalktape::emit {

/// Whether an identifier means something else in C++, or may: keywords, reserved names, macros of the standard headers.
[[nodiscard]] bool is_cpp_word(std::string_view name);

/// The definitions of these helpers and of those that they use, in order.
[[nodiscard]] std::string helpers_text(std::set<std::string> wanted);

}  // namespace chalktape::emit
