// What the parser makes of a file: statements as they stand, names not yet looked up, indices without ranges.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "symbolic/language/diagnostics.hpp"
#include "symbolic/language/expression.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/language/lines.hpp"
#include "symbolic/language/source.hpp"

namespace chalktape::language {

/// A name where it stands.
struct NameSyntax {
  std::string name{};
  Span span{};
};

struct TensorSyntax {
  NameSyntax name{};
  std::vector<NameSyntax> sizes{};
};

struct ConstantSyntax {
  NameSyntax name{};
  std::optional<std::string> default_value{};
};

/// `name[indices] = value`. Where the line could not be parsed, `value` is null and only `name` is meant.
struct DefinitionSyntax {
  NameSyntax name{};
  std::vector<Index> indices{};
  Expr value{};
  std::size_t order = 0;  ///< statements of a layer are numbered as they stand
};

struct AssumptionSyntax {
  Expr left{};
  Relation relation = Relation::equal;
  Expr right{};
  Span span{};
};

struct ShowSyntax {
  NameSyntax name{};
  std::string latex{};
};

struct ReturnSyntax {
  std::vector<NameSyntax> outputs{};
  std::vector<NameSyntax> auxiliary_outputs{};
  Span span{};
  std::size_t order = 0;
};

struct LayerSyntax {
  NameSyntax name{};
  std::vector<TensorSyntax> tensors{};
  std::vector<ConstantSyntax> constants{};
  std::vector<DefinitionSyntax> definitions{};
  std::vector<AssumptionSyntax> assumptions{};
  std::vector<ShowSyntax> shows{};
  std::vector<ReturnSyntax> returns{};
  /// The signature could not be parsed: names that it would have declared are unknown, and are not complained about.
  bool signature_is_broken = false;
  /// A statement that could not be parsed, and whose name could not be made out, may have been the `return`.
  bool return_is_broken = false;
  /// Something in the layer was wrong, and has been reported.
  bool has_errors = false;
  int first_line = 0, last_line = 0;  ///< those that it takes in the source
};

/// An `about` or `claim` block, kept as it stands, from the keyword to the line before the next block; see
/// claim_parser.hpp.
struct RawBlock {
  std::string keyword{};
  std::size_t begin = 0;  ///< the block's bytes in the source
  std::size_t end = 0;
  Span span{};
  std::vector<LogicalLine> lines{};  ///< the first is that of the keyword
  std::size_t layers_above = 0;      ///< layers of the source that stand above it
};

/// A parsed file: what could be parsed, and the errors in the rest.
struct FileSyntax {
  std::vector<LayerSyntax> layers{};
  std::vector<RawBlock> blocks{};
};

}  // namespace chalktape::language
