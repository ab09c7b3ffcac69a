// What several families of rules ask of terms.
#pragma once

#include <functional>
#include <optional>

#include "symbolic/rules/memo.hpp"

namespace chalktape::rules {

/// One delta factor of a sum's body that lets an index of the sum go, and what takes its place.
struct Contraction {
  notation::ex delta, gone, stays;
};

/// The first contraction, by key, of a delta with one of the bound indices.
std::optional<Contraction> find_contraction(const notation::ex& body, const notation::exvector& bound);
/// The body without the delta, the index that is gone taken from `bound`.
notation::ex contracted(const notation::ex& body, const Contraction& contraction, notation::exvector& bound);
/// Powers of deltas among the factors of a product become the deltas themselves.
notation::ex without_delta_powers(const notation::ex& product);

/// "i,j".
present::Symbols names_of(const notation::exvector& indices);

/// Whether a delta that is `wanted` is a factor of a term once e is multiplied out: one inside a sum, a root or a
/// function is none.
bool shows_delta(const notation::ex& e, const std::function<bool(const notation::ex&)>& wanted);

/// A sum of terms with what is common to all of them as a factor.
notation::ex with_common_factor_out(const notation::ex& sum);

/// The number of terms that multiplying out makes.
double terms_after(const notation::ex& e);

}  // namespace chalktape::rules
