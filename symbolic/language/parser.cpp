#include "symbolic/language/parser.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <tao/pegtl.hpp>

#include "symbolic/language/actions.hpp"
#include "symbolic/language/functions.hpp"
#include "symbolic/language/grammar.hpp"
#include "symbolic/language/limits.hpp"
#include "symbolic/language/lines.hpp"

namespace chalktape::language {
namespace {

namespace pegtl = tao::pegtl;

// Reports, once a line, what no text file should hold, and remembers the lines so that nothing else is said of them.
std::vector<bool> find_unreadable_lines(const Source& source, Diagnostics& diagnostics) {
  std::vector<bool> unreadable(source.line_count(), false);
  for (std::size_t line = 0; line < source.line_count(); ++line) {
    const std::string_view text = source.line_text(line);
    for (std::size_t position = 0; position < text.size();) {
      const CodePoint point = decode_utf8(text, position);
      const bool control = point.valid && (point.value < 0x20 || point.value == 0x7F) && point.value != '\t';
      if (!point.valid || control) {
        const std::size_t begin = source.line_begin(line) + position;
        const std::string found = quoted_code_point(text, position);
        diagnostics.add(source.span(begin, begin + 1), control ? fmt::format("the control character {}", found)
                                                               : fmt::format("{} is not UTF-8 text", found));
        unreadable[line] = true;
        break;
      }
      position += point.length;
    }
  }
  return unreadable;
}

class FileParser {
 public:
  FileParser(const Source& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics), unreadable_(find_unreadable_lines(source, diagnostics)) {}

  FileSyntax parse() {
    for (const Block& block : split_blocks(source_)) {
      switch (block.kind) {
        case BlockKind::layer:
          parse_layer(block);
          break;
        case BlockKind::stray:
          report_stray(block);
          break;
        case BlockKind::about:
        case BlockKind::claim:
          file_.blocks.push_back({.keyword = block.kind == BlockKind::about ? "about" : "claim",
                                  .begin = block.begin,
                                  .end = block.end,
                                  .span = source_.span(block.begin, block.end)});
          break;
      }
    }
    return std::move(file_);
  }

  template <class Rule>
  bool parse_line(const LogicalLine& line, LineState& state) {
    if (is_unreadable(line)) return false;
    if (line.nested_too_deep) {
      diagnostics_.add(source_.span(*line.nested_too_deep, *line.nested_too_deep + 1),
                       fmt::format("more than {} brackets inside each other", limits::nesting),
                       "divide the expression into several definitions");
      return false;
    }
    const std::string_view text = source_.text().substr(line.begin, line.end - line.begin);
    pegtl::memory_input<pegtl::tracking_mode::lazy, pegtl::eol::lf> input(text.data(), text.data() + text.size(), "");
    try {
      return pegtl::parse<Rule, action, control>(input, state);
    } catch (SyntaxFailure& failure) {
      if (failure.at_end && line.unclosed_bracket) {
        const std::size_t bracket = *line.unclosed_bracket;
        failure.diagnostic = {
            source_.span(bracket, bracket + 1), fmt::format("'{}' is never closed", source_.text()[bracket]), {}};
      }
      if (failure.is_no_definition && failure.diagnostic.hint.empty()) {
        failure.diagnostic.hint =
            nearest_name_hint(word_at(source_.text(), line.begin), {"assume", "return", "show", "layer"});
      }
      diagnostics_.add(std::move(failure.diagnostic));
      return false;
    }
  }

 private:
  [[nodiscard]] bool is_unreadable(const LogicalLine& line) const {
    const auto first = static_cast<std::size_t>(source_.span(line.begin, line.end).line) - 1;
    for (std::size_t k = first; k < source_.line_count() && source_.line_begin(k) < line.end; ++k) {
      if (unreadable_[k]) return true;
    }
    return false;
  }

  void report_stray(const Block& block) {
    const LogicalLine& line = block.lines.front();
    if (is_unreadable(line)) return;
    const std::string_view word = word_at(source_.text(), line.begin);
    const std::string hint = nearest_name_hint(word, {"layer", "about", "claim"});
    diagnostics_.add(source_.span(line.begin, std::max(line.begin + 1, line.begin + word.size())),
                     "expected a layer before any other line",
                     hint.empty() ? "a layer begins with a line such as: layer name(x[N,D])" : hint);
  }

