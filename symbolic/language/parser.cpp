#include "symbolic/language/parser.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "symbolic/language/functions.hpp"
#include "symbolic/language/limits.hpp"
#include "symbolic/language/line_parser.hpp"
#include "symbolic/language/lines.hpp"

namespace chalktape::language {
namespace {

class FileParser {
 public:
  FileParser(const Source& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics), lines_(source, diagnostics) {}

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
                                  .span = source_.span(block.begin, block.end),
                                  .lines = block.lines,
                                  .layers_above = file_.layers.size()});
          break;
      }
    }
    return std::move(file_);
  }

 private:
  void report_stray(const Block& block) {
    const LogicalLine& line = block.lines.front();
    if (lines_.is_unreadable(line)) return;
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
    const bool good = lines_.parse<grammar::signature>(first, state);
    LayerSyntax layer = std::move(state.layer);
    layer.signature_is_broken = !good;
    layer.has_errors = !good;
    layer.first_line = source_.span(block.begin, block.begin).line;
    layer.last_line = source_.span(block.end, block.end).line;
    if (first.begin > block.begin && !lines_.is_unreadable(first)) {
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
    if (!lines_.parse<grammar::statement>(line, state)) {
      note_broken(line, layer);

    } else if (state.definition) {
      state.definition->order = order;
      layer.definitions.push_back(std::move(*state.definition));
    } else if (!state.assumptions.empty()) {
      for (AssumptionSyntax& assumption : state.assumptions) layer.assumptions.push_back(std::move(assumption));
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
  LineParser lines_;
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
  LineParser lines(source, diagnostics);
  if (!lines.parse<grammar::lone_expression>(whole_text(source), state)) return nullptr;
  return state.builder.take_operand().value;
}

}  // namespace chalktape::language
