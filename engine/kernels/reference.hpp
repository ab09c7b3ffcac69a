// Slow and obvious forms of the fused kernels, to hold them against: one loop a formula, in long double.
#pragma once

#include <vector>

#include "engine/tensor/tensor.hpp"

namespace chalktape::engine::kernels {

struct NormReference {
  Tensor y, dx, dgamma, dbeta;  ///< all f64
};

/// Forward and backward as engine/kernels/batch_norm.hpp states them, by the chain rule through σ² and μ instead of the
/// closed form. x and dy are (N, D), gamma and beta (D); any dtype. Throws Error if the shapes are not these.
[[nodiscard]] NormReference batch_norm_reference(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                                                 const Tensor& dy);

/// The same for engine/kernels/layer_norm.hpp.
[[nodiscard]] NormReference layer_norm_reference(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                                                 const Tensor& dy);

}  // namespace chalktape::engine::kernels
