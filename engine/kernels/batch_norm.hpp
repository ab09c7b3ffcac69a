// Fused batch normalisation over the rows of an N×D array, forward in training and backward, written by hand.
//
//   μ_j = 1/N Σ_i x_ij          σ²_j = 1/N Σ_i (x_ij − μ_j)²        istd_j = 1/√(σ²_j + ε)
//   x̂_ij = (x_ij − μ_j) istd_j   y_ij = γ_j x̂_ij + β_j
//
//   dβ_j = Σ_i dy_ij            dγ_j = Σ_i dy_ij x̂_ij
//   dx_ij = γ_j istd_j / N · (N dy_ij − dβ_j − x̂_ij dγ_j)
//
// Source: S. Ioffe, C. Szegedy, "Batch Normalization", 2015, section 3; the closed form of dx follows from their chain.
#pragma once

#include <cstdint>
#include <vector>

namespace chalktape::engine::kernels {

/// A matrix in memory: rows lie `row_stride` elements apart (≥ D), the entries of a row side by side.
template <class T>
struct Rows {
  T* data = nullptr;
  std::int64_t row_stride = 0;
  [[nodiscard]] T* row(std::int64_t i) const { return data + i * row_stride; }
};

/// What forward saves for backward, D entries each. The mean is kept as the unevaluated sum hi + lo: x − hi is exact
/// where x is close to the mean, so x̂ keeps its digits where |mean| ≫ std.
template <class T>
struct BatchNormSaved {
  std::vector<T> mean_hi, mean_lo, istd;
};

/// Layout: x and y are N×D with strides, γ and β have D entries. N ≥ 1, D ≥ 1, ε ≥ 0 (else Error; ε = 0 with a constant
/// column gives what the formula does: 0/0). Aliasing: y may be x itself, with the same stride; no other overlap.
/// Passes over memory: three over x (mean; variance and the mean's low part; y), one over y.
/// T is float or double; sums are carried in double, in blocks.
template <class T>
BatchNormSaved<T> batch_norm_forward(std::int64_t n, std::int64_t d, Rows<const T> x, const T* gamma, const T* beta,
                                     double eps, Rows<T> y);

/// Layout: as above; dγ and dβ have D entries. Aliasing: dx may be dy itself, with the same stride; no other overlap.
/// Passes over memory: two over x and dy (sums; dx), one over dx.
template <class T>
void batch_norm_backward(std::int64_t n, std::int64_t d, Rows<const T> x, Rows<const T> dy, const T* gamma,
                         const BatchNormSaved<T>& saved, Rows<T> dx, T* dgamma, T* dbeta);

extern template BatchNormSaved<float> batch_norm_forward(std::int64_t, std::int64_t, Rows<const float>, const float*,
                                                         const float*, double, Rows<float>);
extern template BatchNormSaved<double> batch_norm_forward(std::int64_t, std::int64_t, Rows<const double>, const double*,
                                                          const double*, double, Rows<double>);
extern template void batch_norm_backward(std::int64_t, std::int64_t, Rows<const float>, Rows<const float>, const float*,
                                         const BatchNormSaved<float>&, Rows<float>, float*, float*);
extern template void batch_norm_backward(std::int64_t, std::int64_t, Rows<const double>, Rows<const double>,
                                         const double*, const BatchNormSaved<double>&, Rows<double>, double*, double*);

}  // namespace chalktape::engine::kernels
