#include "symbolic/notation/resolve.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "symbolic/language/functions.hpp"
#include "symbolic/language/limits.hpp"
#include "symbolic/language/parser.hpp"
#include "symbolic/notation/declarations.hpp"
#include "symbolic/notation/door.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/notation/statement_resolver.hpp"

namespace chalktape::notation {

using language::AssumptionSyntax;
using language::ConstantSyntax;
using language::DefinitionSyntax;
using language::Diagnostics;
using language::Index;
using language::Layer;
using language::LayerSyntax;
using language::NameSyntax;
using language::ReturnSyntax;
using language::Role;
using language::ShowSyntax;
using language::Span;
using language::TensorSyntax;

namespace {

class LayerResolver {
 public:
  LayerResolver(const LayerSyntax& syntax, Diagnostics& diagnostics) : syntax_(syntax), diagnostics_(diagnostics) {}

  // Reads as the checks' table of contents.
  Layer resolve() {
    layer_.name = syntax_.name.name;
    declare_signature();
    resolve_definitions();
    resolve_assumptions();
    resolve_shows();
    resolve_return();
    check_gradient_names();
    return std::move(layer_);
  }

 private:
  [[nodiscard]] Permissions permissions() const { return {.any_name = syntax_.signature_is_broken}; }

  // Reports a name that is taken. True where it was free.
  bool declare(const NameSyntax& name, Declaration declared) {
    declared.span = name.span;
    const auto taken = declarations_.declare(name.name, std::move(declared));
    if (!taken) return true;
    const std::string message = taken->role == Role::definition
                                    ? fmt::format("'{}' is defined twice", name.name)
                                    : fmt::format("'{}' is already {}", name.name, article_and_noun(taken->role));
    diagnostics_.add(name.span, message,
                     fmt::format("it stands in line {}, column {}", taken->span.line, taken->span.column));
    return false;
  }

  void declare_signature() {
    for (const TensorSyntax& tensor : syntax_.tensors) {
      std::vector<std::string> sizes;
      for (const NameSyntax& size : tensor.sizes) sizes.push_back(size.name);
      // Where the signature breaks off, its last tensor may lack sizes.
      const bool is_whole = !syntax_.signature_is_broken || &tensor != &syntax_.tensors.back();
      if (declare(tensor.name, {.role = Role::tensor, .ranges = sizes, .shape_is_known = is_whole})) {
        layer_.tensors.push_back({tensor.name.name, std::move(sizes), tensor.name.span});
      }
    }
    for (const TensorSyntax& tensor : syntax_.tensors) {
      for (const NameSyntax& size : tensor.sizes) {
        const Declaration* known = declarations_.find(size.name);
        if (known != nullptr && known->role == Role::size) continue;
        if (declare(size, {.role = Role::size})) layer_.sizes.push_back(size.name);
      }
    }
    for (const ConstantSyntax& constant : syntax_.constants) {
      if (declare(constant.name, {.role = Role::constant})) {
        layer_.constants.push_back({constant.name.name, constant.default_value, constant.name.span});
      }
    }
  }

  void resolve_definitions() {
    std::map<std::string, Span> later;
    for (const DefinitionSyntax& definition : syntax_.definitions) {
      later.try_emplace(definition.name.name, definition.name.span);
    }
    for (const DefinitionSyntax& definition : syntax_.definitions) resolve_definition(definition, later);
  }

  void resolve_definition(const DefinitionSyntax& definition, std::map<std::string, Span>& later) {
    Declaration declared{.role = Role::definition, .shape_is_known = definition.value != nullptr};
    language::Expr value;
    std::vector<Index> indices;
    if (definition.value != nullptr) {
      StatementResolver statement(declarations_, diagnostics_, permissions());
      statement.set_later(&later);
      for (const Index& index : definition.indices) statement.bind(index);
      value = statement.resolve(definition.value);
      indices = statement.finish();
      for (const Index& index : indices) declared.ranges.push_back(index.range);
    }
    later.erase(definition.name.name);
    const Declaration* known = declarations_.find(definition.name.name);
    const bool either_is_broken = known != nullptr && (value == nullptr || !known->shape_is_known);
    if (either_is_broken && known->role == Role::definition) return;  // reported where it is broken
    if (!declare(definition.name, std::move(declared)) || value == nullptr) return;
    layer_.definitions.push_back({definition.name.name, std::move(indices), std::move(value), definition.name.span});
  }

