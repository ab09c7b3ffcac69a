#include "engine/text.hpp"

#include <array>

namespace chalktape::engine {

CodePoint decode_utf8(std::string_view text, std::size_t position) {
  struct Form {
    unsigned char mask, lead;
    std::size_t length;
    std::uint32_t smallest;
  };
  static constexpr std::array<Form, 4> forms = {
      {{0x80, 0x00, 1, 0}, {0xE0, 0xC0, 2, 0x80}, {0xF0, 0xE0, 3, 0x800}, {0xF8, 0xF0, 4, 0x10000}}};
  const auto byte = [&](std::size_t offset) { return static_cast<unsigned char>(text[position + offset]); };
  for (const Form& form : forms) {
    if ((byte(0) & form.mask) != form.lead) continue;
    if (position + form.length > text.size()) break;
    std::uint32_t value = byte(0) & static_cast<unsigned char>(~form.mask);
    for (std::size_t k = 1; k < form.length; ++k) {
      if ((byte(k) & 0xC0) != 0x80) return {.valid = false};
      value = value << 6 | (byte(k) & 0x3FU);
    }
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < form.smallest || value > 0x10FFFF || surrogate) break;
    return {.value = value, .length = form.length};
  }
  return {.valid = false};
}

bool is_obeyed_by_terminals(std::uint32_t value) {
  return value < 0x20 || (value >= 0x7F && value < 0xA0) || value == 0x061C || (value >= 0x200B && value <= 0x200F) ||
         (value >= 0x2028 && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069) || value == 0xFEFF;
}

std::string printable(std::string_view text, std::size_t most) {
  std::string result;
  std::size_t characters = 0;
  for (std::size_t position = 0; position < text.size(); ++characters) {
    if (characters == most) return result + "…";
    const CodePoint point = decode_utf8(text, position);
    const bool hidden = !point.valid || is_obeyed_by_terminals(point.value);
    result += hidden ? "\uFFFD" : text.substr(position, point.length);
    position += point.length;
  }
  return result;
}

}  // namespace chalktape::engine
