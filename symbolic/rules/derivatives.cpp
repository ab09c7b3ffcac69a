// Laws of derivatives that are written down: each works one node out, and leaves smaller derivatives.
#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "symbolic/rules/calculus.hpp"

namespace chalktape::rules {

using GiNaC::ex_to;
using notation::Access;
using notation::Call;
using notation::is;
using notation::Partial;
using notation::Reduce;
using present::Sentence;

namespace {

bool is_extremum(const ex& e) { return is<Reduce>(e) && !notation::is_sum(e); }

const notation::Formula* definition_of(const std::string& name, const Context& context) {
  const auto found = std::find_if(context.definitions.begin(), context.definitions.end(),
                                  [&](const notation::Formula& f) { return f.name == name; });
  return found == context.definitions.end() ? nullptr : &*found;
}

std::optional<Rewrite> work_out(const ex& node, const Context& context, const Target& target) {
  if (!is<Partial>(node) || !is<Access>(node.op(0))) return std::nullopt;
  const auto& of = ex_to<Access>(node.op(0));
  if (target.known != nullptr && target.known->formula.name != of.name()) return std::nullopt;
  const auto& partial = ex_to<Partial>(node);
  const auto* definition = definition_of(of.name(), context);
  const auto& by = ex_to<Access>(partial.with_respect_to());
  if (definition == nullptr || of.name() == by.name()) return std::nullopt;
  const ex value = notation::instantiate(*definition, of.indices());
  const ex after = differentiate(value, by, partial.held());
  Sentence why("the derivative of {} = {} with respect to {}",
               {context.tree(node.op(0)), context.tree(value), context.tree(node.op(1))});
  std::vector<language::Expr> held;
  for (const std::string& name : partial.held()) {
    if (notation::mentions(value, name)) held.push_back(language::access(name, {}, language::Role::definition));
  }
  if (!held.empty()) why.append(", ", present::listed(held)).append(" held fixed");
  if (notation::contains(value, is_extremum)) why.append("; entries that tie for the extremum share it equally");
  return Rewrite{after, why};
}

/// All names that e depends on through definitions; a held name and the variable itself are looked at no further.
std::set<std::string> reached(const ex& e, const std::string& variable, const std::vector<std::string>& held,
                              const Context& context) {
  std::set<std::string> found = notation::names(e);
  for (auto definition = context.definitions.rbegin(); definition != context.definitions.rend(); ++definition) {
    const std::string& name = definition->name;
    if (!found.contains(name) || name == variable || std::find(held.begin(), held.end(), name) != held.end()) continue;
    found.merge(notation::names(definition->value));
  }
  return found;
}

/// A derivative that is written down, taken apart.
struct Written {
  const Partial& partial;
  const Access& by;
  const Context& context;

