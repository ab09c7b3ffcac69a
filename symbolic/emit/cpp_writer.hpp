// Lines of C++ with their indentation.
#pragma once

#include <string>
#include <string_view>

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
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::size_t depth_ = 1;
};

}  // namespace chalktape::emit
