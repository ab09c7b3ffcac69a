# The layer softmax_cross_entropy(x[N,D], t[N,D]) and its gradients, on NumPy arrays.
#
# Written by chalktape 0.1.0 (chalktape emit softmax_cross_entropy --lang numpy). Backward is the
# derived formula: `chalktape derive` shows how it comes about, and each step passed its check.
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


def softmax_cross_entropy_forward(x, t):
    """Returns loss."""
    x = _array(x)
    N, D = x.shape
    t = _array(t, (N, D))
    # Z_max[i] = max[j](x[i,j])  (keeps exponentials from overflowing)
    Z_max = np.max(x, axis=1)
    # e_shifted[i,j] = exp(x[i,j] - Z_max[i])  (keeps exponentials from overflowing)
    e_shifted = np.exp(x - Z_max[:, None])
    # Z_shifted[i] = sum[j](e_shifted[i,j])  (keeps exponentials from overflowing)
    Z_shifted = np.sum(e_shifted, axis=1)
    # loss = -mean[i](sum[j](t[i,j]*log(p[i,j])))
    #   here loss = -mean[i](sum[j](t[i,j]*(x[i,j] - Z_max[i] - log(Z_shifted[i]))))
    loss = -np.mean(np.einsum("ij,ij->i", t, x - Z_max[:, None] - np.log(Z_shifted)[:, None]))
    return loss


def softmax_cross_entropy_backward(dloss, x, t):
    """Returns the tuple dx[N,D], dt[N,D], from the upstream gradient dloss."""
    x = _array(x)
    N, D = x.shape
    t = _array(t, (N, D))
    # Z_max[i] = max[j](x[i,j])  (keeps exponentials from overflowing)
    Z_max = np.max(x, axis=1)
    # e_shifted[i,j] = exp(x[i,j] - Z_max[i])  (keeps exponentials from overflowing)
    e_shifted = np.exp(x - Z_max[:, None])
    # Z_shifted[i] = sum[j](e_shifted[i,j])  (keeps exponentials from overflowing)
    Z_shifted = np.sum(e_shifted, axis=1)
    # p[i,j] = e[i,j]/Z[i]
    #   here p[i,j] = e_shifted[i,j]/Z_shifted[i]
    p = e_shifted / Z_shifted[:, None]
    # dt[i,j] = -log(p[i,j])/N  (step 3 of its derivation, contract-delta)
    #   here dt[i,j] = dloss*(-(x[i,j] - Z_max[i] - log(Z_shifted[i]))/N)
    dt = dloss * (-(x - Z_max[:, None] - np.log(Z_shifted)[:, None]) / N)
    # dx[i,j] = dloss*((p[i,j] - t[i,j])/N)  (step 9 of its derivation, common-factor)
    dx = dloss * ((p - t) / N)
    return dx, dt
