#include "symbolic/report/text_page.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "symbolic/present/text.hpp"
#include "symbolic/present/unicode.hpp"
#include "symbolic/report/selection.hpp"

namespace chalktape::report {

using language::Expr;

std::size_t columns(const std::string& text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool continues = (byte & 0xC0U) == 0x80U;
    const bool combining = byte == 0xCCU || byte == 0xCDU;  // U+0300 to U+036F
    if (!continues && !combining) ++count;
  }
  return count;
}

TextPage::TextPage(const language::Layer& layer, const TextStyle& style)
    : style_(style), typesetting_(layer, style.notation) {}

std::string TextPage::formula(const Expr& e) const {
  return style_.unicode ? present::to_unicode(e, typesetting_) : present::to_text(e);
}

std::string TextPage::definition(const language::Definition& d) const {
  return style_.unicode ? present::to_unicode(d, typesetting_) : present::to_text(d);
}

std::string TextPage::sentence(const present::Sentence& s) const {
  return style_.unicode ? present::to_unicode(s, typesetting_) : present::to_text(s);
}

std::string TextPage::styled(const char* code, const std::string& text) const {
  return style_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

void TextPage::heading(const std::string& text) { text_ += styled("1", text) + "\n"; }

void TextPage::equation(const std::string& left, const Expr& e) {
  const std::string whole = left + " = " + formula(e);
  const auto terms = top_terms(e);
  if (columns(whole) <= line_width || terms.size() < 2) {
    line(whole);
    return;
  }
  const std::string indent(columns(left) + 1, ' ');
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const char* const sign = terms[i].negative ? "- " : i > 0 ? "+ " : "";
    line((i == 0 ? left + " = " : indent + "  ") + sign + formula(terms[i].value));
  }
}

void TextPage::paragraph(const std::string& text, const std::string& indent) {
  std::string current;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(' ', start), text.size());
    const std::string word = text.substr(start, end - start);
    if (!current.empty() && columns(current) + 1 + columns(word) + indent.size() > line_width + 10) {
      line(indent + current);
      current = word;
    } else {
      current += (current.empty() ? "" : " ") + word;
    }
    start = end + 1;
  }
  line(indent + current);
}

}  // namespace chalktape::report
