#include "symbolic/claims/about.hpp"

#include <exception>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "symbolic/claims/rename.hpp"
#include "symbolic/language/functions.hpp"
#include "symbolic/layers.hpp"
#include "symbolic/notation/declarations.hpp"
#include "symbolic/notation/resolve.hpp"

namespace chalktape::claims {

using language::Diagnostics;
using language::Layer;
using language::NameSyntax;

namespace {

constexpr std::string_view suffix = ".chalk";

/// `FILE.chalk` or `FILE.chalk:name` taken apart; nullopt for a plain name.
std::optional<std::pair<std::string, std::optional<std::string>>> file_of(const std::string& target) {
  if (target.ends_with(suffix)) return std::pair(target, std::optional<std::string>());
  const std::size_t at = target.rfind(std::string(suffix) + ":");
  if (at == std::string::npos) return std::nullopt;
  const std::size_t colon = at + suffix.size();
  return std::pair(target.substr(0, colon), std::optional(target.substr(colon + 1)));
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::optional<Layer> find_layer(const language::AboutSyntax& syntax, notation::File& file, const LayerLoader& load) {
  if (const auto other = file_of(syntax.target)) {
    try {
      return load(other->first, other->second);
    } catch (const std::exception& problem) {
      file.diagnostics.add(syntax.span, first_line(problem.what()));
      return std::nullopt;
    }
  }
  for (const Layer& layer : file.layers) {
    if (layer.name == syntax.target) return layer;
  }
  std::vector<std::string> names;
  for (const notation::LayerPlace& place : file.places) {
    if (place.name == syntax.target) return std::nullopt;  // what is wrong with it has been said
    names.push_back(place.name);
  }
  if (const auto* builtin = language::find_builtin_layer(syntax.target))
    return notation::load_layers(std::string(builtin->source), syntax.target + std::string(suffix)).front();
  if (!file.only_layers_are_wrong()) return std::nullopt;  // the layer of that name may be what is wrong
  std::string hint = language::nearest_name_hint(syntax.target, names);
  names.clear();
  for (const auto& builtin : language::builtin_layers()) names.emplace_back(builtin.name);
  if (hint.empty()) hint = language::nearest_name_hint(syntax.target, names);
  if (hint.empty()) hint = layers_hint(file);
  file.diagnostics.add(syntax.span, fmt::format("there is no layer '{}'", syntax.target),
                       hint.empty() ? "a built-in layer, one of this file, or FILE.chalk:NAME" : hint);
  return std::nullopt;
}

/// The `with` of an `about`.
class Renamer {
 public:
  Renamer(const Layer& layer, Diagnostics& diagnostics)
      : layer_(layer), declarations_(layer), diagnostics_(diagnostics) {}

  std::optional<Scope> apply(const std::vector<language::RenamingSyntax>& renamings) {
    const std::size_t errors = diagnostics_.size();
    for (const auto& renaming : renamings) {
      if (renaming.meant.name == "delta") delta_is_renamed_ = true;
    }
    for (const auto& renaming : renamings) add(renaming);
    // Gradients follow their tensor: `g for dx, h for x` calls the gradient of h g.
    Scope scope{.layer = renamed(layer_, names_), .delta = delta_};
    for (const auto& [gradient, name] : gradients_) {
      const auto moved = names_.find(gradient.substr(1));
      scope.gradient_names.emplace(moved == names_.end() ? gradient : "d" + moved->second, name);
    }
    check_result(scope, renamings);
    if (diagnostics_.size() > errors) return std::nullopt;
    return scope;
  }

 private:
  void add(const language::RenamingSyntax& renaming) {
    const NameSyntax& written = renaming.written;
    const NameSyntax& meant = renaming.meant;
    const bool takes_delta = written.name == "delta" && delta_is_renamed_;
    if (language::is_reserved(written.name) && !takes_delta)
      diagnostics_.add(written.span, fmt::format("'{}' is a reserved word and cannot be a name", written.name));
    if (!meant_.insert(meant.name).second)
      diagnostics_.add(meant.span, fmt::format("'{}' is renamed twice", meant.name));
    if (meant.name == "delta") {
      delta_ = written.name;
    } else if (declarations_.find(meant.name) != nullptr) {
      names_[meant.name] = written.name;
    } else if (declarations_.find_gradient(meant.name)) {
      gradients_[meant.name] = written.name;
    } else {
      diagnostics_.add(meant.span, fmt::format("the layer {} has no name '{}'", layer_.name, meant.name),
                       language::nearest_name_hint(meant.name, declarations_.names()));
    }
  }

  /// No name stands for two things, nor for a gradient as well.
  void check_result(const Scope& scope, const std::vector<language::RenamingSyntax>& renamings) {
    std::map<std::string, int> count;
    for (const std::string& name : declarations_.names()) {
      const auto moved = names_.find(name);
      ++count[moved == names_.end() ? name : moved->second];
    }
    for (const auto& [gradient, name] : gradients_) ++count[name];
    if (delta_is_renamed_) ++count[delta_];
    const notation::Declarations declarations(scope.layer);
    for (const auto& renaming : renamings) {
      const NameSyntax& written = renaming.written;
      if (count[written.name] > 1)
        diagnostics_.add(written.span, fmt::format("'{}' would stand for two things", written.name),
                         "names are exchanged all at once: with a for b, b for a");
      const bool is_gradient = declarations.find_gradient(written.name) && !gradients_.contains(written.name);
      if (is_gradient && !(gradients_.contains(renaming.meant.name) && scope.gradient_names.contains(written.name)))
        diagnostics_.add(written.span, fmt::format("'{}' is the name of a gradient", written.name));
      if (names_.contains(renaming.meant.name) && declarations.find("d" + written.name) != nullptr)
        diagnostics_.add(written.span,
                         fmt::format("the gradient of '{0}' would be called 'd{0}', which is taken", written.name));
    }
  }

  const Layer& layer_;
  notation::Declarations declarations_;
  Diagnostics& diagnostics_;
  Names names_;
  std::map<std::string, std::string> gradients_;  ///< from the layer's name for it to the text's
  std::set<std::string> meant_;
  std::string delta_ = "delta";
  bool delta_is_renamed_ = false;
};

}  // namespace

About about_layer(const Layer& layer) { return {layer.name, std::make_shared<const Scope>(Scope{.layer = layer})}; }

std::string layers_hint(const notation::File& file) {
  constexpr std::size_t most = 6;
  std::vector<std::string> names;
  for (const notation::LayerPlace& place : file.places) {
    if (!place.name.empty()) names.push_back(place.name);
  }
  if (names.empty()) return {};
  const bool cut = names.size() > most;
  if (cut) names.resize(most);
  return fmt::format("the layer{} of this file: {}{}", file.places.size() == 1 ? "" : "s", fmt::join(names, ", "),
                     cut ? ", ..." : "");
}

About resolve_about(const language::AboutSyntax& syntax, notation::File& file, const LayerLoader& load) {
  About about{syntax.target, nullptr};
  if (syntax.target.empty()) return about;
  const std::optional<Layer> layer = find_layer(syntax, file, load);
  if (!layer) return about;
  if (auto scope = Renamer(*layer, file.diagnostics).apply(syntax.renamings))
    about.scope = std::make_shared<const Scope>(std::move(*scope));
  return about;
}

}  // namespace chalktape::claims
