#include <algorithm>
#include <array>
#include <stdexcept>

#include "symbolic/present/text.hpp"
#include "symbolic/rules/memo.hpp"

namespace chalktape::rules {

const Known* Context::find(const std::string& name) const {
  const auto found = std::find_if(known.begin(), known.end(), [&](const Known& k) { return k.formula.name == name; });
  return found == known.end() ? nullptr : &*found;
}

language::Expr Context::tree(const ex& e) const {
  static const language::Expr placeholder = language::number("0");
  return explains ? present::to_tree(e, *naming, scope) : placeholder;
}

language::Expr Context::bare_tree(const ex& e) const {
  if (!explains) return tree(e);
  return present::without_minus(tree(notation::is_negative(e) ? ex(-e) : e));
}

std::string Context::text(const ex& e) const { return present::to_text(present::to_tree(e, *naming, scope)); }

notation::Opened Context::open(const notation::Reduce& r) const {
  if (!memo) return present::open_named(r, *naming, scope);
  auto& known = memo->opened(r);
  const int here = memo->scope(scope);
  if (const auto found = known.find(here); found != known.end()) return found->second;
  return known.emplace(here, present::open_named(r, *naming, scope)).first->second;
}

std::span<const Family> families() {
  static const std::array<Family, 7> all{{
      {"Sums and deltas", sum_rules()},
      {"The order of sums", exchange_rules()},
      {"Names", name_rules()},
      {"Definitions solved", solving_rules()},
      {"Products and sums of terms", algebra_rules()},
      {"Derivatives", derivative_rules()},
      {"Exponentials in emitted code", exponential_rules()},
  }};
  return all;
}

std::span<const Rule> registry() {
  static const std::vector<Rule> all = [] {
    std::vector<Rule> rules;
    for (const Family& family : families()) rules.insert(rules.end(), family.rules.begin(), family.rules.end());
    return rules;
  }();
  return all;
}

const Rule& rule(std::string_view name) {
  const auto all = registry();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Rule& r) { return r.name == name; });
  if (found == all.end()) throw std::out_of_range("no rule is called " + std::string(name));
  return *found;
}

std::string_view example_layer() {
  return R"(layer example(A[N,D], B[N,D], v[N], w[N], g[D]; eps = 1e-5)
  mu[j]       = mean[i](A[i,j])
  var[j]      = mean[i]((A[i,j] - mu[j])^2)
  istd[j]     = (var[j] + eps)^(-1/2)
  xhat[i,j]   = istd[j]*(A[i,j] - mu[j])
  e[i,j]      = exp(A[i,j])
  r[i]        = sum[j](A[i,j]*g[j])
  l[i]        = log(sum[j](e[i,j]))
  scaled[i,j] = g[j]*A[i,j]
  u[i]        = v[i]/sqrt(w[i]^2 + eps)
  h[i]        = relu(v[i] + w[i])
  y[i,j]      = xhat[i,j] + e[i,j] + scaled[i,j] + B[i,j] + v[i] + r[i] + l[i] + u[i] + h[i]
  assume sum[i](B[i,j]) = 1
  return y
)";
}

}  // namespace chalktape::rules
