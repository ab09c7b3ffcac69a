#include "symbolic/report/local_derivative.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "symbolic/rules/apply.hpp"
#include "symbolic/rules/calculus.hpp"

namespace chalktape::report {

using language::Expression;
using language::Index;
using language::Kind;
using notation::ex;
using notation::exvector;

LocalDerivative::LocalDerivative(const language::Layer& layer)
    : naming_(layer), formulas_(notation::formulas_of(layer)) {}

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

LocalDerivative::Result LocalDerivative::of(const Expression& derivative) const {
  const Expression& of = *derivative.operands[0];
  const Expression& by = *derivative.operands[1];
  const auto definition = std::find_if(formulas_.definitions.begin(), formulas_.definitions.end(),
                                       [&](const notation::Formula& f) { return f.name == of.name; });
  if (definition == formulas_.definitions.end()) throw std::out_of_range("no definition of " + of.name);
  std::vector<std::string> taken;
  const exvector inputs = fresh_indices(by.name, taken, by.indices);
  const exvector outputs = fresh_indices(of.name, taken, of.indices);
  const ex wrt = formulas_.symbols.access(by.name, inputs);
  const ex name = notation::partial(formulas_.symbols.access(of.name, outputs), wrt, derivative.held);

  rules::Context context;
  context.symbols = &formulas_.symbols;
  context.naming = &naming_;
  context.definitions = formulas_.definitions;
  context.facts = formulas_.facts;
  context.scope = taken;
  constexpr std::array<std::string_view, 4> settling{"delta-power", "contract-delta", "constant-sum", "pull-out"};
  const ex value = rules::exhaust(settling,
                                  rules::differentiate(notation::instantiate(*definition, outputs),
                                                       GiNaC::ex_to<notation::Access>(wrt), derivative.held),
                                  context);
  return {present::to_tree(name, naming_, taken), present::to_tree(value, naming_, taken)};
}

}  // namespace chalktape::report
