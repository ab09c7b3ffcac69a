#include "symbolic/present/latex_name.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/text.hpp"
#include "symbolic/language/greek.hpp"

namespace chalktape::present {

using engine::is_digit;
using engine::is_letter;
namespace {

struct Sign {
  std::string_view command;
  std::string_view text;
};

// What stands over the letter; as MathML Core has no accent attribute that matters, `<mover>` sets it close by itself.
constexpr std::array accents = {
    Sign{"hat", "^"},       Sign{"widehat", "^"}, Sign{"bar", "¯"},  Sign{"overline", "¯"}, Sign{"tilde", "~"},
    Sign{"widetilde", "~"}, Sign{"dot", "˙"},     Sign{"ddot", "¨"}, Sign{"vec", "→"},      Sign{"check", "ˇ"},
};
// Letters that a font changes: MathML Core takes the font's name on one letter only where it is upright.
constexpr std::array upright = {std::string_view("mathrm"), std::string_view("text"), std::string_view("operatorname"),
                                std::string_view("mathsf"), std::string_view("mathtt")};
constexpr std::array as_they_are = {std::string_view("mathit"), std::string_view("mathcal")};
constexpr std::array bold = {std::string_view("mathbf"), std::string_view("boldsymbol")};
constexpr std::array symbols = {
    Sign{"phi", "ϕ"},   Sign{"vartheta", "ϑ"}, Sign{"varrho", "ϱ"}, Sign{"ell", "ℓ"},  Sign{"infty", "∞"},
    Sign{"nabla", "∇"}, Sign{"partial", "∂"},  Sign{"star", "⋆"},   Sign{"ast", "∗"},  Sign{"dagger", "†"},
    Sign{"circ", "∘"},  Sign{"top", "⊤"},      Sign{"perp", "⊥"},   Sign{"hbar", "ℏ"},
};

template <std::size_t n>
bool contains(const std::array<std::string_view, n>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

template <std::size_t n>
std::optional<std::string_view> text_of(const std::array<Sign, n>& signs, std::string_view command) {
  const auto* const found =
      std::find_if(signs.begin(), signs.end(), [&](const Sign& sign) { return sign.command == command; });
  if (found == signs.end()) return std::nullopt;
  return found->text;
}

class Reader {
 public:
  explicit Reader(std::string_view latex) : rest_(latex) {}

  std::optional<NameMarkup> name() {
    NameMarkup result;
    int atoms = 0;
    for (skip_spaces(); !rest_.empty() && rest_.front() != '}'; skip_spaces()) {
      const char c = rest_.front();
      if (c == '^' || c == '_' || c == '\'') {
        if (!script(c, result)) return std::nullopt;
        continue;
      }
      // Scripts stand behind the last atom only: x_a y has no single base.
      if (!result.subscript.empty() || !result.superscript.empty()) return std::nullopt;
      if (!atom(result.base)) return std::nullopt;
      ++atoms;
    }
    if (atoms == 0) return std::nullopt;
    if (atoms > 1) result.base = "<mrow>" + result.base + "</mrow>";
    return result;
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  void skip_spaces() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }

  bool script(char kind, NameMarkup& result) {
    rest_.remove_prefix(1);
    std::string& place = kind == '_' ? result.subscript : result.superscript;
    if (kind == '\'') {
      place += "<mo>′</mo>";
      return true;
    }
    skip_spaces();
    std::string content;
    if (!place.empty() || !argument(content)) return false;
    place = std::move(content);
    return true;
  }

  /// A group in braces, or one atom, appended as MathML.
  bool argument(std::string& out) {
    if (!rest_.starts_with('{')) return !rest_.empty() && atom(out);
    rest_.remove_prefix(1);
    const std::optional<NameMarkup> inner = name();
    if (!inner || !rest_.starts_with('}')) return false;
    rest_.remove_prefix(1);
    out += joined(*inner);
    return true;
  }

  static std::string joined(const NameMarkup& name) {
    if (name.subscript.empty() && name.superscript.empty()) return name.base;
    if (name.superscript.empty()) return fmt::format("<msub>{}<mrow>{}</mrow></msub>", name.base, name.subscript);
    if (name.subscript.empty()) return fmt::format("<msup>{}<mrow>{}</mrow></msup>", name.base, name.superscript);
    return fmt::format("<msubsup>{}<mrow>{}</mrow><mrow>{}</mrow></msubsup>", name.base, name.subscript,
                       name.superscript);
  }

  bool atom(std::string& out) {
    const char c = rest_.front();
    if (c == '{') return argument(out);
    if (c == '\\') return command(out);
    if (is_letter(c) || c == ',') {
      out += c == ',' ? "<mo>,</mo>" : fmt::format("<mi>{}</mi>", c);
      rest_.remove_prefix(1);
      return true;
    }
    if (!is_digit(c)) return false;
    std::string digits;
    while (!rest_.empty() && is_digit(rest_.front())) {
      digits += rest_.front();
      rest_.remove_prefix(1);
    }
    out += "<mn>" + digits + "</mn>";
    return true;
  }

  bool command(std::string& out) {
    std::size_t length = 1;
    while (length < rest_.size() && is_letter(rest_[length])) ++length;
    const std::string_view whole = rest_.substr(0, length), name = whole.substr(1);
    if (name.empty()) return false;
    rest_.remove_prefix(length);
    for (const language::GreekLetter& letter : language::greek_letters) {
      if (letter.latex != whole) continue;
      out += fmt::format("<mi>{}</mi>", letter.unicode);
      return true;
    }
    if (const auto text = text_of(symbols, name)) {
      out += fmt::format("<mi>{}</mi>", *text);
      return true;
    }
    skip_spaces();
    if (const auto over = text_of(accents, name)) {
      std::string under;
      if (!argument(under)) return false;
      out += fmt::format("<mover accent=\"true\">{}<mo>{}</mo></mover>", under, *over);
      return true;
    }
    if (contains(bold, name)) {
      std::string inner;
      if (!argument(inner)) return false;
      out += fmt::format("<mrow style=\"font-weight:bold\">{}</mrow>", inner);
      return true;
    }
    if (contains(as_they_are, name)) return argument(out);
    return contains(upright, name) && word(out);
  }

  /// {running\_mean}: a word, set upright.
  bool word(std::string& out) {
    if (!rest_.starts_with('{')) return false;
    rest_.remove_prefix(1);
    std::string text;
    while (!rest_.empty() && rest_.front() != '}') {
      if (rest_.starts_with("\\_")) rest_.remove_prefix(1);
      const char c = rest_.front();
      if (!is_letter(c) && !is_digit(c) && c != '_' && c != ' ' && c != '-' && c != '.') return false;
      text += c;
      rest_.remove_prefix(1);
    }
    if (rest_.empty() || text.empty()) return false;
    rest_.remove_prefix(1);
    out += fmt::format("<mi mathvariant=\"normal\">{}</mi>", text);
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<NameMarkup> name_markup(std::string_view latex) {
  Reader reader(latex);
  auto result = reader.name();
  if (!result || !reader.at_end()) return std::nullopt;
  return result;
}

}  // namespace chalktape::present
