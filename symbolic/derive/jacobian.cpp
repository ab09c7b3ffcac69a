#include "symbolic/derive/jacobian.hpp"

#include <algorithm>
#include <set>

#include "symbolic/derive/search.hpp"
#include "symbolic/rules/calculus.hpp"

namespace chalktape::derive {

using notation::is;
using notation::Partial;

namespace {

exvector joined(exvector first, const exvector& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

bool is_derivative(const ex& e) { return is<Partial>(e); }

/// Works all derivatives out that are written down, one law after the other; those of names come last, whole. Only what
/// is being derived, and what an extremum runs over, is a name without a derivative of its own.
void work_out(Path& path, const rules::Context& context) {
  constexpr const char* laws[] = {"derivative-of-entry", "derivative-linearity", "product-rule",
                                  "power-rule",          "function-rule",        "extremum-rule",
                                  "known-derivative",    "derivative-of-name"};
  while (notation::contains(path.current(), is_derivative)) {
    const bool any =
        std::any_of(std::begin(laws), std::end(laws), [&](const char* law) { return path.apply(law, context); });
    if (!any) throw notation::Error("no rule works out " + context.text(path.current()));
  }
}

/// The definitions between x and what e mentions, in order: their derivatives are needed for ∂e/∂x.
std::vector<std::string> between(const ex& e, const std::string& x, const std::vector<std::string>& held,
                                 const Workspace& workspace) {
  const auto& definitions = workspace.formulas().definitions;
  const auto is_held = [&](const std::string& name) { return std::find(held.begin(), held.end(), name) != held.end(); };
  std::set<std::string> wanted = notation::names(e);
  std::vector<std::string> found;
  for (auto definition = definitions.rbegin(); definition != definitions.rend(); ++definition) {
    const std::string& name = definition->name;
    if (!wanted.contains(name) || name == x || is_held(name) || workspace.layer().find_definition(name) == nullptr ||
        !rules::varies(definition->value, x, held, workspace.context()))
      continue;
    wanted.merge(notation::names(definition->value));
    found.push_back(name);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace

Jacobian::Jacobian(Workspace& workspace, std::string by, exvector at, std::vector<std::string> held)
    : workspace_(workspace), by_(std::move(by)), at_(std::move(at)), held_(std::move(held)) {}

ex Jacobian::written(const std::string& name, const exvector& there) const {
  const ex of = workspace_.access(name, there);
  std::vector<std::string> others = held_;
  others.erase(std::remove(others.begin(), others.end(), name), others.end());
  return notation::partial(of, workspace_.access(by_, at_), rules::relevant(others, of, by_, workspace_.context()));
}

Path Jacobian::worked_out(const ex& left, const exvector& free, Effort effort) {
  workspace_.enter(free);
  Path path(left);
  work_out(path, workspace_.context());
  fold_roots(path, workspace_.context());
  settle(path, workspace_.context());
  return search(path, workspace_.context(), effort);
}

Gradient Jacobian::derive(const std::string& name) {
  workspace_.enter(at_);
  const exvector there = workspace_.fresh_indices_of(name);
  const ex left = written(name, there);
  const exvector indices = joined(there, at_);
  const Path path = worked_out(left, indices, Effort::on_the_way);
  Gradient derivative = workspace_.shown(left, indices, path);
  derivative.of = by_;
  workspace_.context().derivatives.push_back({name, by_, GiNaC::ex_to<Partial>(left).held(), indices, path.current()});
  return derivative;
}

Gradient Jacobian::derive(const ex& written, const exvector& free) {
  Gradient derivative = workspace_.shown(written, free, worked_out(written, free, Effort::result));
  derivative.of = by_;
  return derivative;
}

Derivation jacobians(Workspace& workspace, const std::vector<notation::FreeExpression>& derivatives,
                     const std::function<void(double)>& progress) {
  Derivation result = workspace.empty_derivation();
  for (const auto& wanted : derivatives) {
    if (progress) progress(static_cast<double>(result.gradients.size()) / static_cast<double>(derivatives.size()));
    const ex written = notation::to_algebra(wanted.value, workspace.formulas().symbols);
    const ex bare = is<Partial>(written) ? written : ex(-written);  // a sign leaves a derivative
    const auto& partial = GiNaC::ex_to<Partial>(bare);
    const auto& x = GiNaC::ex_to<notation::Access>(partial.with_respect_to());
    const exvector free = notation::to_indices(wanted.indices);
    Jacobian jacobian(workspace, x.name(), x.indices(), partial.held());
    workspace.context().derivatives.clear();
    std::vector<Gradient> before;
    for (const std::string& name : between(partial.of(), x.name(), partial.held(), workspace)) {
      const bool itself =
          is<notation::Access>(partial.of()) && GiNaC::ex_to<notation::Access>(partial.of()).name() == name;
      if (!itself) before.push_back(jacobian.derive(name));
    }
    Gradient derivative = jacobian.derive(written, free);
    derivative.of_tensor = true;
    derivative.left = wanted.value;
    if (!derivative.steps.empty()) derivative.steps.front().before = wanted.value;
    derivative.derivatives = std::move(before);
    result.gradients.push_back(std::move(derivative));
  }
  return result;
}

}  // namespace chalktape::derive
