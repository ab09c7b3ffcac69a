#include "symbolic/language/latex_text.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "engine/text.hpp"
#include "symbolic/language/diagnostics.hpp"
#include "symbolic/language/greek.hpp"
#include "symbolic/language/source.hpp"

namespace chalktape::language {

using engine::is_digit;
using engine::is_letter;
namespace {

constexpr std::size_t deepest = 20;  // braces inside each other
constexpr std::size_t longest = 400;

// Commands of LaTeX's mathematics (amsmath and amssymb loaded), by the number of their arguments. Others may open
// files, define commands or not exist, so that the document would do more, or less, than show a formula.
constexpr auto symbols = std::to_array<std::string_view>(
    {"varepsilon", "vartheta", "varphi", "varrho", "varsigma", "varpi",  "phi",    "omicron",  "infty",  "partial",
     "nabla",      "ell",      "hbar",   "Re",     "Im",       "prime",  "star",   "ast",      "dagger", "ddagger",
     "circ",       "bullet",   "cdot",   "times",  "div",      "pm",     "mp",     "odot",     "otimes", "oplus",
     "ominus",     "sum",      "prod",   "int",    "top",      "bot",    "perp",   "parallel", "mid",    "langle",
     "rangle",     "lVert",    "rVert",  "lvert",  "rvert",    "Vert",   "vert",   "lfloor",   "rfloor", "lceil",
     "rceil",      "quad",     "qquad",  "ldots",  "cdots",    "dots",   "to",     "mapsto",   "in",     "notin",
     "subset",     "cup",      "cap",    "leq",    "geq",      "le",     "ge",     "neq",      "ne",     "approx",
     "sim",        "simeq",    "equiv",  "propto", "ll",       "gg",     "exp",    "log",      "ln",     "sin",
     "cos",        "tan",      "sinh",   "cosh",   "tanh",     "max",    "min",    "arg",      "det",    "dim",
     "sup",        "inf",      "lim",    "Pr",     "emptyset", "forall", "exists", "neg",      "wedge",  "vee",
     "triangle",   "epsilon"});
constexpr auto of_one_argument = std::to_array<std::string_view>(
    {"hat",    "widehat", "bar",     "overline", "tilde",    "widetilde",  "dot",    "ddot",         "vec",
     "check",  "breve",   "acute",   "grave",    "mathring", "underline",  "mathbf", "mathrm",       "mathit",
     "mathsf", "mathtt",  "mathcal", "mathbb",   "mathfrak", "boldsymbol", "sqrt",   "operatorname", "text"});
constexpr auto accents = std::to_array<std::string_view>({"hat", "widehat", "bar", "tilde", "widetilde", "dot", "ddot",
                                                          "vec", "check", "breve", "acute", "grave", "mathring"});
constexpr auto of_two_arguments = std::to_array<std::string_view>({"frac", "dfrac", "tfrac", "binom"});
constexpr std::string_view single_characters = ",;:! {}_%&#$|";  // \, \; … \|

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<int> argument_count(std::string_view command) {
  const auto same = [&](const GreekLetter& letter) { return letter.latex.substr(1) == command; };
  if (contains(symbols, command) || std::any_of(greek_letters.begin(), greek_letters.end(), same)) return 0;
  if (contains(of_one_argument, command)) return 1;
  if (contains(of_two_arguments, command)) return 2;
  return std::nullopt;
}

std::string nearest_command(std::string_view command) {
  std::vector<std::string> known(symbols.begin(), symbols.end());
  known.insert(known.end(), of_one_argument.begin(), of_one_argument.end());
  known.insert(known.end(), of_two_arguments.begin(), of_two_arguments.end());
  for (const GreekLetter& letter : greek_letters) known.emplace_back(letter.latex.substr(1));
  const std::string nearest = nearest_name(command, known);
  return nearest.empty() ? std::string{} : fmt::format(R"(did you mean '\{}'?)", nearest);
}

// Reads formulas: atoms with at most one subscript and one superscript. Throws the first problem.
class Reader {
 public:
  explicit Reader(std::string_view latex) : latex_(latex) {}

  void read() {
    if (latex_.size() > longest) fail(longest, latex_.size(), fmt::format("more than {} bytes of LaTeX", longest));
    formula(0);
    if (position_ < latex_.size()) fail(position_, position_ + 1, "'}' closes nothing");
  }

 private:
  [[noreturn]] static void fail(std::size_t begin, std::size_t end, std::string message, std::string hint = {}) {
    throw LatexProblem{begin, end, std::move(message), std::move(hint)};
  }

  [[nodiscard]] bool at_end() const { return position_ >= latex_.size(); }
  [[nodiscard]] char next() const { return latex_[position_]; }
  void skip_spaces() {
    while (!at_end() && (next() == ' ' || next() == '\t')) ++position_;
  }

  // What scripts attach to. TeX takes the braces off a group that holds nothing but an accented letter and its scripts:
  // to `{\hat\mu_B}_j` it says "double subscript".
  struct Nucleus {
    bool is_accent = false;
    bool has_subscript = false;
    bool has_superscript = false;
  };

