#include "engine/kernels/reference.hpp"

#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace chalktape::engine::kernels {

namespace {

using Real = long double;

// An N×D matrix with the plainest access there is.
struct Matrix {
  std::int64_t n = 0;
  std::int64_t d = 0;
  std::vector<Real> entries;
  Matrix(std::int64_t n_, std::int64_t d_) : n(n_), d(d_), entries(static_cast<std::size_t>(n_ * d_)) {}
  explicit Matrix(const Tensor& t) : n(t.shape()[0]), d(t.shape()[1]) {
    for (const double v : t.to_vector()) entries.push_back(v);
  }
  Real& operator()(std::int64_t i, std::int64_t j) { return entries[static_cast<std::size_t>(i * d + j)]; }
};

void require(std::string_view layer, const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& dy) {
  if (x.rank() != 2 || x.size() == 0 || dy.shape() != x.shape() || gamma.shape() != Shape{x.shape()[1]} ||
      beta.shape() != gamma.shape()) {
    throw Error(fmt::format("{} reference: shapes x {}, gamma {}, beta {}, dy {}", layer, to_text(x.shape()),
                            to_text(gamma.shape()), to_text(beta.shape()), to_text(dy.shape())));
  }
}

Tensor to_tensor(const std::vector<Real>& values, const Shape& shape) {
  return Tensor::from(shape, std::vector<double>(values.begin(), values.end()), DType::f64);
}

}  // namespace

NormReference batch_norm_reference(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                                   const Tensor& dy) {
  require("batch_norm", x, gamma, beta, dy);
  Matrix X(x);
  Matrix G(dy);
  const std::int64_t n = X.n;
  const std::int64_t d = X.d;
  const auto N = static_cast<Real>(n);
  Matrix Y(n, d);
  Matrix DX(n, d);
  std::vector<Real> dgamma(static_cast<std::size_t>(d));
  std::vector<Real> dbeta(static_cast<std::size_t>(d));

  for (std::int64_t j = 0; j < d; ++j) {
    const Real gj = gamma.item(j);
    const Real bj = beta.item(j);

    // Nothing below changes if a constant is added to the column; without the common part, no digits are lost to it.
    const Real origin = X(0, j);
    for (std::int64_t i = 0; i < n; ++i) X(i, j) -= origin;

    Real mu = 0;  // μ = 1/N Σ x
    for (std::int64_t i = 0; i < n; ++i) mu += X(i, j) / N;

    Real variance = 0;  // σ² = 1/N Σ (x − μ)²
    for (std::int64_t i = 0; i < n; ++i) variance += (X(i, j) - mu) * (X(i, j) - mu) / N;
    const Real root = std::sqrt(variance + static_cast<Real>(eps));

    for (std::int64_t i = 0; i < n; ++i) Y(i, j) = gj * (X(i, j) - mu) / root + bj;

    Real d_variance = 0;  // ∂L/∂σ² = Σ dy γ (x − μ) · (−½) (σ² + ε)^(−3/2)
    Real d_mu = 0;        // ∂L/∂μ = −Σ dy γ / √(σ² + ε)   (σ² does not change with μ to first order)
    for (std::int64_t i = 0; i < n; ++i) {
      dgamma[j] += G(i, j) * (X(i, j) - mu) / root;
      dbeta[j] += G(i, j);
      d_variance += G(i, j) * gj * (X(i, j) - mu) * -0.5L / (root * root * root);
      d_mu -= G(i, j) * gj / root;
    }
    for (std::int64_t i = 0; i < n; ++i) {
      DX(i, j) = G(i, j) * gj / root + d_variance * 2 * (X(i, j) - mu) / N + d_mu / N;
    }
  }
  return {to_tensor(Y.entries, x.shape()), to_tensor(DX.entries, x.shape()), to_tensor(dgamma, gamma.shape()),
          to_tensor(dbeta, gamma.shape())};
}

NormReference layer_norm_reference(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                                   const Tensor& dy) {
  require("layer_norm", x, gamma, beta, dy);
  Matrix X(x);
  Matrix G(dy);
  const std::int64_t n = X.n;
  const std::int64_t d = X.d;
  const auto D = static_cast<Real>(d);
  Matrix Y(n, d);
  Matrix DX(n, d);
  std::vector<Real> dgamma(static_cast<std::size_t>(d));
  std::vector<Real> dbeta(static_cast<std::size_t>(d));

  for (std::int64_t i = 0; i < n; ++i) {
    const Real origin = X(i, 0);  // as above
    for (std::int64_t j = 0; j < d; ++j) X(i, j) -= origin;

    Real mu = 0;  // μ = 1/D Σ x
    for (std::int64_t j = 0; j < d; ++j) mu += X(i, j) / D;

    Real variance = 0;  // σ² = 1/D Σ (x − μ)²
    for (std::int64_t j = 0; j < d; ++j) variance += (X(i, j) - mu) * (X(i, j) - mu) / D;
    const Real root = std::sqrt(variance + static_cast<Real>(eps));

    Real d_variance = 0;  // ∂L/∂σ² = Σ dy γ (x − μ) · (−½) (σ² + ε)^(−3/2)
    Real d_mu = 0;        // ∂L/∂μ = −Σ dy γ / √(σ² + ε)
    for (std::int64_t j = 0; j < d; ++j) {
      const Real gj = gamma.item(j);
      const Real bj = beta.item(j);
      Y(i, j) = gj * (X(i, j) - mu) / root + bj;
      dgamma[static_cast<std::size_t>(j)] += G(i, j) * (X(i, j) - mu) / root;
      dbeta[static_cast<std::size_t>(j)] += G(i, j);
      d_variance += G(i, j) * gj * (X(i, j) - mu) * -0.5L / (root * root * root);
      d_mu -= G(i, j) * gj / root;
    }
    for (std::int64_t j = 0; j < d; ++j) {
      const Real gj = gamma.item(j);
      DX(i, j) = G(i, j) * gj / root + d_variance * 2 * (X(i, j) - mu) / D + d_mu / D;
    }
  }
  return {to_tensor(Y.entries, x.shape()), to_tensor(DX.entries, x.shape()), to_tensor(dgamma, gamma.shape()),
          to_tensor(dbeta, gamma.shape())};
}

}  // namespace chalktape::engine::kernels
