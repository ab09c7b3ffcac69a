#include "symbolic/language/diagnostics.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "symbolic/language/limits.hpp"

namespace chalktape::language {
namespace {

constexpr std::size_t window = 160;  // code points of a source line that are shown

auto key(const Diagnostic& d) { return std::tie(d.span.line, d.span.column, d.message); }

// A source line, divided into code points once for all errors in it.
class SourceLine {
 public:
  SourceLine(std::string_view text, int number) : text_(text), number_(number) {
    for (std::size_t position = 0; position < text.size(); position += decode_utf8(text, position).length) {
      starts_.push_back(position);
    }
    starts_.push_back(text.size());
  }

  [[nodiscard]] int number() const { return number_; }

  // The line and the caret line. Both are cut to the window's code points; a cut is shown by "...".
  [[nodiscard]] std::string render(Span span) const {
    const std::size_t length = starts_.size() - 1;
    const auto column = static_cast<std::size_t>(std::max(span.column, 1)) - 1;
    const std::size_t first = length > window && column > window / 2 ? std::min(column - window / 2, length) : 0;
    const std::size_t last = std::min(length, first + window);

    const std::string_view left_cut = first > 0 ? "..." : "";
    std::string caret(left_cut.size(), ' ');
    for (std::size_t k = first; k < column; ++k) {
      // A tab stays a tab, so that the caret lines up however wide the reader's tabs are.
      caret += k < length && text_[starts_[k]] == '\t' ? '\t' : ' ';
    }
    const auto room = static_cast<int>(last > column ? last - column : 1);
    caret += '^';
    caret.append(static_cast<std::size_t>(std::clamp(span.length, 1, room) - 1), '~');
    const std::string_view shown = text_.substr(starts_[first], starts_[last] - starts_[first]);
    return fmt::format("{}{}{}\n{}\n", left_cut, printable(shown), last < length ? "..." : "", caret);
  }

 private:
  std::string_view text_;
  int number_;
  std::vector<std::size_t> starts_;  // byte offsets of the code points, and the end
};

// The number of insertions, deletions, replacements and swaps of neighbours between two short words.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> distance(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) distance[i][0] = i;
  std::iota(distance[0].begin(), distance[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = distance[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      distance[i][j] = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
    }
  }
  return distance[a.size()][b.size()];
}

}  // namespace

void Diagnostics::add(Diagnostic diagnostic) {
  if (entries_.size() < limits::diagnostics) {
    entries_.push_back(std::move(diagnostic));
  } else {
    ++dropped_;
  }
}

void Diagnostics::add(Span span, std::string message, std::string hint) {
  add(Diagnostic{span, std::move(message), std::move(hint)});
}

bool Diagnostics::wants_name_hints() const { return size() < limits::name_hints; }

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<Diagnostic> result = entries_;
  std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto same = [](const auto& a, const auto& b) { return key(a) == key(b); };
  result.erase(std::unique(result.begin(), result.end(), same), result.end());
  return result;
}

std::string Diagnostics::render(const Source& source) const {
  const std::string name = printable(source.name());
  std::string text;
  std::optional<SourceLine> line;
  for (const Diagnostic& d : sorted()) {
    text += fmt::format("{}:{}:{}: error: {}\n", name, d.span.line, d.span.column, d.message);
    const auto number = static_cast<std::size_t>(std::max(d.span.line, 1)) - 1;
    if (number < source.line_count()) {
      if (!line || line->number() != d.span.line) line.emplace(source.line_text(number), d.span.line);
      text += line->render(d.span);
    }
    if (!d.hint.empty()) text += fmt::format("hint: {}\n", d.hint);
  }
  if (dropped_ > 0) text += fmt::format("{}: further errors, not shown: {}\n", name, dropped_);
  return text;
}

Error::Error(const Diagnostics& diagnostics, const Source& source)
    : std::runtime_error(diagnostics.render(source)), diagnostics_(diagnostics.sorted()) {}

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  // A third of the letters may differ; names of one or two letters are near only to their other case.
  const std::size_t allowed = std::min<std::size_t>(name.size() / 3, 3);
  std::string best;
  if (name.size() > limits::name_length) return best;
  std::size_t best_distance = allowed + 1;
  const auto lower = [](std::string_view word) {
    std::string result(word);
    for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
  };
  const std::string wanted = lower(name);
  for (const std::string& candidate : candidates) {
    if (candidate == name || candidate.size() > name.size() + allowed || candidate.size() + allowed < name.size()) {
      continue;
    }
    const std::size_t distance = edit_distance(wanted, lower(candidate));
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string nearest_name_hint(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string nearest = nearest_name(name, candidates);
  return nearest.empty() ? std::string{} : fmt::format("did you mean '{}'?", nearest);
}

}  // namespace chalktape::language
