// A definition, solved for a part of its formula.
#include <algorithm>
#include <array>
#include <functional>

#include "symbolic/rules/known.hpp"
#include "symbolic/rules/rule.hpp"

namespace chalktape::rules {

using GiNaC::ex_to;
using GiNaC::numeric;
using notation::Access;
using notation::Formula;
using notation::is;
using notation::Reduce;
using present::Sentence;

namespace {

/// The one part of a formula, outside its sums, that `part` names: an access of that name, or a call of that function.
std::optional<ex> part_of(const ex& value, const std::string& part) {
  std::optional<ex> found;
  bool unique = true;
  const std::function<void(const ex&)> walk = [&](const ex& e) {
    if (is<Reduce>(e)) return;
    const bool match = (is<Access>(e) && ex_to<Access>(e).name() == part) || notation::is_call(e, part);
    if (match) {
      unique = unique && (!found || found->is_equal(e));
      found = e;
      return;
    }
    for (const ex& operand : notation::operands(e)) walk(operand);
  };
  walk(value);
  return unique ? found : std::nullopt;
}

/// Whether a function is called outside sums. It may come to a number too small to divide by, even where it is never 0.
bool calls_function(const ex& e) {
  if (is<Reduce>(e) || is<Access>(e) || e.nops() == 0) return false;
  if (is<notation::Call>(e)) return true;
  const exvector& parts = notation::operands(e);
  return std::any_of(parts.begin(), parts.end(), calls_function);
}

/// value = name, solved for `unknown` where value is a·unknown + b or 1/(a·unknown + b), b free of sums and a never 0,
/// nor nearly.
std::optional<ex> solve_for(const ex& value, const ex& name, const GiNaC::symbol& unknown) {
  if (is<GiNaC::power>(value) && value.op(1).is_equal(-1)) return solve_for(value.op(0), 1 / name, unknown);
  // To GiNaC a reduction or a function is a constant: one that mentions the unknown would be differentiated wrongly.
  const auto hides_unknown = [&](const ex& x) {
    return (is<Reduce>(x) || is<notation::Call>(x)) && notation::depends_on(x, unknown);
  };
  if (notation::contains(value, hides_unknown)) return std::nullopt;
  const ex slope = value.diff(unknown);
  if (notation::depends_on(slope, unknown) || !notation::nonzero(slope)) return std::nullopt;
  // p = e/(s + exp(v)), solved for e, divides by nothing.
  const bool is_reciprocal = is<GiNaC::power>(slope) && notation::is_negative(slope.op(1));
  if (calls_function(slope) && !is_reciprocal) return std::nullopt;
  const ex offset = value.subs(unknown == 0, GiNaC::subs_options::no_pattern);  // linear: no pole to meet at 0
  if (notation::traits(offset).has_sum) return std::nullopt;
  return name / slope - offset / slope;
}

/// What is computed as a difference of others, x = h + m, may have no correct digit left. (With a number, as in exp(−x)
/// = 1/y − 1, only what is small beside the number is lost. With a sum as a factor, e = p·(a + b), nothing is that p =
/// e/(a + b) has not lost as well.)
bool is_difference(const ex& e) {
  const exvector terms = notation::terms(e);
  return std::count_if(terms.begin(), terms.end(), [](const ex& term) { return !is<numeric>(term); }) > 1;
}

/// The known formula at `at`, solved for `part`.
std::optional<ex> solved(const Known& known, const exvector& at, const ex& part, const Context& context) {
  const GiNaC::symbol unknown;
  const ex value = notation::instantiate(known.formula, at).subs(part == unknown, GiNaC::subs_options::no_pattern);
  return solve_for(value, name_at(known, at, context), unknown);
}

/// Where the solution is a difference: in a sum of terms that it makes shorter, x − m = h. What is a difference there
/// has been one before.
std::optional<ex> solved_in_sum(const ex& sum, const ex& part, const ex& solution) {
  ex after = 0;
  for (const ex& term : notation::operands(sum)) {
    const exvector factors = notation::factors(term);
    const bool linear = std::any_of(factors.begin(), factors.end(), [&](const ex& f) { return f.is_equal(part); });
    if (linear) {
      for (const ex& t : notation::terms(solution)) after += term / part * t;
    } else {
      after += term;
    }
  }
  if (notation::depends_on(after, part) || notation::terms(after).size() >= sum.nops()) return std::nullopt;
  return after;
}

std::optional<Rewrite> solve(const ex& node, const Context& context, const Target& target) {
  if (target.known == nullptr) return std::nullopt;
  const Formula& formula = target.known->formula;
  const auto part = part_of(formula.value, target.part);
  // The name must have just the part's indices: otherwise it does not determine the part.
  if (!part || notation::free_indices(*part).size() != formula.indices.size()) return std::nullopt;
  const Formula pattern{formula.name, formula.indices, *part};
  const auto attempt = [&](const ex& found) {
    return at_indices(pattern, found, [&](const exvector& at) -> std::optional<Rewrite> {
      if (!notation::instantiate(pattern, at).is_equal(found)) return std::nullopt;
      auto after = solved(*target.known, at, found, context);
      if (!after) return std::nullopt;
      if (found.is_equal(node) == is_difference(*after)) return std::nullopt;
      if (!found.is_equal(node)) after = solved_in_sum(node, found, *after);
      if (!after) return std::nullopt;
      return Rewrite{*after,
                     definition_of(*target.known, at, context)
                         .append(", solved for ", Sentence("{}; the divisor cannot be 0", {context.tree(found)}))};
    });
  };
  const auto is_called = [&](const ex& e) {
    return (is<Access>(e) && ex_to<Access>(e).name() == target.part) || notation::is_call(e, target.part);
  };
  if (is_called(node)) return attempt(node);
  if (!is<GiNaC::add>(node)) return std::nullopt;
  for (const ex& term : notation::terms(node)) {
    for (const ex& factor : notation::factors(term)) {
      if (!is_called(factor)) continue;
      if (auto rewrite = attempt(factor)) return rewrite;
    }
  }
  return std::nullopt;
}

constexpr std::array<Rule, 1> all_solving_rules{{
    {"solve",
     "t = (n - b)/a where n = a t + b",
     "a cannot be 0 for any input; n has exactly t's indices",
     "t is gone",
     {"A[i,j] - mu[j]", "xhat[i,j]/istd[j]", "xhat", "A"},
     {"w[i]*g[j]", "w[i]*g[j]", "scaled", "A"},
     solve},
}};

}  // namespace

std::span<const Rule> solving_rules() { return all_solving_rules; }

}  // namespace chalktape::rules
