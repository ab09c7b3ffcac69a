// Names become symbols, indices get ranges: from text to checked layers and expressions.
#pragma once

#include <string>
#include <vector>

#include "symbolic/language/diagnostics.hpp"
#include "symbolic/language/expression.hpp"
#include "symbolic/language/layer.hpp"
#include "symbolic/language/source.hpp"
#include "symbolic/language/syntax.hpp"

namespace chalktape::notation {

/// Where a layer stands in a file.
struct LayerPlace {
  std::string name;  ///< empty where it could not be read
  int first_line = 0, last_line = 0;
};

/// A `.chalk` file: the layers that are free of errors, the claims as they stand, and everything that is wrong.
struct File {
  language::Source source;
  std::vector<language::Layer> layers{};
  std::vector<LayerPlace> places{};  ///< of all layers, those with errors included, in order
  std::vector<language::RawBlock> claims{};
  language::Diagnostics diagnostics{};

  /// The rendered errors, empty where there are none.
  [[nodiscard]] std::string errors() const { return diagnostics.render(source); }
  /// Whether all that is wrong stands inside layers: the rest of the file is as it was meant.
  [[nodiscard]] bool only_layers_are_wrong() const;
  /// The layer of this name where it can be used whatever is wrong with others: it is free of errors, the only one of
  /// its name, and only layers are wrong. Else null.
  [[nodiscard]] const language::Layer* usable_layer(const std::string& name) const;
};

/// Reads a whole file. Never throws for what the text contains: look at `diagnostics`.
[[nodiscard]] File read_file(std::string text, std::string file_name);

/// The layers of a file, at least one, in order. Throws language::Error with all that is wrong.
[[nodiscard]] std::vector<language::Layer> load_layers(std::string text, std::string file_name);

/// Looks up the names of parsed layers. Returns those that are free of errors; the others' are in `diagnostics`.
[[nodiscard]] std::vector<language::Layer> resolve(const std::vector<language::LayerSyntax>& layers,
                                                   language::Diagnostics& diagnostics);

/// An expression in a layer's names, and the indices that it leaves free, in order of first appearance.
struct FreeExpression {
  language::Expr value;
  std::vector<language::Index> indices{};
};

struct ExpressionOptions {
  /// Stands for the file's name in errors.
  std::string source_name = "expression";
  /// Indices that are bound already, with their ranges; they come first among the free ones.
  std::vector<language::Index> indices{};
  /// What can be differentiated and nothing else: no gradient's name, no literal index.
  bool forward_only = false;
};

/// Parses an expression in the names of `context`: its tensors, constants, sizes and definitions, the gradients `dp`
/// and `dp_total`, `diff(e, x[i,j]; held)`, and literal indices. To use further names, add definitions to a copy of
/// the layer. Throws language::Error with all that is wrong.
[[nodiscard]] FreeExpression parse_expression(std::string text, const language::Layer& context,
                                              const ExpressionOptions& options = {});

}  // namespace chalktape::notation
