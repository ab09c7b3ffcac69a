# The layer softmax(x[N,D]) and its gradients, on NumPy arrays.
#
# Written by chalktape 0.1.0 (chalktape emit softmax --lang numpy). Backward is the derived formula:
# `chalktape derive` shows how it comes about, and each step passed its check.
#
# Safe form (shift-exponentials): above and below the fraction bar, exponentials are divided by exp
# of the largest exponent below it, Z_max[i]: none overflows, and one of those below is 1.

import numpy as np


def _array(value, shape=None):
    """The value as an array of floating-point numbers; raises ValueError where its shape is another."""
    value = np.asarray(value)
    if not np.issubdtype(value.dtype, np.floating):
        value = value.astype(np.float64)
    if shape is not None and value.shape != shape:
        raise ValueError(f"an array has the shape {value.shape}, not {shape}")
    return value


def softmax_forward(x):
    """Returns p[N,D]."""
    x = _array(x)
    N, D = x.shape
    # Z_max[i] = max[j](x[i,j])  (keeps exponentials from overflowing)
    Z_max = np.max(x, axis=1)
    # e_shifted[i,j] = exp(x[i,j] - Z_max[i])  (keeps exponentials from overflowing)
    e_shifted = np.exp(x - Z_max[:, None])
    # Z_shifted[i] = sum[j](e_shifted[i,j])  (keeps exponentials from overflowing)
    Z_shifted = np.sum(e_shifted, axis=1)
    # p[i,j] = e[i,j]/Z[i]
    #   here p[i,j] = e_shifted[i,j]/Z_shifted[i]
    p = e_shifted / Z_shifted[:, None]
    return p


def softmax_backward(dp, x):
    """Returns the tuple dx[N,D], from the upstream gradient dp."""
    x = _array(x)
    N, D = x.shape
    dp = _array(dp, (N, D))
    # Z_max[i] = max[j](x[i,j])  (keeps exponentials from overflowing)
    Z_max = np.max(x, axis=1)
    # e_shifted[i,j] = exp(x[i,j] - Z_max[i])  (keeps exponentials from overflowing)
    e_shifted = np.exp(x - Z_max[:, None])
    # Z_shifted[i] = sum[j](e_shifted[i,j])  (keeps exponentials from overflowing)
    Z_shifted = np.sum(e_shifted, axis=1)
    # p[i,j] = e[i,j]/Z[i]
    #   here p[i,j] = e_shifted[i,j]/Z_shifted[i]
    p = e_shifted / Z_shifted[:, None]
    # dx[i,j] = p[i,j]*(dp[i,j] - sum[k](p[i,k]*dp[i,k]))  (step 6 of its derivation, fold-product)
    dx = p * (dp - np.einsum("ik,ik->i", p, dp)[:, None])
    return dx,
