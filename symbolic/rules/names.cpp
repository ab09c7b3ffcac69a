// Laws of names: a formula and the name that stands for it.
#include <algorithm>
#include <array>
#include <functional>

#include "symbolic/rules/apply.hpp"
#include "symbolic/rules/cost.hpp"
#include "symbolic/rules/hazards.hpp"
#include "symbolic/rules/known.hpp"
#include "symbolic/rules/terms.hpp"

namespace chalktape::rules {

using GiNaC::ex_to;
using GiNaC::numeric;
using notation::Access;
using notation::Formula;
using notation::is;
using notation::Reduce;
using present::Sentence;

namespace {

std::optional<Rewrite> fold_sum(const ex& node, const Context& context, const Target& target) {
  if (!notation::is_sum(node)) return std::nullopt;
  for (const Known* known : candidates(context, target)) {
    if (target.known == nullptr && !known->free) continue;  // whether such a name pays is for a search to say
    if (!notation::may_hold_names_of(known->formula.value, node)) continue;
    const auto pattern = settled_sum(known->formula.value, context);
    if (!pattern || !may_hold_the_same_names(pattern->sum, node)) continue;
    auto rewrite = at_indices(known->formula, node, [&](const exvector& at) -> std::optional<Rewrite> {
      const Formula sum{known->formula.name, known->formula.indices, pattern->sum};
      if (!notation::instantiate(sum, at).is_equal(node)) return std::nullopt;
      const Formula coefficient{known->formula.name, known->formula.indices, pattern->coefficient};
      // Dividing by what may vanish or overflow: whether that pays is for a search to say.
      if (target.known == nullptr && !divides_safely(pattern->coefficient, context)) return std::nullopt;
      return Rewrite{name_at(*known, at, context) / notation::instantiate(coefficient, at),
                     by_definition(*known, at, context)};
    });
    if (rewrite) return rewrite;
  }
  return std::nullopt;
}

std::optional<Rewrite> fold_name(const ex& node, const Context& context, const Target& target) {
  if (is<Access>(node) || is<numeric>(node) || notation::is_index(node)) return std::nullopt;
  for (const Known* known : candidates(context, target)) {
    if (is<Access>(known->formula.value)) continue;
    if (!may_hold_the_same_names(known->formula.value, node)) continue;
    auto rewrite = at_indices(known->formula, node, [&](const exvector& at) -> std::optional<Rewrite> {
      const ex value = notation::instantiate(known->formula, at);
      const bool same = value.is_equal(node);
      if (!same && !value.is_equal(-node)) return std::nullopt;
      const ex name = name_at(*known, at, context);
      return Rewrite{same ? name : ex(-name), by_definition(*known, at, context)};
    });
    if (rewrite) return rewrite;
  }
  return std::nullopt;
}

std::optional<Rewrite> fold_power(const ex& node, const Context& context, const Target& target) {
  if (!is<GiNaC::power>(node) || !is<numeric>(node.op(1))) return std::nullopt;
  for (const Known* known : candidates(context, target)) {
    const ex& value = known->formula.value;
    if (!is<GiNaC::power>(value) || !is<numeric>(value.op(1))) continue;
    if (!may_hold_the_same_names(value.op(0), node.op(0))) continue;
    // (b^r)^n = b^(rn) for every integer n wherever b^r exists: r is an integer, or b is not negative.
    auto rewrite = at_indices(known->formula, node, [&](const exvector& at) -> std::optional<Rewrite> {
      // At equal indices (a_i a_j)^(-1/2) may have become 1/a_i.
      const ex power = notation::instantiate(known->formula, at);
      if (!is<GiNaC::power>(power) || !power.op(0).is_equal(node.op(0))) return std::nullopt;
      const ex ratio = node.op(1) / power.op(1);
      constexpr int largest = 12;  // the q-th power has q times the rounding error of n
      if (!ratio.info(GiNaC::info_flags::integer) || GiNaC::abs(ratio) > largest) return std::nullopt;
      return Rewrite{GiNaC::pow(name_at(*known, at, context), ratio), by_definition(*known, at, context)};
    });
    if (rewrite) return rewrite;
  }
  return std::nullopt;
}

/// product / divisor where every factor of the divisor stands in the product (sums up to sign); nothing otherwise.
std::optional<ex> divide_out(const ex& product, const ex& divisor) {
  exvector rest = notation::factors(product);
  numeric sign = 1;
  for (const ex& wanted : notation::factors(divisor)) {
    if (is<numeric>(wanted)) {
      if (wanted.is_zero()) return std::nullopt;  // x[i] - x[k] at i = k
      sign = sign / ex_to<numeric>(wanted);
      continue;
    }
    const bool power = is<GiNaC::power>(wanted) && is<numeric>(wanted.op(1));
    const ex base = power ? wanted.op(0) : wanted;
    const numeric exponent = power ? ex_to<numeric>(wanted.op(1)) : numeric(1);
    bool found = false;
    for (ex& factor : rest) {
      const bool factor_power = is<GiNaC::power>(factor) && is<numeric>(factor.op(1));
      const ex factor_base = factor_power ? factor.op(0) : factor;
      const numeric available = factor_power ? ex_to<numeric>(factor.op(1)) : numeric(1);
      const bool same = factor_base.is_equal(base), opposite = factor_base.is_equal(-base);
      if (!same && !(opposite && exponent.is_integer())) continue;
      const bool enough = available.is_negative() == exponent.is_negative() &&
                          GiNaC::abs(available) >= GiNaC::abs(exponent) && (available - exponent).is_integer();
      if (!enough) continue;
      if (opposite && exponent.is_odd()) sign = -sign;
      factor = GiNaC::pow(factor_base, available - exponent);
      found = true;
      break;
    }
    if (!found) return std::nullopt;
  }
  ex result = sign;
  for (const ex& factor : rest) result *= factor;
  return result;
}

/// Where `argument` is that of a name defined as `function` of it: `from` becomes `to` of the name, if that costs less.
std::optional<Rewrite> by_value_of(const char* function, const ex& argument, const ex& from, const char* to,
                                   const char* why, const Context& context, const Target& target) {
  for (const Known* known : candidates(context, target)) {
    const ex& value = known->formula.value;
    if (!notation::is_call(value, function)) continue;
    const Formula inside{known->formula.name, known->formula.indices, value.op(0)};
    if (!may_hold_the_same_names(inside.value, argument)) continue;
    auto rewrite = at_indices(inside, argument, [&](const exvector& at) -> std::optional<Rewrite> {
      if (!notation::instantiate(inside, at).is_equal(argument)) return std::nullopt;
      const ex after = notation::call(to, {name_at(*known, at, context)});
      if (cost(after, context) >= cost(from, context)) return std::nullopt;
      return Rewrite{after, by_definition(*known, at, context).append(why)};
    });
    if (rewrite) return rewrite;
  }
  return std::nullopt;
}

std::optional<Rewrite> inverse_function(const ex& node, const Context& context, const Target& target) {
  if (is<Access>(node) || is<numeric>(node) || notation::is_index(node)) return std::nullopt;
  return by_value_of("log", node, node, "exp", ", and the exponential undoes the logarithm", context, target);
}

std::optional<Rewrite> positive_part(const ex& node, const Context& context, const Target& target) {
  if (!notation::is_call(node, "step")) return std::nullopt;
  return by_value_of("relu", node.op(0), node, "step", ", which is positive where its argument is", context, target);
}

std::optional<Rewrite> fold_product(const ex& node, const Context& context, const Target& target) {
  // A sign makes no product: GiNaC writes -x or x in a difference as its hashes have it.
  ex core = 1;
  for (const ex& factor : notation::factors(node)) core *= is<numeric>(factor) ? ex(1) : factor;
  if (!is<GiNaC::mul>(core) && !is<GiNaC::power>(core)) return std::nullopt;
  for (const Known* known : candidates(context, target)) {
    if (!is<GiNaC::mul>(known->formula.value) || !notation::may_hold_names_of(node, known->formula.value)) continue;
    auto rewrite = at_indices(known->formula, node, [&](const exvector& at) -> std::optional<Rewrite> {
      const ex value = notation::instantiate(known->formula, at);
      const auto rest = divide_out(node, value);
      if (!rest) return std::nullopt;
      return Rewrite{*rest * name_at(*known, at, context), by_definition(*known, at, context)};
    });
    if (rewrite) return rewrite;
  }
  return std::nullopt;
}

std::optional<Rewrite> unfold(const ex& node, const Context& context, const Target& target) {
  if (!is<Access>(node)) return std::nullopt;
  const auto& a = ex_to<Access>(node);
  const Known* known = target.known != nullptr ? target.known : context.find(a.name());
  if (known == nullptr || known->formula.name != a.name()) return std::nullopt;
  const bool gradient = known->kind == Known::Kind::gradient;
  return Rewrite{notation::instantiate(known->formula, a.indices()),
                 Sentence().append(gradient ? "already derived: " : "by definition ",
                                   definition_of(*known, a.indices(), context))};
}

std::optional<Rewrite> use_fact(const ex& node, const Context& context, const Target& /*target*/) {
  if (is<Access>(node) || is<numeric>(node) || notation::is_index(node)) return std::nullopt;
  for (const notation::Fact& fact : context.facts) {
    // What stands on the right has no other index: such a fact would hold at no point that is drawn, and is refused.
    const Formula left{"", notation::free_indices(fact.left), fact.left};
    auto rewrite = at_indices(left, node, [&](const exvector& at) -> std::optional<Rewrite> {
      const ex assumed = notation::instantiate(left, at);
      const bool opposite = assumed.is_equal(-node);
      if (!opposite && !assumed.is_equal(node)) return std::nullopt;
      const ex right = notation::instantiate({"", left.indices, fact.right}, at);
      return Rewrite{opposite ? ex(-right) : right,
                     Sentence("assumed: {} = {}", {context.tree(assumed), context.tree(right)})};
    });
    if (rewrite) return rewrite;
  }
  return std::nullopt;
}

/// Whether for each sum in e there is a known sum or a fact with its names.
bool sums_may_fold(const ex& e, const Context& context) {
  if (!notation::traits(e).has_sum) return true;
  if (notation::is_sum(e) && !notation::traits(ex_to<Reduce>(e).raw_body()).has_sum) {
    const bool by_name = std::any_of(context.known.begin(), context.known.end(), [&](const Known& known) {
      if (!known.free || !notation::may_hold_names_of(known.formula.value, e)) return false;
      const auto pattern = settled_sum(known.formula.value, context);
      return pattern && may_hold_the_same_names(pattern->sum, e);
    });
    return by_name || std::any_of(context.facts.begin(), context.facts.end(), [&](const notation::Fact& fact) {
             return notation::may_hold_names_of(fact.left, e);
           });
  }
  const exvector& parts = notation::operands(e);
  return std::all_of(parts.begin(), parts.end(), [&](const ex& part) { return sums_may_fold(part, context); });
}

std::optional<Rewrite> lemma(const ex& node, const Context& context, const Target& target) {
  if (!notation::is_sum(node)) return std::nullopt;
  const double before = cost(node, context);
  const auto attempt = [&](const ex& start) -> std::optional<Rewrite> {
    const auto split = expanded(start, context);
    if (!split || !sums_may_fold(*split, context)) return std::nullopt;
    ex folded = *split;
    for (const std::string_view name : {"fold-sum", "use-fact"}) {
      if (const auto fold = apply_everywhere(rule(name), folded, context)) folded = fold->after;
    }
    folded = folded.expand();
    if (notation::traits(folded).has_sum || cost(folded, context) >= before) return std::nullopt;
    // Without the minus that a sum's body may give it.
    const ex sign = context.tree(node)->kind == language::Kind::negate ? -1 : 1;
    language::Expr last = context.tree(sign * node);
    Sentence chain("{}", {last});
    for (const ex& next : {start, *split, folded}) {
      const language::Expr tree = context.tree(sign * next);
      if (!language::equal(tree, last)) chain.append(" = ", Sentence("{}", {tree}));
      last = tree;
    }
    return Rewrite{folded, chain};
  };
  if (target.known == nullptr) {
    if (auto rewrite = attempt(node)) return rewrite;
  }
  for (const std::string& name : notation::names(node)) {
    const Known* known = context.find(name);
    if (known == nullptr || (target.known != nullptr && target.known->formula.name != name)) continue;
    const std::function<ex(const ex&)> unfolded = [&](const ex& e) -> ex {
      if (notation::is_attained(e)) return e;  // compares numbers, not formulas
      if (!is<Access>(e)) return notation::map_operands(e, unfolded);
      return ex_to<Access>(e).name() == name ? notation::instantiate(known->formula, ex_to<Access>(e).indices()) : e;
    };
    if (auto rewrite = attempt(unfolded(node))) return rewrite;
  }
  return std::nullopt;
}

constexpr std::array<Rule, 10> all_name_rules{{
    {"fold-sum",
     "Σ_i f_i = n / c where n = c Σ_i f_i",
     "c cannot be 0",
     "one sum fewer",
     {"sum[i](A[i,j])", "N*mu[j]", "mu", ""},
     {"sum[i](A[i,j]^3)", "sum[i](A[i,j]^3)", "mu", ""},
     fold_sum},
    {"fold-name",
     "f = n where n is defined as f",
     "none",
     "one formula becomes a name",
     {"exp(A[i,j])", "e[i,j]", "e", ""},
     {"exp(2*A[i,j])", "exp(2*A[i,j])", "e", ""},
     fold_name},
    {"fold-power",
     "b^q = n^(q/r) where n = b^r",
     "q/r is an integer, at most 12, and n exists",
     "one root fewer",
     {"(var[j] + eps)^(-3/2)", "istd[j]^3", "istd", ""},
     {"(var[j] + eps)^(1/3)", "(var[j] + eps)^(1/3)", "istd", ""},
     fold_power},
    {"fold-product",
     "c f g = c n where n = f g",
     "none",
     "fewer factors",
     {"2*istd[j]*(A[i,j] - mu[j])*g[j]", "2*g[j]*xhat[i,j]", "xhat", ""},
     {"g[j]*(A[i,j] - mu[j])", "g[j]*(A[i,j] - mu[j])", "xhat", ""},
     fold_product},
    {"inverse-function",
     "f = exp(n) where n = log(f)",
     "the result costs less",
     "the cost falls",
     {"v[i]*sum[j](e[i,j])", "v[i]*exp(l[i])", "l", ""},
     {"v[i]*sum[j](A[i,j])", "v[i]*sum[j](A[i,j])", "l", ""},
     inverse_function},
    {"positive-part",
     "step(f) = step(n) where n = relu(f)",
     "the result costs less",
     "the cost falls",
     {"v[i]*step(v[i] + w[i])", "v[i]*step(h[i])", "h", ""},
     {"v[i]*step(v[i] - w[i])", "v[i]*step(v[i] - w[i])", "h", ""},
     positive_part,
     Weight::idea,
     /*holds_in_every_field=*/false},
    {"unfold",
     "n = f where n is defined as f",
     "none",
     "a name becomes the formula of earlier names",
     {"v[i]*mu[j]", "v[i]*sum[k](A[k,j])/N", "mu", ""},
     {"v[i]", "v[i]", "mu", ""},
     unfold,
     Weight::milestone},
    {"use-fact",
     "f = g where `assume f = g`",
     "only after differentiating",
     "f is gone",
     {"g[j]*sum[i](B[i,j])", "g[j]", "", ""},
     {"sum[i](A[i,j])", "sum[i](A[i,j])", "", ""},
     use_fact},
    {"lemma",
     "Σ_i f_i = g, by unfolding one name, splitting the sum and folding",
     "g has no sum and costs less",
     "one sum fewer",
     {"sum[i](A[i,j] - mu[j])", "0", "mu", ""},
     {"sum[i](v[i]*A[i,j])", "sum[i](v[i]*A[i,j])", "mu", ""},
     lemma,
     Weight::milestone},
    {"name-root",
     "b^(p/q) = n^p where n = b^(1/q), a new name; n = b^(-1/q) where p is negative",
     "the root stands in a definition, outside its sums; b depends on the data; the name is free",
     "one root without a name fewer",
     {"v[i]/sqrt(w[i]^2 + eps)", "istd2[i]*v[i]", "", ""},
     {"sum[i](sqrt(w[i]^2 + eps))", "sum[i](sqrt(w[i]^2 + eps))", "", ""},
     nullptr},
}};

}  // namespace

std::span<const Rule> name_rules() { return all_name_rules; }

}  // namespace chalktape::rules
