// Fused layer normalisation of the rows of an N×D array, forward and backward, written by hand.
//
//   μ_i = 1/D Σ_j x_ij          σ²_i = 1/D Σ_j (x_ij − μ_i)²        istd_i = 1/√(σ²_i + ε)
//   x̂_ij = (x_ij − μ_i) istd_i   y_ij = γ_j x̂_ij + β_j
//
//   dβ_j = Σ_i dy_ij            dγ_j = Σ_i dy_ij x̂_ij
//   dx_ij = istd_i (γ_j dy_ij − 1/D Σ_k γ_k dy_ik − x̂_ij/D Σ_k γ_k dy_ik x̂_ik)
//
// Source: J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer Normalization", 2016; dx as for batch norm, by rows.
//
// Types, strides, threads, alignment and accuracy are as engine/kernels/batch_norm.hpp says, with rows in the place of
// columns. Empty arrays: where N = 0 there are no rows, and dγ = dβ = 0; the mean over no columns is undefined, so
// N ≥ 1 needs D ≥ 1 (else Error). D = 1: x̂ = 0, so y = β and dx = dγ = 0. NaN and infinity stay in their row of y and
// dx, and reach dγ_j and dβ_j where the sums above meet them.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/kernels/rows.hpp"

namespace chalktape::engine::kernels {

/// What forward saves for backward, N entries each; the mean is the unevaluated sum hi + lo.
template <class T>
struct LayerNormSaved {
  std::vector<T> mean_hi, mean_lo, istd;
};

/// Forward; in inference `saved` is null. y may be x itself, with the same stride. One pass over x and y: a row is read
/// again from the cache.
template <class T>
void layer_norm_forward(std::int64_t n, std::int64_t d, Rows<const T> x, const T* gamma, const T* beta, double eps,
                        Rows<T> y, LayerNormSaved<T>* saved, int threads = 0);

/// Backward. dx may be dy itself, with the same stride; no other overlap. Throws Error where `saved` is not for N rows.
/// One pass over x, dy and dx.
template <class T>
void layer_norm_backward(std::int64_t n, std::int64_t d, Rows<const T> x, Rows<const T> dy, const T* gamma,
                         const LayerNormSaved<T>& saved, Rows<T> dx, T* dgamma, T* dbeta, int threads = 0);

}  // namespace chalktape::engine::kernels
