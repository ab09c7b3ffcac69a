// Derivatives of a layer's definitions as formulas, for those that a chain rule leaves written down.
#pragma once

#include <string>
#include <vector>

#include "symbolic/language/layer.hpp"
#include "symbolic/notation/formula.hpp"
#include "symbolic/present/tree.hpp"

namespace chalktape::report {

class LocalDerivative {
 public:
  struct Result {
    language::Expr name;   ///< diff(xhat[k,l], x[i,j]; mu), all its indices different
    language::Expr value;  ///< delta[i,k]*delta[j,l]/sqrt(var[l] + eps)
  };

  explicit LocalDerivative(const language::Layer& layer);

  /// Whether the node is the derivative of a definition by a name of the layer.
  [[nodiscard]] bool knows(const language::Expression& derivative) const;
  /// The derivative worked out one level deep, its deltas contracted as far as their sums allow: what it asks of
  /// definitions that are not held fixed stays a derivative. Throws std::out_of_range where it is not known.
  [[nodiscard]] Result of(const language::Expression& derivative) const;

 private:
  [[nodiscard]] notation::exvector fresh_indices(const std::string& name, std::vector<std::string>& taken,
                                                 const std::vector<language::Index>& preferred) const;

  present::Naming naming_;
  notation::LayerFormulas formulas_;
};

}  // namespace chalktape::report
