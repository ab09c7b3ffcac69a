// Fused batch normalisation over the rows of an N×D array, forward and backward, written by hand.
//
//   μ_j = 1/N Σ_i x_ij          σ²_j = 1/N Σ_i (x_ij − μ_j)²        istd_j = 1/√(σ²_j + ε)
//   x̂_ij = (x_ij − μ_j) istd_j   y_ij = γ_j x̂_ij + β_j
//
//   dβ_j = Σ_i dy_ij            dγ_j = Σ_i dy_ij x̂_ij
//   dx_ij = γ_j istd_j / N · (N dy_ij − dβ_j − x̂_ij dγ_j)
//
// Source: S. Ioffe, C. Szegedy, "Batch Normalization", 2015, section 3; the closed form of dx follows from their chain.
//
// What holds for all of it:
// - T is float or double. The machine's best vector unit is found at run time; results of different units differ by
//   rounding. `threads` is the most that are used, 0 means OpenMP's default: the bits do not depend on it.
// - x, y, dy, dx are N×D with strides of at least D (else Error; the stride of one row does not matter); strides may be
//   huge: only entries are touched, never what lies between rows. γ, β, dγ, dβ have D entries. No alignment is needed.
// - Empty arrays: where D = 0 nothing is done. The mean over no rows is undefined, so forward needs N ≥ 1 (else Error);
//   inference of no rows does nothing, and backward over no rows gives dγ = dβ = 0. N = 1: x̂ = 0, so y = β, dx = dγ =
//   0.
// - NaN and infinity come out of a column where the formulas above put them, and do not reach other columns. ε ≥ 0
//   (else Error); ε = 0 with a constant column gives what the formula does, 0/0.
// - Accuracy: blocks of 16 to 64 rows are summed in T, about a mean that is at hand, and the blocks' sums in double.
//   Where squares leave the range of float, the column is computed in double.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/kernels/rows.hpp"

namespace chalktape::engine::kernels {

/// What forward saves for backward, D entries each. The mean is kept as the unevaluated sum hi + lo: x − hi is exact
/// where x is close to the mean, so x̂ keeps its digits where |mean| ≫ std. Where |mean| is small, hi is the mean to
/// some 2⁻²⁰ (double: 2⁻⁴⁹) of the standard deviation only, so that x − hi is exact there, too.
template <class T>
struct BatchNormSaved {
  std::vector<T> mean_hi, mean_lo, istd;
};

/// Forward in training: y and what backward needs, whose memory is reused. y may be x itself, with the same stride; no
/// other overlap. Passes over memory: two over x (moments; y), the second backwards, so that the cache serves what the
/// first has left there; one over y.
template <class T>
void batch_norm_forward(std::int64_t n, std::int64_t d, Rows<const T> x, const T* gamma, const T* beta, double eps,
                        Rows<T> y, BatchNormSaved<T>& saved, int threads = 0);
template <class T>
[[nodiscard]] BatchNormSaved<T> batch_norm_forward(std::int64_t n, std::int64_t d, Rows<const T> x, const T* gamma,
                                                   const T* beta, double eps, Rows<T> y, int threads = 0) {
  BatchNormSaved<T> saved;
  batch_norm_forward<T>(n, d, x, gamma, beta, eps, y, saved, threads);
  return saved;
}

/// Forward in inference: y from a mean and a variance (≥ −ε, else NaN) that are given, D entries each. y may be x
/// itself, with the same stride. One pass over x and y.
template <class T>
void batch_norm_inference(std::int64_t n, std::int64_t d, Rows<const T> x, const T* gamma, const T* beta, const T* mean,
                          const T* variance, double eps, Rows<T> y, int threads = 0);

/// Backward in training. dx may be dy itself, with the same stride; no other overlap. Throws Error where `saved` is not
/// for D columns. Passes over memory: two over x and dy (sums; dx), the second backwards; one over dx.
template <class T>
void batch_norm_backward(std::int64_t n, std::int64_t d, Rows<const T> x, Rows<const T> dy, const T* gamma,
                         const BatchNormSaved<T>& saved, Rows<T> dx, T* dgamma, T* dbeta, int threads = 0);

}  // namespace chalktape::engine::kernels
