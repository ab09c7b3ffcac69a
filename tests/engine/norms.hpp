// What the tests of the kernels share: a layer's numbers, runs of both kernels over them, and what their results are
// measured by.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/kernels/batch_norm.hpp"
#include "engine/kernels/layer_norm.hpp"
#include "engine/kernels/reference.hpp"
#include "tests/distance.hpp"
#include "tests/engine/samples.hpp"

namespace chalktape::engine::kernels {

struct Layer {
  Tensor x, gamma, beta, dy;
  double eps = 1e-5;
};

inline Layer sample(std::int64_t n, std::int64_t d, Interval domain, DType dtype) {
  Samples random(static_cast<std::uint32_t>(100 * n + d));
  return {random.tensor({n, d}, domain, dtype), random.tensor({d}, {0.5, 2}, dtype), random.tensor({d}, {}, dtype),
          random.tensor({n, d}, {}, dtype)};
}

struct Result {
  Tensor y, dx, dgamma, dbeta;
};

using tests::worst_of_largest;

enum class Norm { batch, layer };

/// Forward and backward over packed rows.
template <class T>
Result run(Norm norm, const Layer& layer, int threads = 0) {
  const std::int64_t n = layer.x.shape()[0];
  const std::int64_t d = layer.x.shape()[1];
  const DType dtype = dtype_of<T>;
  Result r{Tensor::zeros({n, d}, dtype), Tensor::zeros({n, d}, dtype), Tensor::zeros({d}, dtype),
           Tensor::zeros({d}, dtype)};
  const Rows<const T> x{layer.x.data<T>(), d};
  const Rows<const T> dy{layer.dy.data<T>(), d};
  const T* const gamma = layer.gamma.data<T>();
  const T* const beta = layer.beta.data<T>();
  const Rows<T> y{r.y.data<T>(), d};
  const Rows<T> dx{r.dx.data<T>(), d};
  T* const dgamma = r.dgamma.data<T>();
  T* const dbeta = r.dbeta.data<T>();
  if (norm == Norm::batch) {
    const auto saved = batch_norm_forward<T>(n, d, x, gamma, beta, layer.eps, y, threads);
    batch_norm_backward<T>(n, d, x, dy, gamma, saved, dx, dgamma, dbeta, threads);
  } else {
    LayerNormSaved<T> saved;
    layer_norm_forward<T>(n, d, x, gamma, beta, layer.eps, y, &saved, threads);
    layer_norm_backward<T>(n, d, x, dy, gamma, saved, dx, dgamma, dbeta, threads);
  }
  return r;
}

inline Result run(Norm norm, const Layer& layer, int threads = 0) {
  return dispatch(layer.x.dtype(), [&]<class T>() { return run<T>(norm, layer, threads); });
}

inline NormReference reference(Norm norm, const Layer& layer) {
  return (norm == Norm::batch ? batch_norm_reference : layer_norm_reference)(layer.x, layer.gamma, layer.beta,
                                                                             layer.eps, layer.dy);
}

/// y and dx entry by entry, dγ and dβ by their largest entry.
inline double worst(const Result& r, const NormReference& exact) {
  return std::max({tests::worst_disagreement(r.y, exact.y), tests::worst_disagreement(r.dx, exact.dx),
                   tests::worst_of_largest(r.dgamma, exact.dgamma), tests::worst_of_largest(r.dbeta, exact.dbeta)});
}

inline double worst_of(Norm norm, const Layer& layer) { return worst(run(norm, layer), reference(norm, layer)); }

inline bool same_numbers(const Result& a, const Result& b) {
  using tests::same_numbers;
  return same_numbers(a.y, b.y) && same_numbers(a.dx, b.dx) && same_numbers(a.dgamma, b.dgamma) &&
         same_numbers(a.dbeta, b.dbeta);
}

}  // namespace chalktape::engine::kernels
