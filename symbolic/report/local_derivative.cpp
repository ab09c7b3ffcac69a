#include "symbolic/report/local_derivative.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "symbolic/derive/path.hpp"
#include "symbolic/derive/roots.hpp"
#include "symbolic/rules/apply.hpp"

namespace chalktape::report {

using language::Expression;
using language::Index;
using language::Kind;
using notation::ex;
using notation::exvector;

LocalDerivative::LocalDerivative(const language::Layer& layer)
    : naming_(layer), formulas_(notation::formulas_of(layer)) {
  context_.symbols = &formulas_.symbols;
  context_.naming = &naming_;
  context_.definitions = formulas_.definitions;
  context_.facts = formulas_.facts;
  derive::name_roots(layer, formulas_, context_);
}

bool LocalDerivative::knows(const Expression& derivative) const {
  const Expression& of = *derivative.operands[0];
  const bool defined = std::any_of(formulas_.definitions.begin(), formulas_.definitions.end(),
                                   [&](const notation::Formula& f) { return f.name == of.name; });
  return of.kind == Kind::access && defined && formulas_.symbols.find(derivative.operands[1]->name) != nullptr;
}

/// The preferred letters as far as they are not taken.
exvector LocalDerivative::fresh_indices(const std::string& name, std::vector<std::string>& taken,
                                        const std::vector<Index>& preferred) const {
  exvector indices;
  const auto& ranges = formulas_.symbols.find(name)->ranges;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const bool usable = std::find(taken.begin(), taken.end(), preferred.at(i).name) == taken.end();
    taken.push_back(usable ? preferred[i].name : naming_.bound_index(ranges[i], taken));
    indices.push_back(notation::index(taken.back(), ranges[i]));
  }
  return indices;
}

LocalDerivative::Result LocalDerivative::of(const Expression& derivative) {
  const Expression& of = *derivative.operands[0];
  const Expression& by = *derivative.operands[1];
  if (!knows(derivative)) throw std::out_of_range("no definition of " + of.name);
  std::vector<std::string> taken;
  const exvector inputs = fresh_indices(by.name, taken, by.indices);
  const exvector outputs = fresh_indices(of.name, taken, of.indices);
  const ex name = notation::partial(formulas_.symbols.access(of.name, outputs),
                                    formulas_.symbols.access(by.name, inputs), derivative.held);
  context_.scope = taken;
  derive::Path path(name);
  path.apply("differentiate", context_);
  const bool local = !notation::contains(path.current(), notation::is<notation::Partial>);
  while (path.apply("differentiate", context_)) {
  }
  for (const rules::Known& known : context_.known) path.apply("fold-power", context_, {&known, {}});
  const auto tree = [&](const ex& e) { return present::to_tree(e, naming_, taken); };
  // Of a single definition a reader wants to see the sums that come out; of many, what is left of them.
  constexpr std::array<std::string_view, 4> contracting{"delta-power", "contract-delta", "constant-sum", "pull-out"};
  if (local) return {tree(name), tree(rules::exhaust(contracting, path.current(), context_))};
  derive::settle(path, context_);
  return {tree(name), tree(path.current())};
}

}  // namespace chalktape::report
