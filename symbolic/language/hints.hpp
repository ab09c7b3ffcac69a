// What may help whoever writes something in another way than the language does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chalktape::language {

/// A blank that is none of the language's: it looks like a space, as the no-break space U+00A0 does.
[[nodiscard]] bool is_foreign_blank(std::uint32_t code_point);

/// What may help where `expected` is missing; `rest` (not empty) stands there instead, `before` in front of it, without
/// the blanks between them. Empty where nothing is known.
[[nodiscard]] std::string hint_instead(std::string_view expected, std::string_view rest, std::string_view before);

/// How the language writes what other languages have a function of that name for; empty where nothing is known.
[[nodiscard]] std::string hint_for_function(std::string_view name);

}  // namespace chalktape::language
