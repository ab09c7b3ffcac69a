#include "symbolic/present/typesetting.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/text.hpp"
#include "symbolic/language/greek.hpp"
#include "symbolic/language/source.hpp"

namespace chalktape::present {

using engine::is_digit;

using language::GreekLetter;
using language::Index;

namespace {

struct Accent {
  std::string_view suffix;
  std::string_view latex;
  std::string_view wide_latex;
  std::string_view combining;  // follows the letter
};

constexpr std::array accents = {
    Accent{"hat", R"(\hat)", R"(\widehat)", "\u0302"},
    Accent{"bar", R"(\bar)", R"(\overline)", "\u0304"},
    Accent{"tilde", R"(\tilde)", R"(\widetilde)", "\u0303"},
};

struct Script {
  char letter;
  std::string_view subscript;
};

constexpr std::array subscripts = {
    Script{'a', "ₐ"}, Script{'e', "ₑ"}, Script{'h', "ₕ"}, Script{'i', "ᵢ"}, Script{'j', "ⱼ"}, Script{'k', "ₖ"},
    Script{'l', "ₗ"}, Script{'m', "ₘ"}, Script{'n', "ₙ"}, Script{'o', "ₒ"}, Script{'p', "ₚ"}, Script{'r', "ᵣ"},
    Script{'s', "ₛ"}, Script{'t', "ₜ"}, Script{'u', "ᵤ"}, Script{'v', "ᵥ"}, Script{'x', "ₓ"}, Script{'0', "₀"},
    Script{'1', "₁"}, Script{'2', "₂"}, Script{'3', "₃"}, Script{'4', "₄"}, Script{'5', "₅"}, Script{'6', "₆"},
    Script{'7', "₇"}, Script{'8', "₈"}, Script{'9', "₉"},
};
constexpr std::array<std::string_view, 10> superscript_digits = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};

const GreekLetter* find_greek(std::string_view name) {
  const auto* const found = std::find_if(language::greek_letters.begin(), language::greek_letters.end(),
                                         [&](const GreekLetter& letter) { return letter.name == name; });
  return found == language::greek_letters.end() ? nullptr : found;
}

const Accent* find_accent(std::string_view name) {
  const auto* const found = std::find_if(accents.begin(), accents.end(), [&](const Accent& accent) {
    return name.size() > accent.suffix.size() && name.ends_with(accent.suffix);
  });
  return found == accents.end() ? nullptr : found;
}

const Script* find_subscript(char letter) {
  const auto* const found =
      std::find_if(subscripts.begin(), subscripts.end(), [&](const Script& script) { return script.letter == letter; });
  return found == subscripts.end() ? nullptr : found;
}

std::string escape_underscores(std::string_view name) {
  std::string escaped;
  for (const char c : name) escaped += c == '_' ? std::string(R"(\_)") : std::string(1, c);
  return escaped;
}

std::string latex_by_spelling(std::string_view name) {
  if (const GreekLetter* letter = find_greek(name)) return std::string(letter->latex);
  if (const Accent* accent = find_accent(name)) {
    const std::string_view base = name.substr(0, name.size() - accent->suffix.size());
    const bool is_narrow = base.size() == 1 || find_greek(base) != nullptr;
    return fmt::format("{}{{{}}}", is_narrow ? accent->latex : accent->wide_latex, latex_by_spelling(base));
  }
  if (name.size() == 1 && name != "_") return std::string(name);
  return fmt::format(R"(\mathrm{{{}}})", escape_underscores(name));
}

std::string unicode_by_spelling(std::string_view name) {
  if (const GreekLetter* letter = find_greek(name)) return std::string(letter->unicode);
  if (const Accent* accent = find_accent(name)) {
    return unicode_by_spelling(name.substr(0, name.size() - accent->suffix.size())) + std::string(accent->combining);
  }
  return std::string(name);
}

// The LaTeX of a `show` line in plain Unicode, where it is simple enough: letters, Greek, accents, digits as scripts.
class LatexToUnicode {
 public:
  explicit LatexToUnicode(std::string_view latex) : rest_(latex) {}