  void resolve_assumptions() {
    for (const AssumptionSyntax& assumption : syntax_.assumptions) {
      StatementResolver statement(declarations_, diagnostics_, permissions());
      statement.bind_free_indices(assumption.left);
      statement.bind_free_indices(assumption.right);
      language::Expr left = statement.resolve(assumption.left);
      language::Expr right = statement.resolve(assumption.right);
      std::vector<Index> indices = statement.finish();
      layer_.assumptions.push_back(
          {std::move(left), assumption.relation, std::move(right), std::move(indices), assumption.span});
    }
  }

  void resolve_shows() {
    for (const ShowSyntax& show : syntax_.shows) {
      const std::string& name = show.name.name;
      if (declarations_.find(name) == nullptr && !syntax_.signature_is_broken) {
        diagnostics_.add(show.name.span, fmt::format("unknown name '{}'", name),
                         language::nearest_name_hint(name, declarations_.names()));
      } else if (!layer_.shows.try_emplace(name, show.latex).second) {
        diagnostics_.add(show.name.span, fmt::format("'{}' is shown twice", name));
      }
    }
  }

  void resolve_return() {
    if (syntax_.returns.empty()) {
      if (!syntax_.return_is_broken && !syntax_.name.name.empty()) {
        diagnostics_.add(syntax_.name.span, fmt::format("the layer '{}' has no 'return'", syntax_.name.name),
                         "end it with a line such as: return y");
      }
      return;
    }
    const ReturnSyntax& first = syntax_.returns.front();
    for (std::size_t k = 1; k < syntax_.returns.size(); ++k) {
      diagnostics_.add(
          syntax_.returns[k].span, "a second 'return'",
          fmt::format("the first stands in line {}; several outputs are written: return y, r", first.span.line));
    }
    for (const DefinitionSyntax& definition : syntax_.definitions) {
      if (definition.order < first.order || definition.value == nullptr) continue;
      diagnostics_.add(definition.name.span, fmt::format("'{}' is defined behind the 'return'", definition.name.name),
                       fmt::format("move it before line {}", first.span.line));
    }
    std::set<std::string> seen;
    for (const NameSyntax& output : first.outputs) check_output(output, seen, layer_.outputs);
    for (const NameSyntax& output : first.auxiliary_outputs) check_output(output, seen, layer_.auxiliary_outputs);
  }

  [[nodiscard]] std::string nearest_definition_hint(const std::string& name) const {
    if (!diagnostics_.wants_name_hints()) return {};
    std::vector<std::string> defined;
    for (const DefinitionSyntax& definition : syntax_.definitions) defined.push_back(definition.name.name);
    return language::nearest_name_hint(name, defined);
  }

  void check_output(const NameSyntax& output, std::set<std::string>& seen, std::vector<std::string>& outputs) {
    const Declaration* declared = declarations_.find(output.name);
    if (!seen.insert(output.name).second) {
      diagnostics_.add(output.span, fmt::format("'{}' is returned twice", output.name));
    } else if (declared == nullptr) {
      if (syntax_.signature_is_broken) return;
      diagnostics_.add(output.span, fmt::format("'{}' is returned but not defined", output.name),
                       nearest_definition_hint(output.name));
    } else if (declared->role != Role::definition) {
      diagnostics_.add(
          output.span,
          fmt::format("'{}' is {}; only a definition can be returned", output.name, article_and_noun(declared->role)),
          nearest_definition_hint(output.name));
    }
    outputs.push_back(output.name);
  }

  // ∂L/∂p is called dp, and where p is an output that is read further on, its total is dp_total.
  void check_gradient_names() {
    for (const std::string& name : declarations_.names()) {
      const Declaration& declared = *declarations_.find(name);
      if (const auto gradient = declarations_.find_gradient(name)) {
        const std::string of = name.substr(1);
        const std::string base = declarations_.find(of) != nullptr ? of : of.substr(0, of.size() - 6);
        diagnostics_.add(declared.span, fmt::format("'{}' is the name of the gradient of '{}'", name, base),
                         fmt::format("'{}' stands in line {}; rename one of them", base, gradient->span.line));
      }
      const bool has_gradient = declared.role == Role::tensor || declared.role == Role::definition;
      if (has_gradient && language::is_reserved("d" + name)) {
        diagnostics_.add(declared.span,
                         fmt::format("the gradient of '{0}' would be called 'd{0}', a reserved word", name));
      }
    }
  }

