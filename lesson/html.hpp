// HTML put together from typed parts. Text is escaped unless it says otherwise: nobody's name becomes markup.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chalktape::lesson {

/// A piece of a page.
class Html {
 public:
  Html() = default;
  // Text converts by itself, and is escaped.
  Html(std::string_view text);                                     // NOLINT(google-explicit-constructor)
  Html(const std::string& text) : Html(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  Html(const char* text) : Html(std::string_view(text)) {}         // NOLINT(google-explicit-constructor)

  /// What one of the house's printers wrote (MathML, SVG, a style sheet): taken as it is.
  [[nodiscard]] static Html markup(std::string text);

  Html& operator+=(const Html& more) {
    text_ += more.text_;
    return *this;
  }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

[[nodiscard]] inline Html operator+(Html a, const Html& b) {
  a += b;
  return a;
}

/// Values are escaped.
using Attributes = std::vector<std::pair<std::string_view, std::string>>;

/// `<tag name="value">content</tag>`. Names of tags and attributes are the program's, never a user's: throws
/// std::logic_error for one that is not lower-case letters, digits and hyphens, or that would be a script (onclick).
[[nodiscard]] Html element(std::string_view tag, const Attributes& attributes, const Html& content);
[[nodiscard]] Html element(std::string_view tag, const Html& content);
/// An element that has no content and no end: `<input …>`.
[[nodiscard]] Html void_element(std::string_view tag, const Attributes& attributes);

}  // namespace chalktape::lesson
