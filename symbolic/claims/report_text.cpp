#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "symbolic/claims/report.hpp"

namespace chalktape::claims {

namespace {

std::string join_values(const std::vector<std::pair<std::string, std::int64_t>>& values) {
  std::string text;
  for (const auto& [name, value] : values) text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, value);
  return text;
}

std::string checks_of(const Judgement& judgement) {
  std::vector<std::string> parts;
  if (judgement.checked.modular > 0) parts.push_back(fmt::format("{} times in F_p", judgement.checked.modular));
  if (judgement.checked.points > 0)
    parts.push_back(fmt::format("{} digits at {} points", judgement.checked.digits, judgement.checked.points));
  if (judgement.proof.proved && !judgement.proof.sizes.empty()) {
    parts.push_back(fmt::format("proved at {}", join_values(judgement.proof.sizes)));
  } else if (judgement.proof.proved) {
    parts.emplace_back("proved");
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

class TextReport {
 public:
  explicit TextReport(const ReportStyle& style) : style_(style) {}

  std::string run(const std::vector<FileResult>& files) {
    for (const FileResult& file : files) add(file);
    std::string counts = fmt::format("{} {} hold, {} {} refuted", count_[0], count_[0] == 1 ? "line" : "lines",
                                     count_[1], count_[1] == 1 ? "is" : "are");
    if (count_[0] == 1) counts = fmt::format("1 line holds, {} {} refuted", count_[1], count_[1] == 1 ? "is" : "are");
    if (count_[2] > 0) counts += fmt::format(", {} cannot be decided", count_[2]);
    text_ += counts + (unexpected_ == 0 ? ": all as expected\n" : fmt::format(": {} not as expected\n", unexpected_));
    return std::move(text_);
  }

 private:
  [[nodiscard]] std::string coloured(std::string_view text, std::string_view code) const {
    return style_.colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }

  void add(const FileResult& file) {
    text_ += file.file + "\n";
    for (const ClaimResult& claim : file.claims) add(claim);
    text_ += "\n";
  }

  void add(const ClaimResult& result) {
    text_ += fmt::format("\n  {}, about {}\n", result.claim.title.empty() ? "(no title)" : result.claim.title,
                         result.claim.about);
    for (const LineResult& line : result.lines) add(line, result.claim);
    const bool title_alone = result.claim.expects_refuted && result.verdict != Verdict::refuted;
    if (title_alone) {
      ++unexpected_;
      text_ +=
          "    " +
          coloured(fmt::format("! line {}: some line was expected to be refuted, but none is", result.claim.span.line),
                   "31") +
          "\n";
    }
  }

  void add(const LineResult& result, const Claim& claim) {
    ++count_[static_cast<std::size_t>(result.verdict)];
    static constexpr const char* colours[] = {"32", "31", "33"};
    std::string verdict(name_of(result.verdict));
    verdict.resize(std::max<std::size_t>(verdict.size(), 7), ' ');
    const bool title_says = claim.expects_refuted;
    text_ +=
        fmt::format("    {:>4}  {}  {}\n", result.line.span.line,
                    coloured(verdict, colours[static_cast<std::size_t>(result.verdict)]), one_line(result.line.text));
    if (!result.as_expected && !(title_says && result.verdict == Verdict::holds)) {
      ++unexpected_;
      const bool was_to_fail = result.line.expects_refuted;
      text_ += "          " +
               coloured(was_to_fail ? "! it was expected to be refuted" : "! it was expected to hold", "31") + "\n";
    }
    for (const EquationResult& equation : result.equations) {
      const bool says_more = equation.verdict != Verdict::holds || !equation.judgement.but_for.empty();
      if (says_more || result.equations.size() == 1) add(equation, result, claim);
    }
  }

  void add(const EquationResult& equation, const LineResult& line, const Claim& claim) {
    const std::string indent(10, ' ');
    const Chain& chain = claim.chains[line.line.chain];
    if (line.equations.size() > 1) text_ += fmt::format("{}= {}\n", indent, one_line(chain.links[equation.link].text));
    if (equation.verdict == Verdict::holds) {
      const auto& but_for = equation.judgement.but_for;
      if (!but_for.empty()) text_ += fmt::format("{}holds but for {}\n", indent, fmt::join(but_for, " and "));
      text_ += fmt::format("{}{}\n", indent, checks_of(equation.judgement));
      return;
    }
    if (equation.verdict == Verdict::undecided) {
      text_ += fmt::format("{}{}\n", indent, equation.judgement.reason);
      return;
    }
    text_ += fmt::format("{}fails against {}\n", indent, fails_against(equation));
    if (equation.counterexample) {
      text_ += to_text(*equation.counterexample, indent);
    } else {
      text_ += fmt::format("{}no small numbers show it; {}\n", indent, equation.judgement.reason);
    }
    if (equation.repair) {
      text_ += fmt::format("{}repair: {}\n{}  {} = {}\n", indent, equation.repair->advice, indent,
                           one_line(chain.links.front().text), equation.repair->text);
      const derive::Proof& proof = equation.repair->proof;
      if (!proof.proved) {
        text_ += fmt::format("{}  (tested by numbers, not proved{})\n", indent,
                             proof.reason.empty() ? "" : ": " + proof.reason);
      }
    }
    if (equation.right_form)
      text_ += fmt::format("{}right: {} = {}\n", indent, one_line(chain.links.front().text), *equation.right_form);
    for (const std::string& definition : equation.right_definitions)
      text_ += fmt::format("{}  where {}\n", indent, definition);
  }

  /// Line breaks and what is around them as one blank.
  static std::string one_line(const std::string& text) {
    std::string result;
    for (const char c : text) {
      const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
      if (!blank) result += c;
      if (blank && !result.empty() && result.back() != ' ') result += ' ';
    }
    return result;
  }

  const ReportStyle& style_;
  std::string text_;
  std::size_t count_[3] = {0, 0, 0};  ///< by verdict
  std::size_t unexpected_ = 0;
};

}  // namespace

std::string fails_against(const EquationResult& equation) {
  if (equation.fails_truth && equation.fails_previous)
    return equation.link > 1 ? "the truth and the line before it" : "the truth";
  return equation.fails_truth ? "the truth, but follows from the line before it"
                              : "the line before it; it is right itself";
}

std::string to_text(const Counterexample& example, const std::string& indent) {
  std::string text = fmt::format("{}at {}", indent, join_values(example.sizes));
  if (example.sizes.empty()) text = indent + "at";
  for (const Input& input : example.inputs)
    text += fmt::format("{} {} = {}", example.sizes.empty() && &input == &example.inputs.front() ? "" : ",", input.name,
                        bracketed(input));
  text += "\n" + indent;
  if (!example.entry.empty()) text += fmt::format("and {}: ", join_values(example.entry));
  text += fmt::format("the truth is {}", example.truth.text);
  if (example.previous) text += fmt::format(", the line before says {}", example.previous->text);
  return text + fmt::format(", this says {}\n", example.claimed.text);
}

std::string to_text(const std::vector<FileResult>& files, const ReportStyle& style) {
  return TextReport(style).run(files);
}

}  // namespace chalktape::claims
