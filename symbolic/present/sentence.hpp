// Sentences with formulas in them, so that the reason for a step is typeset like the step.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "symbolic/language/expression.hpp"
#include "symbolic/present/typesetting.hpp"

namespace chalktape::present {

/// Index letters, a number: set as mathematics, as they are.
struct Symbols {
  std::string text;
};

class Sentence {
 public:
  using Piece = std::variant<std::string, Symbols, language::Expr>;

  Sentence() = default;
  /// Each {} of `words` takes the next piece. Throws std::logic_error where their numbers differ.
  Sentence(std::string_view words, std::initializer_list<Piece> pieces);

  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  /// Appends words and another sentence.
  Sentence& append(std::string_view words, const Sentence& more = {});

 private:
  std::vector<Piece> pieces_;
};

/// "a, b and c" of formulas.
Sentence listed(const std::vector<language::Expr>& formulas);

/// In the language's own notation.
[[nodiscard]] std::string to_text(const Sentence& sentence);
[[nodiscard]] std::string to_unicode(const Sentence& sentence, const Typesetting& typesetting);
/// With each formula between dollar signs, and the words escaped.
[[nodiscard]] std::string to_latex(const Sentence& sentence, const Typesetting& typesetting);

}  // namespace chalktape::present
