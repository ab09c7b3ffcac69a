// What stands where a wrong formula stands: the derivation's form, or the layer's own definition.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "symbolic/claims/claims.hpp"
#include "symbolic/derive/derivation.hpp"

namespace chalktape::claims {

/// `dxhat[i,j]`, and what it is.
struct NamedForm {
  std::vector<language::Index> indices;
  language::Expr left, value;
};

/// Derives what it is asked for, each layer's gradients once.
class RightForms {
 public:
  /// The derived form of a gradient (`dx[i,j]`) or of a derivative (`diff(xhat[k,l], x[i,j])`), or the definition of a
  /// forward name, in the given letters or at the given places (`diff(u[1,2], h[1,2])`) and without names that the
  /// derivation introduced. Nothing for other expressions, and where there is no derivation. It has not been checked.
  [[nodiscard]] std::optional<language::Expr> find(const Scope& scope, const language::Expr& e);

  /// The gradients of intermediates that a form found for this scope is made of, each with its own form, those of their
  /// forms included; without those in `known`. None of them has been checked.
  [[nodiscard]] std::vector<NamedForm> definitions_of(const Scope& scope, const language::Expr& form,
                                                      std::set<std::string> known);

 private:
  struct Entry {
    language::Layer layer;
    std::optional<derive::Derivation> derivation;
  };
  /// The same for an expression without literals and repeated letters.
  std::optional<language::Expr> form_of(const Scope& scope, const language::Expr& e);
  const derive::Derivation* gradients_of(const language::Layer& layer);
  std::map<const void*, Entry> derivations_;  ///< by the layer's definitions, which the entry keeps
};

}  // namespace chalktape::claims