  std::optional<TypesetName> convert() {
    TypesetName result;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == ' ') {
        rest_.remove_prefix(1);
      } else if (c == '^' || c == '_') {
        rest_.remove_prefix(1);
        if (!script(c, result)) return std::nullopt;
      } else if (!symbol(result.text)) {
        return std::nullopt;
      }
    }
    return result;
  }

 private:
  bool script(char kind, TypesetName& result) {
    std::string_view content = rest_.substr(0, 1);
    std::size_t length = 1;
    if (rest_.starts_with('{')) {
      length = rest_.find('}') + 1;
      content = rest_.substr(1, length - 2);
    }
    if (content.empty()) return false;
    if (kind == '^') {
      const auto digits = unicode_superscript(content);
      if (!digits) return false;
      result.text += *digits;
      result.has_superscript = true;
    } else {
      for (const char letter : content) {
        const Script* subscript = find_subscript(letter);
        if (subscript == nullptr) return false;
        result.text += subscript->subscript;
      }
      result.has_subscript = true;
    }
    rest_.remove_prefix(length);
    return true;
  }

  bool symbol(std::string& text) {
    if (!rest_.starts_with('\\')) {
      const char c = rest_.front();
      const bool plain = engine::is_letter(c) || is_digit(c);
      if (plain) text += c;
      rest_.remove_prefix(1);
      return plain;
    }
    const std::size_t length = std::min(rest_.find_first_of(R"( \{}^_0123456789)", 1), rest_.size());
    const std::string_view command = rest_.substr(0, length);
    rest_.remove_prefix(length);
    const auto* const letter = std::find_if(language::greek_letters.begin(), language::greek_letters.end(),
                                            [&](const GreekLetter& greek) { return greek.latex == command; });
    if (letter != language::greek_letters.end()) {
      text += letter->unicode;
      return true;
    }
    const auto* const accent = std::find_if(
        accents.begin(), accents.end(), [&](const Accent& a) { return a.latex == command || a.wide_latex == command; });
    if (accent == accents.end()) return false;
    return accented(*accent, text);
  }

  bool accented(const Accent& accent, std::string& text) {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    const bool braced = rest_.starts_with('{');
    if (braced) rest_.remove_prefix(1);
    if (rest_.empty() || !symbol(text)) return false;
    if (braced && !rest_.starts_with('}')) return false;
    if (braced) rest_.remove_prefix(1);
    text += accent.combining;
    return true;
  }

  std::string_view rest_;
};

// Whether ^ or _ stands outside all braces.
bool has_at_top(std::string_view latex, char sign) {
  int depth = 0;
  for (std::size_t k = 0; k < latex.size(); ++k) {
    if (latex[k] == '\\') {
      ++k;  // an escaped sign is none
    } else if (latex[k] == '{') {
      ++depth;
    } else if (latex[k] == '}') {
      --depth;
    } else if (latex[k] == sign && depth == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

TypesetName Typesetting::latex(const std::string& name) const {
  const auto show = shows_.find(name);
  if (show == shows_.end()) return {.text = latex_by_spelling(name)};
  const std::string& shown = show->second;
  return {.text = shown,
          .has_superscript = has_at_top(shown, '^') || has_at_top(shown, '\''),
          .has_subscript = has_at_top(shown, '_')};
}

TypesetName Typesetting::unicode(const std::string& name) const {
  const auto show = shows_.find(name);
  if (show != shows_.end()) {
    if (auto converted = LatexToUnicode(show->second).convert()) return *converted;
  }
  return {.text = unicode_by_spelling(name)};
}

GradientName split_gradient(const std::string& name) {
  static constexpr std::string_view total = "_total";
  GradientName gradient{.of = name.substr(1), .is_total = name.ends_with(total)};
  if (gradient.is_total) gradient.of.resize(gradient.of.size() - total.size());
  return gradient;
}

std::string unicode_subscripts(const std::vector<Index>& indices) {
  std::string result;
  for (const Index& index : indices) {
    const Script* subscript = index.name.size() == 1 ? find_subscript(index.name.front()) : nullptr;
    if (subscript == nullptr) {
      std::string list;
      for (const Index& each : indices) list += (list.empty() ? "" : ",") + unicode_by_spelling(each.name);
      return "[" + list + "]";
    }
    result += subscript->subscript;
  }
  return result;
}

std::optional<std::string> unicode_superscript(std::string_view digits) {
  std::string result;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    result += superscript_digits[static_cast<std::size_t>(c - '0')];
  }
  return result;
}

std::string latex_subscripts(const std::vector<Index>& indices) {
  const bool needs_commas = std::any_of(indices.begin(), indices.end(),
                                        [](const Index& index) { return index.name.size() > 1 || index.is_literal(); });
  std::string result;
  for (const Index& index : indices) {
    if (needs_commas && !result.empty()) result += ',';
    result += index.is_literal() ? index.name : latex_by_spelling(index.name);
  }
  return result;
}

}  // namespace chalktape::present
