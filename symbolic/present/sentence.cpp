#include "symbolic/present/sentence.hpp"

#include <stdexcept>

#include "symbolic/present/latex.hpp"
#include "symbolic/present/text.hpp"
#include "symbolic/present/unicode.hpp"

namespace chalktape::present {

namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

template <class Words, class Mathematics, class Formula>
std::string render(const Sentence& sentence, Words words, Mathematics mathematics, Formula formula) {
  std::string text;
  for (const auto& piece : sentence.pieces()) {
    text += std::visit(Overloaded{[&](const std::string& s) { return words(s); },
                                  [&](const Symbols& s) { return mathematics(s.text); },
                                  [&](const language::Expr& e) { return formula(e); }},
                       piece);
  }
  return text;
}

std::string escaped(const std::string& words) {
  std::string text;
  for (const char c : words) {
    if (std::string_view("#$%&_{}").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

}  // namespace

Sentence::Sentence(std::string_view words, std::initializer_list<Piece> pieces) {
  const auto* next = pieces.begin();
  for (std::size_t hole = words.find("{}"); hole != std::string_view::npos; hole = words.find("{}")) {
    if (next == pieces.end()) throw std::logic_error("a sentence has more holes than pieces");
    if (hole > 0) pieces_.emplace_back(std::string(words.substr(0, hole)));
    pieces_.push_back(*next++);
    words.remove_prefix(hole + 2);
  }
  if (next != pieces.end()) throw std::logic_error("a sentence has more pieces than holes");
  if (!words.empty()) pieces_.emplace_back(std::string(words));
}

Sentence& Sentence::append(std::string_view words, const Sentence& more) {
  if (!words.empty()) pieces_.emplace_back(std::string(words));
  pieces_.insert(pieces_.end(), more.pieces_.begin(), more.pieces_.end());
  return *this;
}

Sentence listed(const std::vector<language::Expr>& formulas) {
  Sentence sentence;
  for (std::size_t i = 0; i < formulas.size(); ++i) {
    const char* const glue = i == 0 ? "" : i + 1 == formulas.size() ? " and " : ", ";
    sentence.append(glue, Sentence("{}", {formulas[i]}));
  }
  return sentence;
}

std::string to_text(const Sentence& sentence) {
  const auto as_is = [](const std::string& s) { return s; };
  return render(sentence, as_is, as_is, [](const language::Expr& e) { return to_text(e); });
}

std::string to_unicode(const Sentence& sentence, const Typesetting& typesetting) {
  const auto as_is = [](const std::string& s) { return s; };
  return render(sentence, as_is, as_is, [&](const language::Expr& e) { return to_unicode(e, typesetting); });
}

std::string to_latex(const Sentence& sentence, const Typesetting& typesetting) {
  return render(
      sentence, escaped, [](const std::string& s) { return "$" + s + "$"; },
      [&](const language::Expr& e) { return "$" + to_latex(e, typesetting) + "$"; });
}

}  // namespace chalktape::present
