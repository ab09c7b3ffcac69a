// Derivatives of the layer's names, in the order of their definitions: forward mode on formulas.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "symbolic/derive/search.hpp"
#include "symbolic/derive/workspace.hpp"
#include "symbolic/notation/resolve.hpp"

namespace chalktape::derive {

/// Derivatives by one name, x, with some names held fixed.
class Jacobian {
 public:
  /// `at`: the indices of x in every derivative; `held`: definitions that do not vary with it.
  Jacobian(Workspace& workspace, std::string by, exvector at, std::vector<std::string> held);

  /// ∂name/∂x at `there`, written down.
  [[nodiscard]] ex written(const std::string& name, const exvector& there) const;
  /// Derives ∂name/∂x; those of the names that its definition mentions must have been derived. From then on the rule
  /// known-derivative knows it.
  Gradient derive(const std::string& name);
  /// Derives ∂e/∂x as it is written, with these free indices; the derivatives of the names in e must have been derived.
  Gradient derive(const ex& written, const exvector& free);

 private:
  [[nodiscard]] Path worked_out(const ex& left, const exvector& free, Effort effort);

  Workspace& workspace_;
  std::string by_;
  exvector at_;
  std::vector<std::string> held_;
};

/// Each of the derivatives `diff(e, x[i,j]; held)`: see derive_jacobians. `progress` is told the part that is done.
Derivation jacobians(Workspace& workspace, const std::vector<notation::FreeExpression>& derivatives,
                     const std::function<void(double)>& progress);

}  // namespace chalktape::derive
