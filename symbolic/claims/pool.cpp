#include "symbolic/claims/pool.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "symbolic/claims/distance.hpp"
#include "symbolic/claims/sites.hpp"
#include "symbolic/present/text.hpp"

namespace chalktape::claims {

using language::Expr;
using language::Index;
using language::Kind;
using language::Role;

namespace {

constexpr std::size_t most_fits = 6, most_terms = 60;

/// All ways to put indices into the places, ranges fitting.
std::vector<std::vector<Index>> placements(const std::vector<std::string>& ranges, const std::vector<Index>& indices) {
  std::vector<std::vector<Index>> all{{}};
  for (const std::string& range : ranges) {
    std::vector<std::vector<Index>> longer;
    for (const auto& begun : all) {
      for (const Index& index : indices) {
        if (index.range != range || longer.size() == most_fits) continue;
        longer.push_back(begun);
        longer.back().push_back(index);
      }
    }
    all = std::move(longer);
  }
  return all;
}

/// Each expression once.
class Distinct {
 public:
  void add(const Expr& e) {
    if (all_.size() < most_terms && seen_.insert(present::to_text(e)).second) all_.push_back(e);
  }
  [[nodiscard]] std::vector<Expr> take() { return std::move(all_); }

 private:
  std::set<std::string> seen_;
  std::vector<Expr> all_;
};

/// The terms of all sums and differences in e, the outermost first.
void collect_terms(const Expr& e, Distinct& terms) {
  if (e->kind == Kind::derivative) return;
  if (e->kind == Kind::add || e->kind == Kind::subtract) {
    for (const Expr& operand : e->operands) {
      if (operand->kind != Kind::add && operand->kind != Kind::subtract) terms.add(operand);
    }
  }
  for (const Expr& operand : e->operands) collect_terms(operand, terms);
}

/// What stands under a root or a power, or divides.
void collect_bases(const Expr& e, Distinct& bases) {
  if (e->kind == Kind::power || (e->kind == Kind::call && e->name == "sqrt")) {
    const Expr& base = e->operands[0];
    if (base->kind != Kind::number) {
      bases.add(base);
      bases.add(language::call("sqrt", {base}));
    }
  }
  if (e->kind == Kind::divide && e->operands[1]->kind != Kind::number) bases.add(e->operands[1]);
  if (e->kind == Kind::call && e->name != "stop") bases.add(e);
  // Of a product each factor may be what another lacks.
  if (e->kind == Kind::multiply) {
    for (const Expr& factor : e->operands) {
      const bool is_sum = factor->kind == Kind::add || factor->kind == Kind::subtract || factor->kind == Kind::reduce;
      if (is_sum) bases.add(factor);
    }
  }
  for (const Expr& operand : e->operands) collect_bases(operand, bases);
}

bool all_stand_in(const std::vector<Index>& letters, const std::vector<Index>& indices) {
  return std::all_of(letters.begin(), letters.end(), [&](const Index& letter) {
    return std::find(indices.begin(), indices.end(), letter) != indices.end();
  });
}

}  // namespace

std::vector<Name> names_in_scope(const Scope& scope) {
  std::vector<Name> names;
  const auto ranges_of = [](const language::Definition& definition) {
    std::vector<std::string> ranges;
    for (const Index& index : definition.indices) ranges.push_back(index.range);
    return ranges;
  };
  const auto& layer = scope.layer;
  for (const auto& tensor : layer.tensors) names.push_back({tensor.name, tensor.sizes, Role::tensor});
  for (const auto& definition : layer.definitions)
    names.push_back({definition.name, ranges_of(definition), Role::definition});
  for (const auto& definition : scope.own) names.push_back({definition.name, ranges_of(definition), Role::definition});
  if (!layer.returns_loss()) {
    for (const auto& output : layer.outputs)
      names.push_back({"d" + output, layer.ranges_of(output).value_or(std::vector<std::string>{}), Role::gradient});
  }
  const auto is_output = [&](const std::string& name) {
    return std::find(layer.outputs.begin(), layer.outputs.end(), name) != layer.outputs.end();
  };
  for (const auto& tensor : layer.tensors) names.push_back({"d" + tensor.name, tensor.sizes, Role::gradient});
  for (const auto& definition : layer.definitions) {
    if (!is_output(definition.name))
      names.push_back({"d" + definition.name, ranges_of(definition), Role::gradient, true});
  }
  for (const auto& constant : layer.constants) names.push_back({constant.name, {}, Role::constant});
  for (const auto& size : layer.sizes) names.push_back({size, {}, Role::size});
  return names;
}

std::vector<Expr> factors_for(const Scope& scope, const Expr& formula, const std::vector<Expr>& relatives,
                              const std::vector<Index>& indices) {
  std::vector<Expr> factors;
  for (const Name& name : names_in_scope(scope)) {
    if (name.role == Role::size || (name.role == Role::gradient && name.ranges.size() > 1)) continue;
    for (const auto& placed : placements(name.ranges, indices))
      factors.push_back(language::access(name.name, placed, name.role));
  }
  Distinct bases;
  collect_bases(formula, bases);
  for (const Expr& relative : relatives) collect_bases(relative, bases);
  for (const auto& definition : scope.layer.definitions) collect_bases(definition.value, bases);
  for (const Expr& base : bases.take()) {
    for (const Expr& fitted : fitted_terms(base, indices)) factors.push_back(fitted);
  }
  return factors;
}

std::vector<Expr> terms_for(const Scope& scope, const Expr& formula, const std::vector<Expr>& relatives) {
  Distinct terms;
  for (const Expr& relative : relatives) collect_terms(relative, terms);
  collect_terms(formula, terms);
  for (const auto& definition : scope.own) collect_terms(definition.value, terms);
  for (const auto& definition : scope.layer.definitions) collect_terms(definition.value, terms);
  terms.add(language::number("1"));
  return terms.take();
}

namespace {

template <class F>
void for_each_formula(const Scope& scope, const Expr& formula, const std::vector<Expr>& relatives, const F& f) {
  for (const Expr& relative : relatives) f(relative);
  f(formula);
  for (const auto& definition : scope.own) f(definition.value);
  for (const auto& definition : scope.layer.definitions) f(definition.value);
}

template <class F>
void for_each_node(const Expr& e, const F& f) {
  if (e->kind == Kind::derivative) return;
  f(e);
  for (const Expr& operand : e->operands) for_each_node(operand, f);
}

}  // namespace

std::vector<Expr> numbers_for(const Scope& scope, const Expr& formula, const std::vector<Expr>& relatives) {
  Distinct numbers;
  for (const auto& constant : scope.layer.constants) numbers.add(language::access(constant.name, {}, Role::constant));
  for_each_formula(scope, formula, relatives, [&](const Expr& e) {
    for_each_node(e, [&](const Expr& node) {
      if (node->kind == Kind::number) numbers.add(node);
    });
  });
  return numbers.take();
}

std::vector<std::string> functions_for(const Scope& scope, const Expr& formula, const std::vector<Expr>& relatives) {
  std::vector<std::string> functions{"log", "exp", "step", "abs", "sigmoid", "tanh", "relu", "sqrt"};
  for_each_formula(scope, formula, relatives, [&](const Expr& e) {
    for_each_node(e, [&](const Expr& node) {
      const bool is_function = node->kind == Kind::call && node->operands.size() == 1 && node->name != "stop";
      if (is_function && std::find(functions.begin(), functions.end(), node->name) == functions.end())
        functions.push_back(node->name);
    });
  });
  return functions;
}

std::vector<Expr> parts_for(const Scope& scope, const Expr& formula, const std::vector<Expr>& relatives,
                            int most_nodes) {
  Distinct parts;
  for_each_formula(scope, formula, relatives, [&](const Expr& e) {
    for_each_node(e, [&](const Expr& node) {
      if (node->operands.empty() || nodes_of(node) > most_nodes) return;
      parts.add(node);
    });
  });
  return parts.take();
}

std::vector<Expr> names_as_terms(const Scope& scope) {
  std::vector<Expr> all;
  for (const Name& name : names_in_scope(scope)) {
    std::vector<Index> letters;
    for (std::size_t k = 0; k < name.ranges.size(); ++k) letters.push_back({"?" + std::to_string(k), name.ranges[k]});
    all.push_back(language::access(name.name, std::move(letters), name.role));
  }
  return all;
}

std::vector<Expr> fitted_terms(const Expr& term, const std::vector<Index>& indices) {
  const std::vector<Index> letters = free_letters(term);
  if (all_stand_in(letters, indices)) return {term};
  std::vector<std::string> ranges;
  for (const Index& letter : letters) ranges.push_back(letter.range);
  std::vector<Expr> fitted;
  for (const auto& placed : placements(ranges, indices)) fitted.push_back(with_letters(term, letters, placed));
  return fitted;
}

}  // namespace chalktape::claims
