// A layer whose definitions look like what a rule is for, and are not.
#pragma once

#include <string>

#include "tests/symbolic/rules/setting.hpp"

namespace chalktape::tests {

constexpr std::string_view traps = R"(layer traps(A[N,D], B[N,D], C[N,N], v[N], w[N], g[D], h[D], s; eps = 1e-5)
  mu[j]       = mean[i](A[i,j])
  total[j]    = s*sum[i](A[i,j])
  crossed     = sum[i](v[i])*sum[k](w[k])
  masked      = exp(sum[i](v[i]))*sum[k](w[k])
  quad        = sum[i,k](v[i]*C[i,k]*w[k])
  r[i]        = sum[j](A[i,j]*g[j])
  copied[i]   = v[i]
  opposite[i] = -w[i]
  square[i]   = w[i]*v[i]^2
  cube[i,j]   = g[j]*(A[i,j] - B[i,j])^3
  pair[i,k]   = (v[i]^2*v[k]^2 + 1)^(-1/2)
  own[i]      = (v[i]^2 + 1)^(-1/2)
  lw[i]       = log(2*w[i]^2)
  lv[i]       = log(v[i]^2 + v[i]^4)
  cubic[i]    = v[i]^3 + v[i]
  scaled[i]   = exp(w[i])*v[i]
  tilted[i]   = (1 + exp(w[i]))*v[i]
  shifted[i]  = v[i] + sum[j](A[i,j])
  spread[i,j] = 2*v[i] + g[j]
  turned[i,k] = 2*C[k,i] + 3
  mixed[i,k]  = 2*C[i,k] + C[k,i]
  doubled[i]  = 2*v[i]
  squared[i]  = 2*v[i]^2
  ev[i]       = exp(v[i])
  gap[i,k]    = (1 + (v[i] - v[k])^2)^(-1/2)
  raised[i,j] = v[i]*(w[i]^2 + 1)^g[j]
  length[i]   = (sum[j](A[i,j]^2) + 1)^(-1/2)
  ls[i]       = log(sum[j](A[i,j]^2))
  two         = 2
  twice[i]    = v[i] + w[i]^2*v[i]
  diag[i,k]   = delta[i,k]*v[i]
  gram[i,k]   = sum[j](A[i,j]*B[k,j])
  kinked[i]   = v[i] + 2*abs(v[i])
  centered[i,j] = A[i,j] - mu[j]
  ratio[i,j]  = g[j]/(A[i,j] - B[i,j])
  norm[i,j]   = (A[i,j] - mu[j])/(1 + g[j]^2)
  y[i,j]      = A[i,j]*(v[i] + norm[i,j])
  return y
)";

/// A layer, its definitions known as they are written.
struct Traps {
  explicit Traps(std::string_view layer) : algebra(layer_of(std::string(layer))), naming(algebra.layer()) {
    context.definitions = algebra.formulas().definitions;
    context.symbols = &algebra.formulas().symbols;
    context.naming = &naming;
    for (const notation::Formula& definition : algebra.formulas().definitions)
      context.known.push_back({definition, rules::Known::Kind::forward, true, 1});
  }
  Traps(const Traps&) = delete;
  Traps& operator=(const Traps&) = delete;

  [[nodiscard]] std::optional<rules::Rewrite> applied(std::string_view rule, const std::string& text,
                                                      const std::string& known = {},
                                                      const std::string& part = {}) const {
    return rules::apply_everywhere(rules::rule(rule), algebra(text), context,
                                   {known.empty() ? nullptr : context.find(known), part});
  }

  Algebra algebra;
  present::Naming naming;
  rules::Context context;
};

inline const Traps& trap_setting() {
  static const Traps setting(traps);
  return setting;
}

}  // namespace chalktape::tests
