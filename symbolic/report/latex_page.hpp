// A LaTeX document of formulas and sentences, for plain LaTeX with amsmath.
#pragma once

#include <string>

#include "symbolic/language/layer.hpp"
#include "symbolic/present/sentence.hpp"
#include "symbolic/present/typesetting.hpp"

namespace chalktape::report {

class LatexPage {
 public:
  /// LaTeX source this long may not fit on a line of the page; it is broken between top-level terms.
  static constexpr std::size_t longest_line = 150;

  LatexPage(const language::Layer& layer, present::GradientNotation notation);

  [[nodiscard]] std::string formula(const language::Expr& e) const;
  [[nodiscard]] std::string sentence(const present::Sentence& s) const;
  /// A name of the language or of a rule among words.
  [[nodiscard]] static std::string words(const std::string& name);
  /// The right side of an aligned equation, over several lines where it is long.
  [[nodiscard]] std::string broken(const language::Expr& e) const;

  void section(const std::string& title);
  void add(const std::string& text) { text_ += text; }

  /// The document, with what begins and ends it.
  [[nodiscard]] std::string take() const;

 private:
  present::Typesetting typesetting_;
  std::string text_;
};

}  // namespace chalktape::report
