// Products taken apart and sums put in order, before they become trees.
#pragma once

#include "symbolic/notation/algebra.hpp"

namespace chalktape::present {

/// A product taken apart: coefficient · √root_above · numerator / (√root_below · denominator). Under the roots stand
/// positive constants only: numbers, sizes, pi.
struct Quotient {
  GiNaC::numeric coefficient = 1;
  notation::ex root_above = 1, root_below = 1;
  notation::exvector numerator{}, denominator{};
};
Quotient take_apart(const notation::ex& e);

/// Where a factor stands in a product: numbers and scalars first, the biggest things last.
int factor_class(const notation::ex& e);
/// A sum of terms or a reduction, or a power of one: it stands behind the line of a quotient, 2/N*(x - mu).
bool is_compound(const notation::ex& e);

/// The terms of a sum: those with deltas first, then those with most indices, the upstream gradient before other terms
/// of its rank, then the shorter ones; signs and coefficients play no part.
notation::exvector ordered_terms(const notation::ex& sum);

}  // namespace chalktape::present
