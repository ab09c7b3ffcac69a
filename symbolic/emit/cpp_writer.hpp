// Lines of C++ with their indentation.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "symbolic/emit/wrapped.hpp"

namespace chalktape::emit {

class CppWriter {
 public:
  void line(std::string_view text) {
    text_.append(depth_ * 2, ' ');
    text_ += text;
    text_ += '\n';
  }
  void open(std::string_view text) {
    line(std::string(text) + (text.empty() ? "{" : " {"));
    ++depth_;
  }
  void close(std::string_view behind = "") {
    --depth_;
    line("}" + std::string(behind));
  }
  void comment(std::string_view words, std::string_view more = "") {
    text_ += wrapped(words, std::string(depth_ * 2, ' ') + "// " + std::string(more));
  }
  /// What `print` writes one level deeper, instead of writing it: add() does that later.
  template <class Print>
  [[nodiscard]] std::string aside(const Print& print) {
    const std::string before = std::exchange(text_, {});
    ++depth_;
    print();
    --depth_;
    return std::exchange(text_, before);
  }
  void add(std::string_view lines) { text_ += lines; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::size_t depth_ = 1;
};

}  // namespace chalktape::emit
