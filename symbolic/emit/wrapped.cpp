#include "symbolic/emit/wrapped.hpp"

namespace chalktape::emit {

std::string wrapped(std::string_view words, std::string_view prefix) {
  constexpr std::size_t width = 100;
  std::string text;
  std::string line(prefix);
  bool is_empty = true;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    const std::string_view word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    if (!is_empty && line.size() + 1 + word.size() > width) {
      text += line + "\n";
      line = prefix;
      is_empty = true;
    }
    if (!is_empty) line += ' ';
    line += word;
    is_empty = false;
  }
  return text + line + "\n";
}

}  // namespace chalktape::emit