  void parse_layer(const Block& block) {
    const std::size_t errors = diagnostics_.size();
    LineState state(source_, diagnostics_);
    const LogicalLine& first = block.lines.front();
    const bool good = parse_line<grammar::signature>(first, state);
    LayerSyntax layer = std::move(state.layer);
    layer.signature_is_broken = !good;
    layer.has_errors = !good;
    if (first.begin > block.begin && !is_unreadable(first)) {
      diagnostics_.add(source_.span(first.begin, first.begin + 5), "'layer' must stand at the start of its line");
    }
    if (good) check_signature_size(layer);
    for (std::size_t k = 1; k < block.lines.size(); ++k) parse_statement(block.lines[k], k, layer);
    layer.has_errors = layer.has_errors || diagnostics_.size() > errors;
    file_.layers.push_back(std::move(layer));
  }

  void check_signature_size(const LayerSyntax& layer) {
    if (layer.tensors.empty()) {
      diagnostics_.add(layer.name.span, fmt::format("the layer '{}' has no tensors", layer.name.name),
                       "tensors stand before the semicolon: layer name(x[N,D]; eps)");
    }
    if (layer.tensors.size() + layer.constants.size() > limits::definitions) {
      diagnostics_.add(layer.name.span, fmt::format("more than {} tensors and constants", limits::definitions));
    }
    for (const TensorSyntax& tensor : layer.tensors) {
      if (tensor.sizes.size() > limits::indices) {
        diagnostics_.add(tensor.sizes[limits::indices].span, fmt::format("more than {} indices", limits::indices));
      }
    }
  }

  void parse_statement(const LogicalLine& line, std::size_t order, LayerSyntax& layer) {
    if (order > limits::definitions) {
      if (order == limits::definitions + 1) {
        diagnostics_.add(source_.span(line.begin, line.end),
                         fmt::format("more than {} statements in a layer", limits::definitions));
      }
      note_broken(line, layer);
      return;
    }
    LineState state(source_, diagnostics_);
    if (!parse_line<grammar::statement>(line, state)) {
      note_broken(line, layer);

    } else if (state.definition) {
      state.definition->order = order;
      layer.definitions.push_back(std::move(*state.definition));
    } else if (state.assumption) {
      layer.assumptions.push_back(std::move(*state.assumption));
    } else if (state.show) {
      layer.shows.push_back(std::move(*state.show));
    } else if (state.returned) {
      state.returned->order = order;
      layer.returns.push_back(std::move(*state.returned));
    }
  }

  // A statement that could not be parsed still takes its name, so that using it is not one more error.
  void note_broken(const LogicalLine& line, LayerSyntax& layer) {
    layer.has_errors = true;
    const std::string_view word = word_at(source_.text(), line.begin);
    const bool may_be_return = word.empty() || word == "return" || nearest_name(word, {"return"}) == "return";
    if (may_be_return) layer.return_is_broken = true;
    if (word.empty() || is_statement_keyword(word)) return;
    layer.definitions.push_back({.name = {std::string(word), source_.span(line.begin, line.begin + word.size())},
                                 .indices = {},
                                 .value = nullptr});
  }

  const Source& source_;
  Diagnostics& diagnostics_;
  std::vector<bool> unreadable_;
  FileSyntax file_;
};

bool check_size(const Source& source, Diagnostics& diagnostics) {
  if (source.text().size() <= limits::file_bytes) return true;
  diagnostics.add(source.span(0, 0), fmt::format("more than {} bytes", limits::file_bytes));
  return false;
}

}  // namespace

FileSyntax parse_file(const Source& source, Diagnostics& diagnostics) {
  if (!check_size(source, diagnostics)) return {};
  return FileParser(source, diagnostics).parse();
}

Expr parse_lone_expression(const Source& source, Diagnostics& diagnostics) {
  if (!check_size(source, diagnostics)) return nullptr;
  LineState state(source, diagnostics);
  FileParser parser(source, diagnostics);
  if (!parser.parse_line<grammar::lone_expression>(whole_text(source), state)) return nullptr;
  return state.builder.take_operand().value;
}

}  // namespace chalktape::language
