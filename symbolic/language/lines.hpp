// Divides a source into blocks and logical lines, so that an error in one statement leaves the others alone.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "symbolic/language/source.hpp"

namespace chalktape::language {

/// A statement's bytes [begin, end): a line, or several where brackets stay open. Ends with its last token: blanks and
/// a comment behind it do not belong to it.
struct LogicalLine {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::optional<std::size_t> unclosed_bracket{};  ///< where the innermost bracket that is never closed stands
  std::optional<std::size_t> nested_too_deep{};   ///< the first bracket beyond the limit on nesting
};

enum class BlockKind { layer, about, claim, stray };

/// A `layer` with its statements, an `about` or `claim` as it stands, or lines before the first of them.
struct Block {
  BlockKind kind = BlockKind::stray;
  std::size_t begin = 0;
  std::size_t end = 0;
  /// A layer's first is its signature; the line that begins an `about` or a `claim` ends with its line break.
  std::vector<LogicalLine> lines{};
};

/// The blocks of a file, in order. Comments and empty lines belong to none. O(length).
[[nodiscard]] std::vector<Block> split_blocks(const Source& source);

/// All of the text as one logical line, as for an expression given by itself.
[[nodiscard]] LogicalLine whole_text(const Source& source);

/// The identifier that begins at `position`, empty where there is none.
[[nodiscard]] std::string_view word_at(std::string_view text, std::size_t position);

}  // namespace chalktape::language
