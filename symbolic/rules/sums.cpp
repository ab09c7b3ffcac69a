// Laws of sums and Kronecker deltas.
#include <algorithm>
#include <array>

#include "symbolic/rules/known.hpp"
#include "symbolic/rules/rule.hpp"
#include "symbolic/rules/terms.hpp"

namespace chalktape::rules {

using GiNaC::ex_to;
using GiNaC::numeric;
using notation::as_index;
using notation::Delta;
using notation::depends_on;
using notation::is;
using notation::Opened;
using notation::Reduce;
using present::Sentence;

namespace {

bool depends_on_any(const ex& e, const exvector& indices) {
  return std::any_of(indices.begin(), indices.end(), [&](const ex& i) { return depends_on(e, i); });
}

exvector without(const exvector& indices, const ex& removed) {
  exvector rest;
  for (const ex& i : indices) {
    if (!i.is_equal(removed)) rest.push_back(i);
  }
  return rest;
}

std::optional<Rewrite> linearity(const ex& node, const Context& context, const Target& /*target*/) {
  if (!notation::is_sum(node)) return std::nullopt;
  const Opened opened = context.open(ex_to<Reduce>(node));
  if (!is<GiNaC::add>(opened.body)) return std::nullopt;
  ex after = 0;
  for (const ex& term : opened.body) after += notation::sum(term, opened.indices);
  return Rewrite{after,
                 Sentence("a sum over {} of several terms is the sum of their sums", {names_of(opened.indices)})};
}

/// A term that is a number times a sum, the sum opened; nothing for other terms.
struct ScaledOpened {
  ex coefficient;
  Opened sum;

