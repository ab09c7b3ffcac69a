// What the names of a layer stand for.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symbolic/language/expression.hpp"
#include "symbolic/language/layer.hpp"

namespace chalktape::notation {

/// What a name was declared as, and where.
struct Declaration {
  language::Role role = language::Role::unresolved;
  std::vector<std::string> ranges{};  ///< of a tensor or definition; an unknown one is empty
  language::Span span{};
  /// False where the declaration was wrong: nothing is known of the indices, nor complained about.
  bool shape_is_known = true;
};

/// What a message calls a name of that role: "a tensor".
[[nodiscard]] std::string_view article_and_noun(language::Role role);

/// The names in scope, the layer's gradients included where they are allowed.
class Declarations {
 public:
  Declarations() = default;
  /// All names of a layer.
  explicit Declarations(const language::Layer& layer);

  /// Declares the name, or returns what it already stands for and leaves that in place.
  std::optional<Declaration> declare(const std::string& name, Declaration declaration);
  [[nodiscard]] const Declaration* find(const std::string& name) const;
  /// What `dp` or `dp_total` stands for: a gradient with the ranges of the tensor or definition p.
  [[nodiscard]] std::optional<Declaration> find_gradient(std::string_view name) const;
  /// All names, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::map<std::string, Declaration, std::less<>> declarations_;
};

}  // namespace chalktape::notation
