#include "symbolic/claims/right_form.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>

#include "symbolic/claims/rename.hpp"
#include "symbolic/claims/sites.hpp"
#include "symbolic/derive/derive.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/present/folding.hpp"

namespace chalktape::claims {

using language::Definition;
using language::Expr;
using language::Index;
using language::Kind;
using language::Role;

namespace {

/// An expression with a letter of its own for each literal index, and for each letter that stands twice on the left of
/// a definition or in what is differentiated by: what a derivation takes.
class General {
 public:
  explicit General(const Expr& e) {
    (void)mapped(e, [&](const Expr& part) {
      for (const Index& index : part->indices) taken_.insert(index.name);
      return part;
    });
    if (e->kind == Kind::derivative) {
      language::Expression node = *e;
      node.operands[0] = mapped(e->operands[0], [&](const Expr& part) { return with_own_indices(part, false); });
      used_.clear();  // a derivation takes diff(y[i], x[i])
      node.operands[1] = with_own_indices(e->operands[1], true);
      expression_ = std::make_shared<const language::Expression>(std::move(node));
    } else {
      expression_ = e->kind == Kind::access ? with_own_indices(e, true) : e;
    }
  }

  [[nodiscard]] const Expr& expression() const { return expression_; }

  /// The form that was found for it, for the expression that was given.
  [[nodiscard]] Expr specialised(const Expr& form) const {
    return own_.empty() ? form : decided(with_letters(form, own_, meant_));
  }

 private:
  Expr with_own_indices(const Expr& e, bool repeats_too) {
    language::Expression node = *e;
    for (Index& index : node.indices) {
      const bool is_repeated = std::find(used_.begin(), used_.end(), index.name) != used_.end();
      if (index.is_literal() || (repeats_too && is_repeated)) {
        meant_.push_back(index);
        index.name = unused_letter();
        own_.push_back(index);
      }
      used_.push_back(index.name);
    }
    return node.indices == e->indices ? e : std::make_shared<const language::Expression>(std::move(node));
  }

  std::string unused_letter() {
    for (int number = 1;; ++number) {
      std::string name = fmt::format("at{}", number);
      if (taken_.insert(name).second) return name;
    }
  }

  /// Deltas whose indices are equal, or different literals, worked out.
  static Expr decided(const Expr& e) {
    if (e->kind == Kind::delta) {
      const Index &a = e->indices[0], &b = e->indices[1];
      if (a.name == b.name) return language::number("1");
      return a.is_literal() && b.is_literal() ? language::number("0") : e;
    }
    std::vector<Expr> operands;
    for (const Expr& operand : e->operands) operands.push_back(decided(operand));
    return operands == e->operands ? e : present::folded(*e, std::move(operands));
  }

  std::set<std::string> taken_;  // letters and literals, bound ones too
  std::vector<std::string> used_;
  std::vector<Index> own_, meant_;
  Expr expression_;
};

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
  const General general(e);
  const auto form = form_of(scope, general.expression());
  return form ? std::optional(general.specialised(*form)) : std::nullopt;
}

std::vector<NamedForm> RightForms::definitions_of(const Scope& scope, const Expr& form, std::set<std::string> known) {
  std::vector<NamedForm> result;
  for (const auto& tensor : scope.layer.tensors) known.insert("d" + tensor.name);
  for (const std::string& output : scope.layer.outputs) known.insert("d" + output);
  std::vector<Expr> to_read{form};
  for (std::size_t at = 0; at < to_read.size(); ++at) {
    const Expr read = to_read[at];
    (void)mapped(read, [&](const Expr& node) {
      if (node->kind != Kind::access || node->role != Role::gradient || !known.insert(node->name).second) return node;
      const derive::Derivation* derivation = gradients_of(scope.layer);
      const derive::Gradient* gradient = derivation == nullptr ? nullptr : derivation->find(node->name.substr(1));
      if (gradient == nullptr) return node;
      const Expr value = without_introduced(gradient->value, derivation->introduced);
      result.push_back({gradient->indices, gradient->left, value});
      to_read.push_back(value);
      return node;
    });
  }
  return result;
}

std::optional<Expr> RightForms::form_of(const Scope& scope, const Expr& e) {
  if (e->kind == Kind::derivative) {
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
  if (e->kind != Kind::access) return std::nullopt;
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
