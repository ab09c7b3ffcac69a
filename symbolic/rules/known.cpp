#include "symbolic/rules/known.hpp"

namespace chalktape::rules {

using notation::as_index;
using notation::Formula;
using present::Sentence;

std::optional<ScaledSum> as_scaled_sum(const ex& value) {
  ScaledSum result{1, 0};
  bool found = false;
  for (const ex& factor : notation::factors(value)) {
    if (notation::is_sum(factor)) {
      if (found) return std::nullopt;
      result.sum = factor;
      found = true;
    } else {
      if (notation::traits(factor).has_sum) return std::nullopt;
      result.coefficient *= factor;
    }
  }
  return found ? std::optional(result) : std::nullopt;
}

std::optional<Rewrite> at_indices(const Formula& formula, const ex& node,
                                  const std::function<std::optional<Rewrite>(const exvector&)>& attempt) {
  const exvector available = notation::free_indices(node);
  exvector chosen;
  const std::function<std::optional<Rewrite>()> choose = [&]() -> std::optional<Rewrite> {
    if (chosen.size() == formula.indices.size()) return attempt(chosen);
    const std::string& range = as_index(formula.indices[chosen.size()]).range();
    for (const ex& i : available) {
      if (as_index(i).range() != range) continue;
      chosen.push_back(i);
      if (auto rewrite = choose()) return rewrite;
      chosen.pop_back();
    }
    return std::nullopt;
  };
  return choose();
}

ex name_at(const Known& known, const exvector& indices, const Context& context) {
  return context.symbols->access(known.formula.name, indices);
}

std::vector<const Known*> candidates(const Context& context, const Target& target) {
  if (target.known != nullptr) return {target.known};
  std::vector<const Known*> all;
  for (const Known& known : context.known) all.push_back(&known);
  return all;
}

Sentence definition_of(const Known& known, const exvector& indices, const Context& context) {
  return {
      "{} = {}",
      {context.tree(name_at(known, indices, context)), context.tree(notation::instantiate(known.formula, indices))}};
}

Sentence by_definition(const Known& known, const exvector& indices, const Context& context) {
  return Sentence().append("by definition ", definition_of(known, indices, context));
}

bool may_hold_the_same_names(const ex& a, const ex& b) {
  return notation::traits(a).names == notation::traits(b).names;
}

std::optional<ScaledSum> settled_sum(const ex& value, const Context& context) {
  if (!notation::traits(value).has_sum) return std::nullopt;
  if (context.memo && context.memo->sum_of(value)) return *context.memo->sum_of(value);
  auto result = as_scaled_sum(value);
  while (result) {
    const auto pulled = rule("pull-out").apply(result->sum, context, {});
    if (!pulled) break;
    result = as_scaled_sum(result->coefficient * pulled->after);
  }
  if (result && !notation::nonzero(result->coefficient)) result.reset();
  if (context.memo) context.memo->sum_of(value) = result;
  return result;
}

}  // namespace chalktape::rules