  [[nodiscard]] const ex& of() const { return partial.of(); }
  [[nodiscard]] bool varies(const ex& e) const { return rules::varies(e, by.name(), partial.held(), context); }
  /// ∂e/∂x, written down: 0 where e does not depend on x. What e does not depend on need not be held.
  [[nodiscard]] ex derivative_of(const ex& e) const {
    return varies(e) ? notation::partial(e, by, relevant(partial.held(), e, by.name(), context)) : ex(0);
  }
  /// One law applied to the outermost node.
  [[nodiscard]] ex worked_out() const {
    return differentiate(of(), by, partial.held(), [this](const ex& e) { return derivative_of(e); });
  }
};

std::optional<Written> written_derivative(const ex& node, const Context& context) {
  if (!is<Partial>(node)) return std::nullopt;
  const auto& partial = ex_to<Partial>(node);
  return Written{partial, ex_to<Access>(partial.with_respect_to()), context};
}

std::optional<Rewrite> derivative_of_name(const ex& node, const Context& context, const Target& /*target*/) {
  const auto written = written_derivative(node, context);
  if (!written || !is<Access>(written->of()) || !written->varies(written->of())) return std::nullopt;
  const auto& name = ex_to<Access>(written->of());
  const auto* definition = definition_of(name.name(), context);
  if (definition == nullptr || name.name() == written->by.name()) return std::nullopt;
  const ex value = notation::instantiate(*definition, name.indices());
  return Rewrite{written->derivative_of(value),
                 Sentence("by definition {} = {}", {context.tree(written->of()), context.tree(value)})};
}

std::optional<Rewrite> known_derivative(const ex& node, const Context& context, const Target& /*target*/) {
  const auto written = written_derivative(node, context);
  if (!written || !is<Access>(written->of())) return std::nullopt;
  const auto& of = ex_to<Access>(written->of());
  for (const KnownDerivative& known : context.derivatives) {
    if (known.of != of.name() || known.by != written->by.name() || known.held != written->partial.held()) continue;
    exvector at = of.indices();
    at.insert(at.end(), written->by.indices().begin(), written->by.indices().end());
    const ex value = notation::instantiate({known.of, known.indices, known.value}, at);
    return Rewrite{value, Sentence("already derived: {} = {}", {context.tree(node), context.tree(value)})};
  }
  return std::nullopt;
}

/// "k = i".
Sentence same_index(const ex& a, const ex& b) {
  return {"{} = {}", {present::Symbols{notation::as_index(a).name()}, present::Symbols{notation::as_index(b).name()}}};
}

std::optional<Rewrite> derivative_of_entry(const ex& node, const Context& context, const Target& /*target*/) {
  const auto written = written_derivative(node, context);
  if (!written) return std::nullopt;
  const ex& variable = written->partial.with_respect_to();
  if (!written->varies(written->of())) {
    return Rewrite{0, Sentence("{} does not depend on {}", {context.tree(written->of()), context.tree(variable)})};
  }
  if (!is<Access>(written->of()) || ex_to<Access>(written->of()).name() != written->by.name()) return std::nullopt;
  const auto& entry = ex_to<Access>(written->of());
  Sentence why("{} is {}", {context.tree(written->of()), context.tree(variable)});
  for (size_t i = 0; i < entry.indices().size(); ++i) {
    why.append(i == 0 ? " only where " : " and ", same_index(entry.indices()[i], written->by.indices().at(i)));
  }
  return Rewrite{written->worked_out(), why};
}

/// What can be split and pulled out of a derivative by its linearity, all at once.
ex split_linearly(const ex& e, const Written& written) {
  if (is<GiNaC::add>(e)) {
    ex total = 0;
    for (const ex& term : e) total += split_linearly(term, written);
    return total;
  }
  if (notation::is_sum(e)) {
    const notation::Opened opened = notation::open(ex_to<Reduce>(e), notation::free_indices(written.by));
    return notation::sum(split_linearly(opened.body, written), opened.indices);
  }
  if (is<GiNaC::mul>(e)) {
    ex constant = 1, rest = 1;
    for (const ex& factor : e) (written.varies(factor) ? rest : constant) *= factor;
    if (!constant.is_equal(1)) return constant * split_linearly(rest, written);
  }
  return written.derivative_of(e);
}

std::optional<Rewrite> derivative_linearity(const ex& node, const Context& context, const Target& /*target*/) {
  const auto written = written_derivative(node, context);
  if (!written) return std::nullopt;
  const ex after = split_linearly(written->of(), *written);
  if (after.is_equal(node)) return std::nullopt;
  return Rewrite{after, Sentence("{} goes term by term, and factors that do not depend on {} stay as they are",
                                 {context.bare_tree(node), context.tree(written->partial.with_respect_to())})};
}

std::optional<Rewrite> product_rule(const ex& node, const Context& context, const Target& /*target*/) {
  const auto written = written_derivative(node, context);
  if (!written || !is<GiNaC::mul>(written->of())) return std::nullopt;
  const auto varying = std::count_if(written->of().begin(), written->of().end(),
                                     [&](const ex& factor) { return written->varies(factor); });
  if (varying < 2) return std::nullopt;
  return Rewrite{written->worked_out(),
                 Sentence("the product rule for {}: each factor that depends on {} is differentiated in turn",
                          {context.bare_tree(node), context.tree(written->partial.with_respect_to())})};
}

/// Works a node of the kind out; the sentence has a place for it.
template <class Wanted>
std::optional<Rewrite> outermost(const ex& node, const Context& context, const Wanted& wanted, std::string_view why) {
  const auto written = written_derivative(node, context);
  if (!written || !wanted(written->of()) || !written->varies(written->of())) return std::nullopt;
  return Rewrite{written->worked_out(), Sentence(why, {context.bare_tree(node)})};
}

std::optional<Rewrite> power_rule(const ex& node, const Context& context, const Target& /*target*/) {
  return outermost(node, context, is<GiNaC::power>, "the power rule for {}, times the derivative of the base");
}

std::optional<Rewrite> function_rule(const ex& node, const Context& context, const Target& /*target*/) {
  return outermost(node, context, is<Call>, "{}: the function's derivative, times that of its argument");
}

std::optional<Rewrite> extremum_rule(const ex& node, const Context& context, const Target& /*target*/) {
  return outermost(node, context, is_extremum,
                   "{}: the extremum changes with the entries that attain it, which share it equally where they tie");
}

constexpr std::array<Rule, 10> all_derivative_rules{{
    {"chain-rule",
     "dx_i = Σ_k du_k ∂u_k/∂x_i + Σ_l dv_l ∂v_l/∂x_i + …, over all u, v, … through which x reaches the loss",
     "no path from x to the loss is left out or counted twice: in each ∂u/∂x the other names of the sum that u reads "
     "are "
     "held fixed",
     "each name's gradient stands in terms of names closer to the loss",
     {"dmu[j]", "sum[k](dvar[k]*diff(var[k], mu[j])) + sum[i,k](dxhat[i,k]*diff(xhat[i,k], mu[j]; istd))", "", ""},
     {"dy[i,j]", "dy[i,j]", "", ""},
     nullptr,
     Weight::milestone},
    {"differentiate",
     "the rules for sums, products, powers and functions; ∂x_kl/∂x_ij = δ_ik δ_jl",
     "the formula is built from functions of the language",
     "one derivative to work out fewer",
     {"diff(scaled[k,l], A[i,j]; g)", "g[l]*delta[i,k]*delta[j,l]", "", ""},
     {"A[i,j]", "A[i,j]", "", ""},
     work_out},
    {"derivative-of-name",
     "∂n/∂x = ∂f/∂x where n is defined as f",
     "n is not held fixed and depends on x",
     "a name becomes the formula of earlier names",
     {"diff(mu[l], A[i,j])", "diff(1/N*sum[p](A[p,l]), A[i,j])", "", ""},
     {"diff(v[k], v[i])", "diff(v[k], v[i])", "", ""},
     derivative_of_name},
    {"known-derivative",
     "∂n/∂x = J where that has been derived before",
     "the same names are held fixed",
     "one derivative to work out fewer",
     {"diff(mu[l], A[i,j])", "1/N*delta[j,l]", "", ""},
     {"diff(var[l], A[i,j]; mu)", "diff(var[l], A[i,j]; mu)", "", ""},
     known_derivative},
    {"derivative-of-entry",
     "∂x_kl/∂x_ij = δ_ik δ_jl, and ∂c/∂x_ij = 0",
     "c does not depend on x",
     "one derivative to work out fewer",
     {"diff(A[k,l], A[i,j])", "delta[i,k]*delta[j,l]", "", ""},
     {"diff(mu[l], A[i,j])", "diff(mu[l], A[i,j])", "", ""},
     derivative_of_entry,
     Weight::bookkeeping},
    {"derivative-linearity",
     "∂(c f + Σ_p g_p)/∂x = c ∂f/∂x + Σ_p ∂g_p/∂x",
     "c does not depend on x",
     "derivatives of smaller formulas",
     {"diff(A[k,l] - g[l]*mu[l], A[i,j])", "diff(A[k,l], A[i,j]) - g[l]*diff(mu[l], A[i,j])", "", ""},
     {"diff(A[k,l]*mu[l], A[i,j])", "diff(A[k,l]*mu[l], A[i,j])", "", ""},
     derivative_linearity,
     Weight::bookkeeping},
    {"product-rule",
     "∂(f g)/∂x = g ∂f/∂x + f ∂g/∂x",
     "f and g depend on x",
     "derivatives of smaller formulas",
     {"diff(A[k,l]*mu[l], A[i,j])", "mu[l]*diff(A[k,l], A[i,j]) + A[k,l]*diff(mu[l], A[i,j])", "", ""},
     {"diff(g[l]*mu[l], A[i,j])", "diff(g[l]*mu[l], A[i,j])", "", ""},
     product_rule},
    {"power-rule",
     "∂f^q/∂x = q f^(q-1) ∂f/∂x + f^q log(f) ∂q/∂x",
     "the power depends on x",
     "derivatives of smaller formulas",
     {"diff((var[l] + eps)^(-1/2), A[i,j])", "-1/2*(var[l] + eps)^(-3/2)*diff(var[l] + eps, A[i,j])", "", ""},
     {"diff(g[l]^2, A[i,l])", "diff(g[l]^2, A[i,l])", "", ""},
     power_rule},
    {"function-rule",
     "∂f(u)/∂x = f'(u) ∂u/∂x",
     "u depends on x",
     "derivatives of smaller formulas",
     {"diff(exp(mu[l]), A[i,j])", "exp(mu[l])*diff(mu[l], A[i,j])", "", ""},
     {"diff(exp(g[l]), A[i,l])", "diff(exp(g[l]), A[i,l])", "", ""},
     function_rule},
    {"extremum-rule",
     "∂ max_p f_p/∂x = the mean of ∂f_p/∂x over the p where f_p is the maximum; likewise min",
     "f depends on x",
     "derivatives of smaller formulas",
     {"diff(max[p](A[p,l]), A[i,j])",
      "sum[p]((1 - step(max[q](A[q,l]) - A[p,l]))*diff(A[p,l], A[i,j]))/sum[p](1 - step(max[q](A[q,l]) - A[p,l]))", "",
      ""},
     {"diff(max[p](B[p,l]), A[i,j])", "diff(max[p](B[p,l]), A[i,j])", "", ""},
     extremum_rule},
}};

}  // namespace

bool varies(const ex& e, const std::string& variable, const std::vector<std::string>& held, const Context& context) {
  return reached(e, variable, held, context).contains(variable);
}

std::vector<std::string> relevant(const std::vector<std::string>& held, const ex& e, const std::string& variable,
                                  const Context& context) {
  const auto names = reached(e, variable, held, context);
  std::vector<std::string> found;
  std::copy_if(held.begin(), held.end(), std::back_inserter(found),
               [&](const std::string& name) { return names.contains(name); });
  return found;
}

std::span<const Rule> derivative_rules() { return all_derivative_rules; }

}  // namespace chalktape::rules
