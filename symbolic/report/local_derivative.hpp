// Derivatives of a layer's definitions as formulas, for those that a chain rule leaves written down.
#pragma once

#include <string>
#include <vector>

#include "symbolic/language/layer.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/present/tree.hpp"
#include "symbolic/rules/rule.hpp"

namespace chalktape::report {

class LocalDerivative {
 public:
  struct Result {
    language::Expr name;   ///< diff(xhat[k,l], x[i,j]; mu), all its indices different
    language::Expr value;  ///< delta[i,k]*delta[j,l]/sqrt(var[l] + eps)
  };

  explicit LocalDerivative(const language::Layer& layer);
  LocalDerivative(const LocalDerivative&) = delete;  // the context refers to this object's parts
  LocalDerivative& operator=(const LocalDerivative&) = delete;
  LocalDerivative(LocalDerivative&&) = delete;
  LocalDerivative& operator=(LocalDerivative&&) = delete;
  ~LocalDerivative() = default;

  /// Whether the node is the derivative of a definition by a name of the layer.
  [[nodiscard]] bool knows(const language::Expression& derivative) const;
  /// The derivative worked out, through all definitions that are not held fixed. If that is one only, its deltas are
  /// contracted; else the formula is brought to rest. Throws std::out_of_range where it is not known.
  [[nodiscard]] Result of(const language::Expression& derivative);

 private:
  [[nodiscard]] notation::exvector fresh_indices(const std::string& name, std::vector<std::string>& taken,
                                                 const std::vector<language::Index>& preferred) const;

  present::Naming naming_;
  notation::LayerFormulas formulas_;
  rules::Context context_;
};

}  // namespace chalktape::report
