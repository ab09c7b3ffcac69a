// Sums that the language cannot write.
#pragma once

#include "symbolic/notation/algebra.hpp"

namespace chalktape::present {

/// e with N·c for each Σ_i c whose body does not mention i: in the language an index's range follows from its use, so
/// sum[i](c) has no meaning there; nor has sum[i,k](c*delta[i,k]), which is N·c as well. O(size) where there is none.
notation::ex without_constant_sums(const notation::ex& e);

}  // namespace chalktape::present
