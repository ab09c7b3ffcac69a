# The layer batch_norm(x[N,D], gamma[D], beta[D]; eps = 1e-5) and its gradients, on NumPy arrays.
#
# Written by chalktape 0.1.0 (chalktape emit batch_norm --lang numpy). Backward is the derived
# formula: `chalktape derive` shows how it comes about, and each step passed its check.

import numpy as np


def _array(value, shape=None):
    """The value as an array of floating-point numbers; raises ValueError where its shape is another."""
    value = np.asarray(value)
    if not np.issubdtype(value.dtype, np.floating):
        value = value.astype(np.float64)
    if shape is not None and value.shape != shape:
        raise ValueError(f"an array has the shape {value.shape}, not {shape}")
    return value


def batch_norm_forward(x, gamma, beta, eps=1e-05):
    """Returns y[N,D]."""
    x = _array(x)
    N, D = x.shape
    gamma = _array(gamma, (D,))
    beta = _array(beta, (D,))
    # mu[j] = mean[i](x[i,j])
    mu = np.mean(x, axis=0)
    # var[j] = mean[i]((x[i,j] - mu[j])^2)
    var = np.mean((x - mu)**2, axis=0)
    # xhat[i,j] = (x[i,j] - mu[j])/sqrt(var[j] + eps)
    xhat = (x - mu) / np.sqrt(var + eps)
    # y[i,j] = gamma[j]*xhat[i,j] + beta[j]
    y = gamma * xhat + beta
    return y


def batch_norm_backward(dy, x, gamma, beta, eps=1e-05):
    """Returns the tuple dx[N,D], dgamma[D], dbeta[D], from the upstream gradient dy."""
    x = _array(x)
    N, D = x.shape
    gamma = _array(gamma, (D,))
    beta = _array(beta, (D,))
    dy = _array(dy, (N, D))
    # mu[j] = mean[i](x[i,j])
    mu = np.mean(x, axis=0)
    # var[j] = mean[i]((x[i,j] - mu[j])^2)
    var = np.mean((x - mu)**2, axis=0)
    # xhat[i,j] = (x[i,j] - mu[j])/sqrt(var[j] + eps)
    xhat = (x - mu) / np.sqrt(var + eps)
    # istd[j] = (var[j] + eps)^(-1/2)
    istd = 1 / np.sqrt(var + eps)
    # dgamma[j] = sum[i](xhat[i,j]*dy[i,j])  (step 3 of its derivation, contract-delta)
    dgamma = np.einsum("ij,ij->j", xhat, dy)
    # dbeta[j] = sum[i](dy[i,j])  (step 3 of its derivation, contract-delta)
    dbeta = np.sum(dy, axis=0)
    # dx[i,j] = gamma[j]*istd[j]/N*(N*dy[i,j] - dgamma[j]*xhat[i,j] - dbeta[j])  (step 12 of its
    # derivation, fold-product)
    dx = gamma * istd / N * (N * dy - dgamma * xhat - dbeta)
    return dx, dgamma, dbeta
