// What rewriting a program's formulas takes: substitution without capture, factors, small folds.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symbolic/language/layer.hpp"
#include "symbolic/lower/lower.hpp"

namespace chalktape::emit {

/// The free indices, each once, in order of first appearance. Those of an access under the reduction that binds them
/// are left out.
[[nodiscard]] std::vector<language::Index> free_indices(const language::Expr& e);

/// e with other indices for some free ones. A bound index that would capture one of them gets primes of its own: a
/// letter and a number.
[[nodiscard]] language::Expr with_indices(const language::Expr& e, const std::map<std::string, language::Index>& to);

/// The reduction e with other letters for bound indices that have one of these names.
[[nodiscard]] language::Expr with_bound_apart(const language::Expr& e, const std::vector<language::Index>& names);

/// A definition's formula at these indices, one for each of its own.
[[nodiscard]] language::Expr instantiated(const language::Definition& definition,
                                          const std::vector<language::Index>& at);

/// e with functions written out: `definition_of` gives a function's formula in x, or null where a call stays a call.
[[nodiscard]] language::Expr with_functions_written_out(
    const language::Expr& e, const std::function<language::Expr(const std::string&)>& definition_of);
/// The definition of a function that has one, and that no target's library has; else null.
[[nodiscard]] language::Expr definition_to_emit(const std::string& function);

[[nodiscard]] bool is_call(const language::Expr& e, std::string_view function);
[[nodiscard]] language::Expr add(const language::Expr& a, const language::Expr& b);
/// exp(a), 1 where a is 0.
[[nodiscard]] language::Expr exponential(const language::Expr& a);

using lower::written_number;

/// −e, without two signs.
[[nodiscard]] language::Expr negated(const language::Expr& e);
/// a − b, without what is zero.
[[nodiscard]] language::Expr difference(const language::Expr& a, const language::Expr& b);

/// ±Π above / Π below.
struct Factors {
  bool negative = false;
  std::vector<language::Expr> above, below;
};
enum class Powers {
  kept,
  repeated,  ///< those with whole exponents up to 4 as repeated factors
};
[[nodiscard]] Factors factors_of(const language::Expr& e, Powers powers = Powers::kept);
[[nodiscard]] language::Expr product_of(const Factors& factors);
/// Without the factor above the bar at that place.
[[nodiscard]] Factors without_factor(Factors factors, std::size_t above);

/// ±value, a term of a sum.
struct Term {
  bool negative = false;
  language::Expr value;
};
[[nodiscard]] std::vector<Term> terms_of(const language::Expr& e);
/// Their sum as it stands; 0 where there are none.
[[nodiscard]] language::Expr sum_of(const std::vector<Term>& terms);
/// Without terms that are equal but for their sign.
[[nodiscard]] std::vector<Term> without_cancelling(std::vector<Term> terms);

/// e without its `stop`s, which are nothing but values here.
[[nodiscard]] language::Expr without_stops(const language::Expr& e);

}  // namespace chalktape::emit
