#include "symbolic/claims/right_form.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "symbolic/claims/rename.hpp"
#include "symbolic/claims/sites.hpp"
#include "symbolic/derive/derive.hpp"
#include "symbolic/notation/formula.hpp"

namespace chalktape::claims {

using language::Definition;
using language::Expr;
using language::Index;
using language::Kind;
using language::Role;

namespace {

bool has_literals_or_repeats(const std::vector<Index>& indices) {
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i].name.front() >= '0' && indices[i].name.front() <= '9') return true;
    for (std::size_t k = 0; k < i; ++k) {
      if (indices[i].name == indices[k].name) return true;
    }
  }
  return false;
}

/// The formula with the names that a derivation introduced written out.
Expr without_introduced(const Expr& e, const std::vector<Definition>& introduced) {
  return mapped(e, [&](const Expr& node) {
    if (node->kind != Kind::access) return node;
    const auto found =
        std::find_if(introduced.begin(), introduced.end(), [&](const Definition& d) { return d.name == node->name; });
    if (found == introduced.end()) return node;
    return with_letters(without_introduced(found->value, introduced), found->indices, node->indices);
  });
}

}  // namespace

const derive::Derivation* RightForms::gradients_of(const language::Layer& layer) {
  const void* key = layer.definitions.empty() ? nullptr : layer.definitions.front().value.get();
  const auto [entry, is_new] = derivations_.try_emplace(key, Entry{layer, std::nullopt});
  if (is_new) {
    try {
      entry->second.derivation = derive::derive(layer);
    } catch (const derive::Error&) {  // then there is no form to show; what is claimed has been judged without it
    } catch (const notation::Error&) {
    }
  }
  return entry->second.derivation ? &*entry->second.derivation : nullptr;
}

std::optional<Expr> RightForms::find(const Scope& scope, const Expr& e) {
  if (e->kind == Kind::derivative) {
    if (has_literals_or_repeats(free_letters(e)) || has_literals_or_repeats(e->operands[1]->indices))
      return std::nullopt;
    language::Layer layer = scope.layer;
    layer.definitions.insert(layer.definitions.end(), scope.own.begin(), scope.own.end());
    try {
      const auto derivation = derive::derive_jacobians(layer, {{e, free_letters(e)}});
      return without_introduced(derivation.gradients.back().value, derivation.introduced);
    } catch (const derive::Error&) {
    } catch (const notation::Error&) {
    } catch (const std::invalid_argument&) {  // nothing to derive
    } catch (const std::out_of_range&) {      // a definition of the claim's own names a gradient
    }
    return std::nullopt;
  }
  if (e->kind != Kind::access || has_literals_or_repeats(e->indices)) return std::nullopt;
  if (e->role == Role::definition) {
    const Definition* definition = scope.layer.find_definition(e->name);
    if (definition == nullptr) return std::nullopt;
    return with_letters(definition->value, definition->indices, e->indices);
  }
  if (e->role != Role::gradient) return std::nullopt;
  const derive::Derivation* derivation = gradients_of(scope.layer);
  if (derivation == nullptr) return std::nullopt;
  Expr form = e;
  // That dx is dr_total says little: then what that is.
  while (form->kind == Kind::access && form->role == Role::gradient) {
    const auto gradient = std::find_if(derivation->gradients.begin(), derivation->gradients.end(),
                                       [&](const derive::Gradient& g) { return g.name == form->name; });
    if (gradient == derivation->gradients.end()) break;
    form = with_letters(without_introduced(gradient->value, derivation->introduced), gradient->left->indices,
                        form->indices);
  }
  if (form == e) return std::nullopt;
  return form;
}

}  // namespace chalktape::claims