  static std::optional<ScaledOpened> of(const ex& term, const Context& context) {
    const auto scaled = as_scaled_sum(term);
    if (!scaled || !is<numeric>(scaled->coefficient)) return std::nullopt;
    return ScaledOpened{scaled->coefficient, context.open(ex_to<Reduce>(scaled->sum))};
  }
  [[nodiscard]] bool has_ranges_of(const ScaledOpened& other) const {
    const auto same = [](const ex& i, const ex& k) { return as_index(i).range() == as_index(k).range(); };
    return std::ranges::equal(sum.indices, other.sum.indices, same);
  }
  [[nodiscard]] ex body_at(const exvector& indices) const {
    std::vector<std::pair<ex, ex>> renamed;
    for (size_t i = 0; i < indices.size(); ++i) renamed.emplace_back(sum.indices[i], indices[i]);
    return coefficient * notation::replace_indices(sum.body, renamed);
  }
};

/// The most indices that one factor of a product has: below that of the whole product in a contraction.
size_t largest_rank(const ex& product) {
  size_t rank = 0;
  for (const ex& factor : notation::factors(product)) rank = std::max(rank, notation::free_indices(factor).size());
  return rank;
}

std::optional<Rewrite> join_sums(const ex& node, const Context& context, const Target& /*target*/) {
  if (!is<GiNaC::add>(node)) return std::nullopt;
  std::vector<ScaledOpened> sums;
  ex rest = 0;
  for (const ex& term : notation::terms(node)) {
    auto sum = ScaledOpened::of(term, context);
    if (sum && (sums.empty() || sum->has_ranges_of(sums.front()))) {
      sums.push_back(std::move(*sum));
    } else {
      rest += term;
    }
  }
  if (sums.size() < 2) return std::nullopt;
  const exvector& indices = sums.front().sum.indices;
  ex body = 0;
  size_t rank = 0;
  for (const ScaledOpened& sum : sums) {
    body += sum.body_at(indices);
    rank = std::max(rank, largest_rank(sum.sum.body));
  }
  if (largest_rank(with_common_factor_out(body)) > rank) return std::nullopt;
  return Rewrite{rest + notation::sum(body, indices), Sentence("{} sums over {} are one sum of several terms",
                                                               {std::to_string(sums.size()), names_of(indices)})};
}

std::optional<Rewrite> constant_sum(const ex& node, const Context& context, const Target& /*target*/) {
  if (!notation::is_sum(node)) return std::nullopt;
  const Opened opened = context.open(ex_to<Reduce>(node));
  ex after = opened.body, times = 1;
  exvector kept, dropped;
  for (const ex& i : opened.indices) (depends_on(opened.body, i) ? kept : dropped).push_back(i);
  if (dropped.empty()) return std::nullopt;
  for (const ex& i : dropped) times *= notation::size(as_index(i).range());
  after = times * notation::sum(opened.body, kept);
  return Rewrite{after,
                 Sentence("{} does not depend on {}, so its sum over {} is {} times it",
                          {context.bare_tree(opened.body), names_of(dropped), names_of(dropped), context.tree(times)})};
}

std::optional<Rewrite> pull_out(const ex& node, const Context& context, const Target& /*target*/) {
  if (!notation::is_sum(node)) return std::nullopt;
  const Opened opened = context.open(ex_to<Reduce>(node));
  ex outside = 1, inside = 1;
  for (const ex& factor : notation::factors(opened.body)) {
    (depends_on_any(factor, opened.indices) ? inside : outside) *= factor;
  }
  // A product's signs are spread over its factors as GiNaC's hashes have it: what stays inside takes its sign by key.
  if (!is<GiNaC::add>(opened.body) && notation::is_negative(inside)) {
    outside = -outside;
    inside = -inside;
  }
  if (outside.is_equal(1) || inside.is_equal(1)) return std::nullopt;
  const Sentence why = is<numeric>(outside) ? Sentence("the number {} leaves the sum", {context.tree(outside)})
                                            : Sentence("{} does not depend on {}, so it leaves the sum",
                                                       {context.bare_tree(outside), names_of(opened.indices)});
  return Rewrite{outside * notation::sum(inside, opened.indices), why};
}

std::optional<Rewrite> contract_delta(const ex& node, const Context& context, const Target& /*target*/) {
  if (!notation::is_sum(node)) return std::nullopt;
  Opened opened = context.open(ex_to<Reduce>(node));
  Sentence why;
  while (const auto found = find_contraction(opened.body, opened.indices)) {
    why.append(why.empty() ? "" : " and ",
               Sentence("{} is 1 only where {} = {}",
                        {context.tree(found->delta), names_of({found->gone}), names_of({found->stays})}));
    opened.body = contracted(opened.body, *found, opened.indices);
  }
  if (why.empty()) return std::nullopt;
  return Rewrite{notation::sum(opened.body, opened.indices), why.append(", so only that part of the sum is left")};
}

std::optional<Rewrite> delta_power(const ex& node, const Context& context, const Target& /*target*/) {
  if (!is<GiNaC::power>(node) || !is<Delta>(node.op(0)) || !node.op(1).info(GiNaC::info_flags::posint)) {
    return std::nullopt;
  }
  return Rewrite{node.op(0), Sentence("{} is 0 or 1, so its powers are itself", {context.tree(node.op(0))})};
}

std::optional<Rewrite> factor_sum(const ex& node, const Context& context, const Target& /*target*/) {
  if (!notation::is_sum(node)) return std::nullopt;
  const Opened opened = context.open(ex_to<Reduce>(node));
  if (opened.indices.size() < 2) return std::nullopt;
  const exvector factors = notation::factors(opened.body);
  // The first index's group: the indices that factors tie to it, directly or through others.
  exvector group{opened.indices.front()};
  for (bool grown = true; grown;) {
    grown = false;
    for (const ex& factor : factors) {
      if (!depends_on_any(factor, group)) continue;
      for (const ex& i : opened.indices) {
        const bool known = std::any_of(group.begin(), group.end(), [&](const ex& g) { return g.is_equal(i); });
        if (!known && depends_on(factor, i)) {
          group.push_back(i);
          grown = true;
        }
      }
    }
  }
  if (group.size() == opened.indices.size()) return std::nullopt;
  exvector others = opened.indices;
  for (const ex& i : group) others = without(others, i);
  ex mine = 1, theirs = 1, sign = 1;  // the signs by key, as in pull-out
  for (const ex& factor : factors) (depends_on_any(factor, group) ? mine : theirs) *= factor;
  for (ex* part : {&mine, &theirs}) {
    if (notation::is_negative(*part)) {
      *part = -*part;
      sign = -sign;
    }
  }
  return Rewrite{sign * notation::sum(mine, group) * notation::sum(theirs, others),
                 Sentence("no factor depends on both {} and {}, so the double sum is a product of sums",
                          {names_of(group), names_of(others)})};
}

constexpr std::array<Rule, 7> all_sum_rules{{
    {"linearity",
     "Σ_i (a_i + b_i) = Σ_i a_i + Σ_i b_i",
     "none",
     "one sum of a sum fewer",
     {"sum[i](v[i] + w[i])", "sum[i](v[i]) + sum[i](w[i])", "", ""},
     {"sum[i](v[i]*w[i])", "sum[i](v[i]*w[i])", "", ""},
     linearity,
     Weight::bookkeeping},
    {"join-sums",
     "Σ_i a_i + Σ_k b_k = Σ_i (a_i + b_i)",
     "i and k run over the same range; a number may stand before a sum, nothing else; contractions stay contractions: "
     "Σ_k a_ik b_jk - Σ_k a_ik c_ik are left, for a_ik (b_jk - c_ik) is computed at every i, j and k",
     "fewer sums; linearity, its inverse, is tried apart from it",
     {"sum[i](v[i]*w[i]) - 2*sum[k](v[k]^2)", "sum[i](v[i]*w[i] - 2*v[i]^2)", "", ""},
     {"sum[i](v[i]) + sum[j](g[j])", "sum[i](v[i]) + sum[j](g[j])", "", ""},
     join_sums,
     Weight::bookkeeping},
    {"constant-sum",
     "Σ_i c = N c",
     "c does not depend on i",
     "one bound index fewer",
     {"sum[i](g[j]*mu[j] + 0*A[i,j])", "N*g[j]*mu[j]", "", ""},
     {"sum[i](v[i])", "sum[i](v[i])", "", ""},
     constant_sum,
     Weight::bookkeeping},
    {"pull-out",
     "Σ_i c f_i = c Σ_i f_i",
     "c does not depend on any bound index",
     "one factor fewer under the sum",
     {"sum[i](g[j]*A[i,j])", "g[j]*sum[i](A[i,j])", "", ""},
     {"sum[i](v[i]*A[i,j])", "sum[i](v[i]*A[i,j])", "", ""},
     pull_out,
     Weight::bookkeeping},
    {"contract-delta",
     "Σ_k δ_ik f_k = f_i",
     "k is bound by this sum; both indices run over the same range",
     "one delta and one bound index fewer",
     {"sum[k](delta[i,k]*v[k])", "v[i]", "", ""},
     {"sum[k](delta[i,p]*v[k]*v[i])", "sum[k](delta[i,p]*v[k]*v[i])", "", ""},
     contract_delta,
     Weight::bookkeeping},
    {"delta-power",
     "δ_ik^n = δ_ik",
     "n is a positive integer",
     "one power fewer",
     {"delta[i,k]^2", "delta[i,k]", "", ""},
     {"v[i]^2", "v[i]^2", "", ""},
     delta_power,
     Weight::bookkeeping},
    {"factor-sum",
     "Σ_ij a_i b_j = (Σ_i a_i) (Σ_j b_j)",
     "no factor ties the two groups of indices together",
     "fewer indices bound by one sum",
     {"sum[i,j](v[i]*g[j])", "sum[i](v[i])*sum[j](g[j])", "", ""},
     {"sum[i,j](v[i]*A[i,j])", "sum[i,j](v[i]*A[i,j])", "", ""},
     factor_sum,
     Weight::bookkeeping},
}};

}  // namespace

present::Symbols names_of(const exvector& indices) {
  std::string text;
  for (const ex& i : indices) text += (text.empty() ? "" : ",") + as_index(i).name();
  return {text};
}

std::optional<Contraction> find_contraction(const ex& body, const exvector& bound) {
  if (!notation::traits(body).has_delta) return std::nullopt;
  for (const ex& factor : notation::factors(body)) {
    if (!is<Delta>(factor)) continue;
    for (const size_t side : {1U, 0U}) {
      const ex gone = factor.op(side), stays = factor.op(1 - side);
      const bool is_bound = std::any_of(bound.begin(), bound.end(), [&](const ex& i) { return i.is_equal(gone); });
      if (is_bound && as_index(gone).range() == as_index(stays).range()) return Contraction{factor, gone, stays};
    }
  }
  return std::nullopt;
}

ex contracted(const ex& body, const Contraction& contraction, exvector& bound) {
  ex rest = 1;
  for (const ex& factor : notation::factors(body)) {
    if (!factor.is_equal(contraction.delta)) rest *= factor;
  }
  bound = without(bound, contraction.gone);
  return notation::replace_indices(rest, {{contraction.gone, contraction.stays}});
}

ex without_delta_powers(const ex& product) {
  if (!notation::traits(product).has_delta) return product;
  ex result = 1;
  for (const ex& factor : notation::factors(product)) {
    const bool power =
        is<GiNaC::power>(factor) && is<Delta>(factor.op(0)) && factor.op(1).info(GiNaC::info_flags::posint);
    result *= power ? factor.op(0) : factor;
  }
  return result;
}

std::span<const Rule> sum_rules() { return all_sum_rules; }

}  // namespace chalktape::rules
