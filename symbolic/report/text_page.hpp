// A page of formulas and sentences for a terminal.
#pragma once

#include <string>

#include "symbolic/language/layer.hpp"
#include "symbolic/present/sentence.hpp"
#include "symbolic/present/typesetting.hpp"
#include "symbolic/report/detail.hpp"

namespace chalktape::report {

struct TextStyle {
  bool unicode = true;  ///< mathematics in Unicode; else in the language's own ASCII
  bool colour = false;  ///< ANSI escapes
  present::GradientNotation notation = present::GradientNotation::d;  ///< in Unicode; ASCII is the language itself
  Detail detail = Detail::normal;
};

/// Columns on a terminal: code points that are not combining marks (the hats and bars over letters).
[[nodiscard]] std::size_t columns(const std::string& text);

class TextPage {
 public:
  static constexpr std::size_t line_width = 100;

  TextPage(const language::Layer& layer, const TextStyle& style);

  [[nodiscard]] const TextStyle& style() const { return style_; }
  [[nodiscard]] std::string formula(const language::Expr& e) const;
  [[nodiscard]] std::string definition(const language::Definition& d) const;
  [[nodiscard]] std::string sentence(const present::Sentence& s) const;
  /// With an ANSI code around it, where colour is wanted.
  [[nodiscard]] std::string styled(const char* code, const std::string& text) const;

  void heading(const std::string& text);
  void line(const std::string& text) { text_ += "  " + text + "\n"; }
  void blank() { text_ += "\n"; }
  /// `left = e`, broken before top-level signs where it is long.
  void equation(const std::string& left, const language::Expr& e);
  /// A paragraph under a step, wrapped between words.
  void paragraph(const std::string& text, const std::string& indent = "      ");

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  TextStyle style_;
  present::Typesetting typesetting_;
  std::string text_;
};

}  // namespace chalktape::report
