// Products as lists of factors: where contractions are found, scalars folded, and the cheapest order chosen.
#pragma once

#include <utility>
#include <vector>

#include "symbolic/lower/builder.hpp"

namespace chalktape::lower {

/// coefficient / divisor · Π factors / Π divisors · Π deltas.
struct Product {
  Scalar coefficient;  ///< kept apart from `divisor`, so that x/3 is one correctly rounded division
  Scalar divisor;
  std::vector<Array> factors;
  std::vector<Array> divisors;
  std::vector<std::pair<language::Index, language::Index>> deltas;
};

/// Σ or mean of the product over the indices, as a product without them.
[[nodiscard]] Product summed(Builder& builder, Product product, const Axes& bound, bool mean);

/// Multiplies everything together.
[[nodiscard]] Value finished(Builder& builder, Product product);

}  // namespace chalktape::lower
