#include "lesson/html.hpp"

#include <algorithm>
#include <stdexcept>

#include "symbolic/present/mathml.hpp"

namespace chalktape::lesson {
namespace {

void require_plain(std::string_view name) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!plain || name.starts_with("on")) throw std::logic_error("not a name for HTML: " + std::string(name));
}

std::string opening(std::string_view tag, const Attributes& attributes) {
  require_plain(tag);
  std::string text = "<" + std::string(tag);
  for (const auto& [name, value] : attributes) {
    // SVG's viewBox is the one name that has a capital.
    if (name != "viewBox") require_plain(name);
    text += " " + std::string(name);
    if (!value.empty()) text += "=\"" + present::escaped_html(value) + "\"";
  }
  return text + ">";
}

}  // namespace

Html::Html(std::string_view text) : text_(present::escaped_html(text)) {}

Html Html::markup(std::string text) {
  Html result;
  result.text_ = std::move(text);
  return result;
}

Html element(std::string_view tag, const Attributes& attributes, const Html& content) {
  return Html::markup(opening(tag, attributes) + content.text() + "</" + std::string(tag) + ">");
}

Html element(std::string_view tag, const Html& content) { return element(tag, {}, content); }

Html void_element(std::string_view tag, const Attributes& attributes) { return Html::markup(opening(tag, attributes)); }

}  // namespace chalktape::lesson
