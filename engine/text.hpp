// Text from outside, which need not be what it should be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace chalktape::engine {

/// ASCII's, whatever the locale.
[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// One code point of UTF-8 text. `length` is in bytes; an invalid byte has length 1 and `valid` false.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 1;
  bool valid = true;
};

/// Decodes the code point at `position` (< text.size()); overlong forms and surrogates are invalid.
[[nodiscard]] CodePoint decode_utf8(std::string_view text, std::size_t position);

/// Whether a terminal would obey the code point rather than show it: control characters (tab and line break among
/// them), bidirectional overrides, invisible marks.
[[nodiscard]] bool is_obeyed_by_terminals(std::uint32_t value);

/// Text from outside made fit to print on one line: what a terminal would obey and bytes that are not UTF-8 become
/// U+FFFD, and after `most` characters it ends in "…".
[[nodiscard]] std::string printable(std::string_view text, std::size_t most = 60);

}  // namespace chalktape::engine
