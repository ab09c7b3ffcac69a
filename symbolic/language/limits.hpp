// The limits that keep every input, however malformed, within modest time, memory and stack.
#pragma once

#include <cstddef>

namespace chalktape::language::limits {

inline constexpr std::size_t file_bytes = std::size_t{1} << 20;
inline constexpr std::size_t nesting = 100;      ///< open parentheses and brackets; signs and powers in a chain
inline constexpr std::size_t operands = 2000;    ///< numbers, names and signs of one expression: bounds a tree's depth
inline constexpr std::size_t definitions = 500;  ///< of one layer; likewise its assumptions, tensors and constants
inline constexpr std::size_t indices = 8;        ///< of one access, definition or reduction
inline constexpr std::size_t name_length = 64;
inline constexpr std::size_t number_digits = 60;
inline constexpr int number_exponent = 400;
inline constexpr std::size_t diagnostics = 1000;  ///< kept; further ones are counted
inline constexpr std::size_t name_hints = 100;    ///< errors for which the nearest name is looked for: it takes time

}  // namespace chalktape::language::limits
