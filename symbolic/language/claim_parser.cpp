#include "symbolic/language/claim_parser.hpp"

#include <algorithm>
#include <utility>

#include "symbolic/language/claim_actions.hpp"
#include "symbolic/language/line_parser.hpp"

namespace chalktape::language {
namespace {

class ClaimsParser {
 public:
  /// Unreadable lines have been reported with the file.
  ClaimsParser(const Source& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics), lines_(source, diagnostics, LineParser::Unreadable::reported) {}

  std::vector<ClaimBlockSyntax> parse(const std::vector<RawBlock>& blocks) {
    std::vector<ClaimBlockSyntax> parsed;
    std::size_t layers_above = 0;
    for (const RawBlock& block : blocks) {
      // Behind a layer, claims are about that one, in its own names.
      if (block.layers_above > layers_above) delta_is_a_name_ = false;
      layers_above = block.layers_above;
      if (block.keyword == "about") {
        parsed.push_back({.about = about(block)});
      } else {
        parsed.push_back({.claim = claim(block)});
      }
    }
    return parsed;
  }

 private:
  [[nodiscard]] LineState new_state() const {
    LineState state(source_, diagnostics_);
    if (delta_is_a_name_) state.builder.take_delta_as_a_name();
    return state;
  }

  AboutSyntax about(const RawBlock& block) {
    LineState state = new_state();
    const bool good = lines_.parse<grammar::about_head>(block.lines.front(), state);
    // An unknown layer has been reported: claims about it are read, and that is all.
    if (!good) state.about.target.clear();
    for (std::size_t k = 1; k < block.lines.size(); ++k) {
      const LogicalLine& line = block.lines[k];
      diagnostics_.add(source_.span(line.begin, line.end), "expected a claim before its lines",
                       "a claim begins with a line such as: claim \"the last line of page 3\"");
    }
    delta_is_a_name_ = std::any_of(state.about.renamings.begin(), state.about.renamings.end(),
                                   [](const auto& renaming) { return renaming.meant.name == "delta"; });
    return std::move(state.about);
  }

  ClaimSyntax claim(const RawBlock& block) {
    LineState head = new_state();
    ClaimSyntax claim{.span = source_.span(block.lines.front().begin, block.lines.front().end)};
    (void)lines_.parse<grammar::claim_head>(block.lines.front(), head);
    claim.title = std::move(head.title);
    claim.expects_refuted = head.expects_refuted;
    for (std::size_t k = 1; k < block.lines.size(); ++k) {
      const LogicalLine& line = block.lines[k];
      LineState state = new_state();
      if (!lines_.parse<grammar::claim_line>(line, state)) {
        claim.lines.push_back({.span = source_.span(line.begin, line.end)});
        continue;
      }
      claim.lines.push_back({.definition = std::move(state.definition),
                             .chain = {.continues = source_.text()[line.begin] == '=',
                                       .links = std::move(state.links),
                                       .expects_refuted = state.expects_refuted},
                             .span = source_.span(line.begin, line.end),
                             .text = std::string(source_.text().substr(line.begin, line.end - line.begin))});
    }
    return claim;
  }

  const Source& source_;
  Diagnostics& diagnostics_;
  LineParser lines_;
  bool delta_is_a_name_ = false;
};

}  // namespace

std::vector<ClaimBlockSyntax> parse_claims(const Source& source, const std::vector<RawBlock>& blocks,
                                           Diagnostics& diagnostics) {
  return ClaimsParser(source, diagnostics).parse(blocks);
}

}  // namespace chalktape::language
