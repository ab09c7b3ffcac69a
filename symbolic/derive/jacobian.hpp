// Derivatives of the layer's names, in the order of their definitions: forward mode on formulas.
#pragma once

#include <string>
#include <vector>

#include "symbolic/derive/workspace.hpp"

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
  /// Derives ∂e/∂x, where the derivatives of the names in e have been derived.
  Gradient derive(const ex& e, const exvector& indices);

 private:
  [[nodiscard]] Path worked_out(const ex& left, const exvector& free);

  Workspace& workspace_;
  std::string by_;
  exvector at_;
  std::vector<std::string> held_;
};

}  // namespace chalktape::derive