  // Up to the text's end or a closing brace.
  Nucleus formula(std::size_t depth) {
    std::size_t atoms = 0;
    Nucleus last;
    for (skip_spaces(); !at_end() && next() != '}'; skip_spaces()) {
      const char c = next();
      const bool is_script = c == '^' || c == '_' || c == '\'';
      if (!is_script) {
        last = atom(depth);
        ++atoms;
        continue;
      }
      bool& taken = c == '_' ? last.has_subscript : last.has_superscript;
      if (taken) {
        fail(position_, position_ + 1, fmt::format("a second {}script", c == '_' ? "sub" : "super"),
             "put braces around what the first belongs to");
      }
      taken = true;
      const std::size_t begin = position_++;
      if (c != '\'') argument(begin, depth);
      while (c == '\'' && !at_end() && next() == '\'') ++position_;
    }
    return atoms == 1 && last.is_accent ? last : Nucleus{};
  }

  Nucleus atom(std::size_t depth) {
    const std::size_t begin = position_;
    Nucleus nucleus;
    if (next() == '{') {
      nucleus = group(depth);
    } else if (next() == '\\') {
      const std::string_view name = command();
      const int count = arguments_of(name, begin);
      const bool is_word = name == "text" || name == "operatorname";
      nucleus.is_accent = contains(accents, name);
      for (int k = 0; k < count; ++k) {
        if (is_word) {
          word(begin);
        } else {
          argument(begin, depth);
        }
      }
    } else {
      character();
    }
    return nucleus;
  }

  // One character, one command without arguments, or a group: what TeX takes without surprises.
  void argument(std::size_t owner, std::size_t depth) {
    skip_spaces();
    const std::size_t begin = position_;
    if (at_end() || next() == '}' || next() == '^' || next() == '_' || next() == '\'') {
      fail(owner, owner + 1, fmt::format("an argument is missing behind {}", quoted_code_point(latex_, owner)));
    }
    if (next() == '{') {
      group(depth);
    } else if (next() == '\\') {
      const std::string_view name = command();
      if (arguments_of(name, begin) > 0) {
        fail(begin, position_, fmt::format(R"('\{}' needs braces around it here)", name));
      }
    } else {
      character();
    }
  }

  Nucleus group(std::size_t depth) {
    const std::size_t begin = position_++;
    if (depth == deepest) fail(begin, begin + 1, fmt::format("more than {} braces inside each other", deepest));
    const Nucleus nucleus = formula(depth + 1);
    if (at_end()) fail(begin, begin + 1, "'{' is never closed");
    ++position_;
    return nucleus;
  }

  // The argument of \text and \operatorname.
  void word(std::size_t owner) {
    skip_spaces();
    const std::size_t begin = position_;
    const std::size_t end = at_end() || next() != '{' ? std::string_view::npos : latex_.find('}', begin);
    if (end == std::string_view::npos) fail(owner, begin, "a word in braces is missing");
    for (++position_; position_ < end; ++position_) {
      const bool plain = is_letter(next()) || is_digit(next()) || next() == ' ' || next() == '-';
      if (!plain) {
        fail(position_, position_ + 1, fmt::format("{} cannot stand in a word", quoted_code_point(latex_, position_)));
      }
    }
    position_ = end + 1;
  }

  // The name behind a backslash: letters, or one other character.
  std::string_view command() {
    const std::size_t begin = ++position_;
    while (!at_end() && is_letter(next())) ++position_;
    if (position_ == begin && !at_end()) position_ += decode_utf8(latex_, position_).length;
    return latex_.substr(begin, position_ - begin);
  }

  [[nodiscard]] int arguments_of(std::string_view name, std::size_t begin) const {
    if (name.empty()) fail(begin, begin + 1, "a backslash at the end");
    if (name.size() == 1 && single_characters.find(name.front()) != std::string_view::npos) return 0;
    const std::optional<int> count = argument_count(name);
    if (!count) {
      std::string hint = nearest_command(name);
      if (hint.empty()) hint = R"(allowed are symbols such as \sigma, accents such as \hat, fonts, and \frac)";
      fail(begin, position_, fmt::format(R"('\{}' cannot be shown)", printable(name)), std::move(hint));
    }
    return *count;
  }

  void character() {
    const std::size_t begin = position_;
    const CodePoint point = decode_utf8(latex_, begin);
    const bool special = point.value >= 0x7F || std::string_view("$%&#~\"").find(next()) != std::string_view::npos;
    position_ += point.length;
    if (special) {
      fail(begin, position_, fmt::format("{} cannot stand in LaTeX here", quoted_code_point(latex_, begin)),
           point.value >= 0x7F ? R"(write a command such as \sigma)" : "");
    }
  }

  std::string_view latex_;
  std::size_t position_ = 0;
};

}  // namespace

std::optional<LatexProblem> find_latex_problem(std::string_view latex) {
  try {
    Reader(latex).read();
  } catch (LatexProblem& problem) {
    return std::move(problem);
  }
  return std::nullopt;
}

}  // namespace chalktape::language
