// Sums exchanged so that a known one stands inside.
#include <algorithm>
#include <array>
#include <functional>

#include "symbolic/rules/apply.hpp"
#include "symbolic/rules/cost.hpp"
#include "symbolic/rules/known.hpp"
#include "symbolic/rules/terms.hpp"

namespace chalktape::rules {

using GiNaC::ex_to;
using notation::as_index;
using notation::is;
using notation::Reduce;
using present::Sentence;

namespace {

/// A sum with the sums among its factors drawn into one: all bound indices, and all factors.
struct Flat {
  exvector bound, factors;
};

void flatten(const ex& product, const Context& context, Flat& flat) {
  for (const ex& factor : notation::factors(product)) {
    if (!notation::is_sum(factor)) {
      flat.factors.push_back(factor);
      continue;
    }
    // Letters that none of the sums around it has.
    Context inner = context;
    for (const ex& i : flat.bound) inner.scope.push_back(as_index(i).name());
    const notation::Opened opened = inner.open(ex_to<Reduce>(factor));
    flat.bound.insert(flat.bound.end(), opened.indices.begin(), opened.indices.end());
    flatten(opened.body, context, flat);
  }
}

bool contains(const exvector& list, const ex& item) {
  return std::any_of(list.begin(), list.end(), [&](const ex& x) { return x.is_equal(item); });
}

/// Chooses for each of the formal indices one of the available, no two the same where `distinct`, until `attempt`
/// succeeds.
bool choose(const exvector& formal, const exvector& available, bool distinct, exvector& chosen,
            const std::function<bool()>& attempt) {
  if (chosen.size() == formal.size()) return attempt();
  for (const ex& i : available) {
    if (as_index(i).range() != as_index(formal[chosen.size()]).range() || (distinct && contains(chosen, i))) continue;
    chosen.push_back(i);
    if (choose(formal, available, distinct, chosen, attempt)) return true;
    chosen.pop_back();
  }
  return false;
}

/// A known sum at indices that fit: the letters of what it sums over among the bound ones, and what else there is.
struct Fit {
  exvector at, inner, outer;
  ex wanted = 1, rest = 1;  // factors of the known sum, and the others

  [[nodiscard]] ex exchanged() const { return notation::sum(rest * notation::sum(wanted, inner), outer); }
};

/// The rest of the factors, where all of `wanted` are among them (a sign may differ) and no other depends on `inner`.
std::optional<ex> without_factors(const Flat& flat, const exvector& wanted, const exvector& inner) {
  exvector rest = flat.factors;
  ex result = 1;
  for (const ex& factor : wanted) {
    const auto is_it = [&](const ex& f) { return notation::key(f) == notation::key(factor); };
    const auto is_opposite = [&](const ex& f) { return notation::key(f) == notation::key(-factor); };
    auto found = std::find_if(rest.begin(), rest.end(), is_it);
    if (found == rest.end()) {
      found = std::find_if(rest.begin(), rest.end(), is_opposite);
      result = -result;
    }
    if (found == rest.end()) return std::nullopt;
    rest.erase(found);
  }
  for (const ex& factor : rest) {
    if (std::any_of(inner.begin(), inner.end(), [&](const ex& i) { return notation::depends_on(factor, i); })) {
      return std::nullopt;
    }
    result *= factor;
  }
  return result;
}

exvector others(const exvector& all, const exvector& some) {
  exvector result;
  std::copy_if(all.begin(), all.end(), std::back_inserter(result), [&](const ex& i) { return !contains(some, i); });
  return result;
}

std::optional<Fit> fit(const Flat& flat, const ex& node, const notation::Formula& known_sum) {
  exvector available = notation::free_indices(node);
  available.insert(available.end(), flat.bound.begin(), flat.bound.end());
  Fit found;
  const auto choose_inner = [&] {
    const notation::Opened opened =
        notation::open(ex_to<Reduce>(notation::instantiate(known_sum, found.at)), available);
    return choose(opened.indices, others(flat.bound, found.at), true, found.inner, [&] {
      std::vector<std::pair<ex, ex>> letters;
      for (size_t i = 0; i < found.inner.size(); ++i) letters.emplace_back(opened.indices[i], found.inner[i]);
      found.wanted = notation::replace_indices(opened.body, letters);
      const auto rest = without_factors(flat, notation::factors(found.wanted), found.inner);
      if (rest) found.rest = *rest;
      return rest.has_value();
    });
  };
  if (!choose(known_sum.indices, available, false, found.at, choose_inner)) return std::nullopt;
  found.outer = others(flat.bound, found.inner);
  return found;
}

std::optional<Rewrite> exchange_sums(const ex& node, const Context& context, const Target& target) {
  if (!notation::is_sum(node)) return std::nullopt;
  const notation::Opened opened = context.open(ex_to<Reduce>(node));
  if (opened.indices.size() < 2 && !notation::traits(opened.body).has_sum) return std::nullopt;
  Flat flat{opened.indices, {}};
  flatten(opened.body, context, flat);
  if (flat.bound.size() < 2) return std::nullopt;
  for (const Known& known : context.known) {
    if (target.known != nullptr ? target.known != &known : !known.free) continue;
    const auto pattern = settled_sum(known.formula.value, context);
    if (!pattern || !notation::may_hold_names_of(node, pattern->sum)) continue;
    const auto found = fit(flat, node, {known.formula.name, known.formula.indices, pattern->sum});
    if (!found || found->outer.empty()) continue;
    const ex after = found->exchanged();
    if (after.is_equal(node)) continue;
    const ex name = name_at(known, found->at, context);
    if (cost(notation::sum(found->rest * name, found->outer), context) >= cost(node, context)) continue;
    return Rewrite{after, Sentence("the order of the sums does not matter: what is summed over {} first is in {}",
                                   {names_of(found->inner), context.tree(name)})};
  }
  return std::nullopt;
}

constexpr std::array<Rule, 1> all_exchange_rules{{
    {"exchange-sums",
     "Σ_j a_j Σ_i b_ij c_i = Σ_i c_i Σ_j a_j b_ij",
     "the inner sum is one that has a name, and with the name the formula costs less",
     "one sum fewer once the name is folded",
     {"sum[j](g[j]*sum[i](v[i]*A[i,j]))", "sum[i](v[i]*sum[j](A[i,j]*g[j]))", "r", ""},
     {"sum[i](v[i]*sum[j](B[i,j]*g[j]))", "sum[i](v[i]*sum[j](B[i,j]*g[j]))", "r", ""},
     exchange_sums},
}};

}  // namespace

std::span<const Rule> exchange_rules() { return all_exchange_rules; }

}  // namespace chalktape::rules
