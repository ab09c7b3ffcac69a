#include "symbolic/language/lines.hpp"

#include <algorithm>
#include <utility>

#include "symbolic/language/functions.hpp"
#include "symbolic/language/limits.hpp"

namespace chalktape::language {
namespace {

bool begins_word(char c) { return engine::is_letter(c) || c == '_'; }
bool continues_word(char c) { return begins_word(c) || engine::is_digit(c); }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::size_t skip_blanks(std::string_view text, std::size_t position) {
  while (position < text.size() && is_blank(text[position])) ++position;
  return position;
}

// Where a comment begins in a line's text, or the text's end. In `show`'s LaTeX, `\#` is not a comment.
std::size_t code_end(std::string_view line, bool is_show) {
  for (std::size_t k = 0; k < line.size(); ++k) {
    if (line[k] != '#') continue;
    const bool escaped = is_show && k > 0 && line[k - 1] == '\\';
    if (!escaped) return k;
  }
  return line.size();
}

// Where a comment begins in a line whose title may stand in quotation marks, or the line's end.
std::size_t code_end_behind_title(std::string_view line) {
  bool quoted = false;
  for (std::size_t k = 0; k < line.size(); ++k) {
    if (line[k] == '"') quoted = !quoted;
    if (line[k] == '#' && !quoted) return k;
  }
  return line.size();
}

// The end of a line's first `end` bytes without the blanks behind them.
std::size_t trimmed_end(std::string_view line, std::size_t end) {
  while (end > 0 && is_blank(line[end - 1])) --end;
  return end;
}

// Whether a line that follows an open bracket is more likely the next statement than the bracket's inside.
bool begins_statement(std::string_view line, bool inside_signature) {
  std::size_t position = skip_blanks(line, 0);
  const std::string_view word = word_at(line, position);
  if (word.empty()) return false;
  if (is_statement_keyword(word)) return true;
  position = skip_blanks(line, position + word.size());
  const bool has_brackets = position < line.size() && line[position] == '[';
  if (has_brackets) {
    position = line.find_first_of("]#", position);
    if (position == std::string_view::npos || line[position] == '#') return false;
    position = skip_blanks(line, position + 1);
  }
  const bool has_equals = position < line.size() && line[position] == '=';
  // `eps = 1e-5` alone on a line may be a constant of the signature.
  return has_equals && (has_brackets || !inside_signature);
}

// Follows the brackets of one logical line.
class BracketScan {
 public:
  explicit BracketScan(LogicalLine& line) : line_(line) {}

  void scan(std::string_view text, std::size_t begin, std::size_t end) {
    for (std::size_t position = begin; position < end; ++position) {
      const char c = text[position];
      if (c == '(' || c == '[') {
        open_.push_back(position);
        if (open_.size() > limits::nesting && !line_.nested_too_deep) line_.nested_too_deep = position;
      } else if ((c == ')' || c == ']') && !open_.empty()) {
        open_.pop_back();
      }
    }
  }

  [[nodiscard]] bool is_open() const { return !open_.empty(); }
  void finish() {
    if (is_open()) line_.unclosed_bracket = open_.back();
  }

 private:
  LogicalLine& line_;
  std::vector<std::size_t> open_;
};

class Splitter {
 public:
  explicit Splitter(const Source& source) : source_(source) {}

  std::vector<Block> split() {
    while (line_ < source_.line_count()) {
      const std::string_view text = source_.line_text(line_);
      const std::size_t first = skip_blanks(text, 0);
      if (code_end(text, false) <= first) {
        ++line_;  // nothing but blanks and perhaps a comment
        continue;
      }
      const BlockKind kind = block_begun_by(text);
      if (kind != BlockKind::stray) {
        blocks_.push_back({.kind = kind, .begin = source_.line_begin(line_)});
      } else if (blocks_.empty()) {
        blocks_.push_back({.kind = BlockKind::stray, .begin = source_.line_begin(line_)});
      }
      Block& block = blocks_.back();
      const bool is_head = kind == BlockKind::about || kind == BlockKind::claim;
      block.lines.push_back(is_head ? head_line() : logical_line());
      const bool is_claim = block.kind == BlockKind::about || block.kind == BlockKind::claim;
      // Empty lines behind a bracket that is never closed belong to none.
      block.end = is_claim ? block.lines.back().end : source_.line_end(line_ - 1);
    }
    return std::move(blocks_);
  }

 private:
  // An indented `layer` begins a block too, so that its statements are not taken for another layer's; the parser
  // complains about the indentation.
  static BlockKind block_begun_by(std::string_view line) {
    const std::size_t first = skip_blanks(line, 0);
    const std::string_view word = word_at(line, first);
    if (word == "layer") return BlockKind::layer;
    if (first > 0) return BlockKind::stray;
    if (word == "about") return BlockKind::about;
    if (word == "claim") return BlockKind::claim;
    return BlockKind::stray;
  }

  // Reads the line that begins an `about` or a `claim`: brackets in a title need not match.
  LogicalLine head_line() {
    const std::string_view text = source_.line_text(line_);
    const std::size_t begin = source_.line_begin(line_);
    const std::size_t code = code_end_behind_title(text);
    ++line_;
    return {.begin = begin, .end = begin + trimmed_end(text, code)};
  }

  // Reads one logical line and moves behind it.
  LogicalLine logical_line() {
    const std::string_view first_line = source_.line_text(line_);
    const std::size_t indentation = skip_blanks(first_line, 0);
    const std::string_view word = word_at(first_line, indentation);
    LogicalLine result{.begin = source_.line_begin(line_) + indentation};
    if (word == "show") {
      result.end = source_.line_begin(line_) + trimmed_end(first_line, code_end(first_line, true));
      ++line_;
      return result;
    }
    BracketScan brackets(result);
    for (;;) {
      const std::string_view text = source_.line_text(line_);
      const std::size_t begin = source_.line_begin(line_);
      const std::size_t end = trimmed_end(text, code_end(text, false));
      brackets.scan(source_.text(), std::max(begin, result.begin), begin + end);
      if (end > 0) result.end = begin + end;
      ++line_;
      const bool more = brackets.is_open() && line_ < source_.line_count() &&
                        !begins_statement(source_.line_text(line_), word == "layer");
      if (!more) break;
    }
    brackets.finish();
    return result;
  }

  const Source& source_;
  std::size_t line_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace

std::string_view word_at(std::string_view text, std::size_t position) {
  std::size_t end = position;
  if (end < text.size() && begins_word(text[end])) {
    while (end < text.size() && continues_word(text[end])) ++end;
  }
  return text.substr(std::min(position, text.size()), end - position);
}

std::vector<Block> split_blocks(const Source& source) { return Splitter(source).split(); }

LogicalLine whole_text(const Source& source) {
  LogicalLine result;
  BracketScan brackets(result);
  for (std::size_t line = 0; line < source.line_count(); ++line) {
    const std::string_view text = source.line_text(line);
    const std::size_t begin = source.line_begin(line);
    const std::size_t end = trimmed_end(text, code_end(text, false));
    brackets.scan(source.text(), begin, begin + end);
    if (end > 0) result.end = begin + end;
  }
  brackets.finish();
  return result;
}

}  // namespace chalktape::language