  const LayerSyntax& syntax_;
  Diagnostics& diagnostics_;
  Declarations declarations_;
  Layer layer_;
};

}  // namespace

std::vector<Layer> resolve(const std::vector<LayerSyntax>& layers, Diagnostics& diagnostics) {
  std::vector<Layer> result;
  std::map<std::string, Span> seen;
  for (const LayerSyntax& syntax : layers) {
    const std::size_t errors = diagnostics.size();
    const auto [first, is_new] = seen.try_emplace(syntax.name.name, syntax.name.span);
    if (!is_new && !syntax.name.name.empty()) {
      diagnostics.add(syntax.name.span, fmt::format("a second layer of the name '{}'", syntax.name.name),
                      fmt::format("the first stands in line {}", first->second.line));
    }
    Layer layer = LayerResolver(syntax, diagnostics).resolve();
    if (!syntax.has_errors && diagnostics.size() == errors) result.push_back(std::move(layer));
  }
  return result;
}

namespace {

/// Reports what the algebra cannot take over, 1/(x - x), 2^(10^9), and removes the layers that have it.
void remove_impossible(std::vector<Layer>& layers, Diagnostics& diagnostics) {
  const OneAtATime door;
  std::erase_if(layers, [&](const Layer& layer) {
    const std::size_t errors = diagnostics.size();
    check_formulas(layer, diagnostics);
    return diagnostics.size() > errors;
  });
}

}  // namespace

bool File::only_layers_are_wrong() const {
  if (diagnostics.size() > language::limits::diagnostics) return false;  // where the others are is not known
  const auto errors = diagnostics.sorted();
  return std::all_of(errors.begin(), errors.end(), [&](const language::Diagnostic& error) {
    return std::any_of(places.begin(), places.end(), [&](const LayerPlace& place) {
      return place.first_line <= error.span.line && error.span.line <= place.last_line;
    });
  });
}

const Layer* File::usable_layer(const std::string& name) const {
  const auto count = std::count_if(places.begin(), places.end(), [&](const auto& place) { return place.name == name; });
  if (count != 1 || !only_layers_are_wrong()) return nullptr;
  const auto found = std::find_if(layers.begin(), layers.end(), [&](const Layer& layer) { return layer.name == name; });
  return found == layers.end() ? nullptr : &*found;
}

File read_file(std::string text, std::string file_name) {
  // A text that is too long is not worth indexing; one byte too many is kept, for the parser to say so.
  if (text.size() > language::limits::file_bytes) text.resize(language::limits::file_bytes + 1);
  File file{.source = language::Source(std::move(file_name), std::move(text))};
  language::FileSyntax syntax = language::parse_file(file.source, file.diagnostics);
  file.layers = resolve(syntax.layers, file.diagnostics);
  remove_impossible(file.layers, file.diagnostics);
  for (const LayerSyntax& layer : syntax.layers)
    file.places.push_back({layer.name.name, layer.first_line, layer.last_line});
  file.claims = std::move(syntax.blocks);
  if (syntax.layers.empty() && file.claims.empty() && file.diagnostics.empty()) {
    file.diagnostics.add(file.source.span(0, 0), "no layer in this file",
                         "a layer begins with a line such as: layer name(x[N,D])");
  }
  return file;
}

std::vector<Layer> load_layers(std::string text, std::string file_name) {
  File file = read_file(std::move(text), std::move(file_name));
  if (file.diagnostics.empty() && file.layers.empty()) {
    file.diagnostics.add(file.source.span(0, 0), "no layer in this file, only claims");
  }
  if (!file.diagnostics.empty()) throw language::Error(file.diagnostics, file.source);
  return std::move(file.layers);
}

FreeExpression parse_expression(std::string text, const Layer& context, const ExpressionOptions& options) {
  if (text.size() > language::limits::file_bytes) text.resize(language::limits::file_bytes + 1);
  const language::Source source(options.source_name, std::move(text));
  Diagnostics diagnostics;
  FreeExpression result;
  if (const language::Expr parsed = language::parse_lone_expression(source, diagnostics)) {
    const Declarations declarations(context);
    StatementResolver statement(
        declarations, diagnostics,
        {.gradients = !options.forward_only, .derivatives = true, .literal_indices = !options.forward_only});
    for (const Index& index : options.indices) statement.bind(index);
    statement.bind_free_indices(parsed);
    result.value = statement.resolve(parsed);
    result.indices = statement.finish();
  }
  if (diagnostics.empty() && options.forward_only) {
    const OneAtATime door;
    try {
      (void)to_algebra(result.value, formulas_of(context).symbols);
    } catch (const Error& error) {
      diagnostics.add(error.span, error.message);
    }
  }
  if (!diagnostics.empty()) throw language::Error(diagnostics, source);
  return result;
}

}  // namespace chalktape::notation
