#include "symbolic/language/hints.hpp"

#include <array>
#include <cstddef>

#include <fmt/format.h>

#include "engine/text.hpp"
#include "symbolic/language/greek.hpp"
#include "symbolic/language/lines.hpp"
#include "symbolic/language/source.hpp"

namespace chalktape::language {
namespace {

struct Lookalike {
  std::string_view symbol;
  std::string_view hint;
};

// Signs that people paste from a page, and what the language writes for them.
constexpr std::array lookalikes = {
    Lookalike{"·", "a product is written with '*'"},
    Lookalike{"×", "a product is written with '*'"},
    Lookalike{"∗", "a product is written with '*'"},
    Lookalike{"⋅", "a product is written with '*'"},
    Lookalike{"÷", "a quotient is written with '/'"},
    Lookalike{"−", "a minus is written with '-'"},
    Lookalike{"–", "a minus is written with '-'"},
    Lookalike{"²", "a square is written ^2"},
    Lookalike{"³", "a cube is written ^3"},
    Lookalike{"√", "a root is written sqrt(…)"},
    Lookalike{"Σ", "a sum is written sum[i](…)"},
    Lookalike{"∑", "a sum is written sum[i](…)"},
    Lookalike{"σ", "write sigma"},
    Lookalike{"∂", "a derivative is written diff(e, x[i,j])"},
    Lookalike{"**", "a power is written with '^'"},
    Lookalike{".", "a number has digits on both sides of its point"},
    Lookalike{"≤", "write <="},
    Lookalike{"≥", "write >="},
    Lookalike{"%", "a comment begins with '#'"},
    Lookalike{"//", "a comment begins with '#'"},
};

// Operators of which the parser takes the first character and stumbles over the second.
constexpr std::array halved = {
    Lookalike{"**", "a power is written with '^'"},
    Lookalike{"//", "a comment begins with '#'; a quotient has one '/'"},
    Lookalike{"==", "equality is written with one '='"},
};

// What other languages call it, and how it is written here.
struct Synonym {
  std::string_view name;
  std::string_view written;
};
constexpr std::array synonyms = {
    Synonym{"rsqrt", "1/sqrt(…) or (…)^(-1/2)"},
    Synonym{"ln", "log(…)"},
    Synonym{"log2", "log(…)/log(2)"},
    Synonym{"log10", "log(…)/log(10)"},
    Synonym{"log1p", "log(1 + …)"},
    Synonym{"expm1", "exp(…) - 1"},
    Synonym{"pow", "a^b"},
    Synonym{"square", "(…)^2"},
    Synonym{"cbrt", "(…)^(1/3)"},
    Synonym{"reciprocal", "1/(…)"},
    Synonym{"maximum", "max(a, b)"},
    Synonym{"minimum", "min(a, b)"},
    Synonym{"sign", "step(x) - step(-x)"},
    Synonym{"logistic", "sigmoid(…)"},
    Synonym{"expit", "sigmoid(…)"},
    Synonym{"tan", "sin(x)/cos(x)"},
};

bool is_one_of(char c, std::string_view characters) { return characters.find(c) != std::string_view::npos; }

/// `relu` of `.functional.relu(…)`; empty for what is no call behind a point.
std::string_view behind_module(std::string_view rest) {
  std::string_view last;
  std::size_t end = 0;
  while (end < rest.size() && rest[end] == '.') {
    last = word_at(rest, end + 1);
    if (last.empty()) return {};
    end += 1 + last.size();
  }
  return end < rest.size() && rest[end] == '(' ? last : std::string_view{};
}

std::string hint_for_symbol(std::string_view rest, std::string_view before) {
  for (const Lookalike& operation : halved)
    if (before.ends_with(operation.symbol[0]) && rest.starts_with(operation.symbol[1]))
      return std::string(operation.hint);
  if (is_foreign_blank(decode_utf8(rest, 0).value)) return "it looks like a space and is none: replace it with a space";
  if (const std::string_view function = behind_module(rest); !function.empty())
    return fmt::format("functions are written without a module: {}(…)", function);
  for (const Lookalike& lookalike : lookalikes)
    if (rest.starts_with(lookalike.symbol)) return std::string(lookalike.hint);
  for (const GreekLetter& letter : greek_letters)
    if (rest.starts_with(letter.unicode)) return fmt::format("write {}", letter.name);
  return {};
}

}  // namespace

bool is_foreign_blank(std::uint32_t code_point) {
  return code_point == 0xA0 || code_point == 0x1680 || (code_point >= 0x2000 && code_point <= 0x200A) ||
         code_point == 0x202F || code_point == 0x205F || code_point == 0x3000;
}

std::string hint_instead(std::string_view expected, std::string_view rest, std::string_view before) {
  if (std::string hint = hint_for_symbol(rest, before); !hint.empty()) return hint;
  const char first = rest.front();
  const bool begins_operand = !word_at(rest, 0).empty() || engine::is_digit(first) || first == '(';
  const bool wants_operator = expected.find("an operator") != std::string_view::npos;
  const bool wants_end = expected.ends_with("end of the line");
  if (rest == "\\") return "a definition runs on inside parentheses; no '\\' is needed";
  if (wants_end && is_one_of(first, ";:,")) {
    return rest.size() == 1 ? fmt::format("a line ends without '{}'", first) : "a statement has a line of its own";
  }
  if (wants_operator && begins_operand) return "a product is written with '*'";
  if (wants_operator && is_one_of(first, ")]")) return "no bracket that it could close is open here";
  if (wants_operator && first == '[') return "indices stand right behind a name";
  if (wants_operator && wants_end) {
    if (first == '=') return "a definition has one '='";
    if (is_one_of(first, "<>")) return "a comparison stands in 'assume'";
  }
  if (expected == "'='" && rest.substr(0, 2).ends_with('=')) return "a definition is written with '='";
  if (expected == "an expression" && first == '+') return "there is no sign '+'";
  if (expected == "an index") return "in each place stands an index's name, such as i";
  if (expected == "',' or ']'" && is_one_of(first, "+-*/"))
    return "indices and sizes are names; nothing is computed with them";
  if (expected == "a size's name" && engine::is_digit(first))
    return "sizes are symbols, such as N; their values come later";
  if (expected == "a statement") return "a layer holds definitions such as y[i] = …, and assume, show and return";
  if (expected == "the name of an output") return "outputs are names, with commas between them: return y, r";
  if (expected == "the end of the line" && !before.ends_with(')'))
    return "what is returned is a definition's name, without indices or operators: return y";
  return {};
}

std::string hint_for_function(std::string_view name) {
  for (const Synonym& synonym : synonyms)
    if (name == synonym.name) return fmt::format("write {}", synonym.written);
  return {};
}

}  // namespace chalktape::language
