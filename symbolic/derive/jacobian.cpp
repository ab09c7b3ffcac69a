#include "symbolic/derive/jacobian.hpp"

#include <algorithm>

#include "symbolic/derive/search.hpp"

namespace chalktape::derive {

using notation::is;
using notation::Partial;

namespace {

exvector joined(exvector first, const exvector& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

bool is_derivative(const ex& e) { return is<Partial>(e); }

/// Works all derivatives out that are written down, one law after the other.
void work_out(Path& path, const rules::Context& context) {
  constexpr const char* laws[] = {"known-derivative",     "derivative-of-entry", "derivative-of-name",
                                  "derivative-linearity", "product-rule",        "power-rule",
                                  "function-rule",        "extremum-rule"};
  while (notation::contains(path.current(), is_derivative)) {
    const bool any =
        std::any_of(std::begin(laws), std::end(laws), [&](const char* law) { return path.apply(law, context); });
    if (!any) throw notation::Error("no rule works out " + context.text(path.current()));
  }
}

}  // namespace

Jacobian::Jacobian(Workspace& workspace, std::string by, exvector at, std::vector<std::string> held)
    : workspace_(workspace), by_(std::move(by)), at_(std::move(at)), held_(std::move(held)) {}

ex Jacobian::written(const std::string& name, const exvector& there) const {
  std::vector<std::string> held;
  for (const std::string& other : held_) {
    if (other != name && workspace_.flow().depends(name, other)) held.push_back(other);
  }
  return notation::partial(workspace_.access(name, there), workspace_.access(by_, at_), held);
}

Path Jacobian::worked_out(const ex& left, const exvector& free) {
  workspace_.enter(free);
  Path path(left);
  work_out(path, workspace_.context());
  fold_roots(path, workspace_.context());
  settle(path, workspace_.context());
  return search(path, workspace_.context());
}

Gradient Jacobian::derive(const std::string& name) {
  workspace_.enter(at_);
  const exvector there = workspace_.fresh_indices_of(name);
  const ex left = written(name, there);
  const exvector indices = joined(there, at_);
  const Path path = worked_out(left, indices);
  Gradient derivative = workspace_.shown(left, indices, path);
  derivative.of = by_;
  workspace_.context().derivatives.push_back({name, by_, GiNaC::ex_to<Partial>(left).held(), indices, path.current()});
  return derivative;
}

Gradient Jacobian::derive(const ex& e, const exvector& indices) {
  const ex left = notation::partial(e, workspace_.access(by_, at_), held_);
  const exvector free = joined(indices, at_);
  Gradient derivative = workspace_.shown(left, free, worked_out(left, free));
  derivative.of = by_;
  return derivative;
}

}  // namespace chalktape::derive
