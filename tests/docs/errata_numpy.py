"""The published errors, once more and by hand: errata_numpy.py CHALKTAPE FOLDER-OF-PUBLISHED-CLAIMS.

For each line that `chalktape check` refutes, the counterexample goes into NumPy here: a forward pass written out by
hand, its gradient by central differences, the line as it was printed, and the line as it was repaired. The numbers that
the command shows must be these, the printed line must be wrong there, and the repaired one right. A refuted line that
is missing here is a failure, and so is one here that is not refuted. Shares nothing with the house.
"""

import json
import math
import pathlib
import subprocess
import sys

import numpy as np

erf = np.vectorize(math.erf)


def gradient(loss, at):
    """By central differences: about nine digits of float64."""
    at = np.asarray(at, float)
    result, h = np.zeros_like(at), 1e-5
    for k in np.ndindex(at.shape):
        up, down = at.copy(), at.copy()
        up[k] += h
        down[k] -= h
        result[k] = (loss(up) - loss(down)) / (2 * h)
    return result


def normalized(x, eps):
    return (x - x.mean(0)) / np.sqrt(x.var(0) + eps)


def batch_norm(p, x=None, gamma=None):
    return (p["gamma"] if gamma is None else gamma) * normalized(p["x"] if x is None else x, p["eps"]) + p["beta"]


def root_mean_square(x, eps):
    return np.sqrt((x**2).mean(1, keepdims=True) + eps)


def rms_norm(p, x):
    return p["gamma"] * x / root_mean_square(x, p["eps"])


def softmax(x):
    e = np.exp(x)
    return e / e.sum(1, keepdims=True)


# Each takes the counterexample's inputs and returns three arrays by the left side's indices: the truth, what was
# printed, and what the repaired line says (None where no small change repairs it).


def output_with_beta_subtracted(p):
    y = batch_norm(p)
    return y, y - 2 * p["beta"], y


def gradient_of_gamma(p):
    truth = gradient(lambda gamma: (p["dy"] * batch_norm(p, gamma=gamma)).sum(), p["gamma"])
    return truth, (p["dy"] * p["x"]).sum(0), (p["dy"] * normalized(p["x"], p["eps"])).sum(0)


def derivative_by_beta_subtracted(p):
    n, d = p["x"].shape
    truth = np.zeros((n, d, d))
    for k, l in np.ndindex(n, d):
        truth[k, l] = gradient(lambda beta: (p["gamma"] * normalized(p["x"], p["eps"]) - beta)[k, l], p["beta"])
    printed = np.broadcast_to(np.eye(d), (n, d, d))
    return truth, printed, -printed


def gradient_of_beta_subtracted(p):
    truth = gradient(lambda beta: (p["dy"] * (p["gamma"] * normalized(p["x"], p["eps"]) - beta)).sum(), p["beta"])
    return truth, p["dy"].sum(0), -p["dy"].sum(0)


def epsilon_outside(p):
    x, dy, eps = p["x"], p["dy"], p["eps"]
    truth = gradient(lambda x: (dy * p["gamma"] * (x - x.mean(0)) / (x.std(0) + eps)).sum(), x)
    std, centred = x.std(0), x - x.mean(0)
    inner = dy - dy.mean(0) - centred / (std * (std + eps)) * (dy * centred).mean(0)
    return truth, inner * p["gamma"] / np.sqrt(std + eps), inner * p["gamma"] / (std + eps)


def mean_over_everything(p):
    return p["x"].mean(0), np.full(p["x"].shape[1], p["x"].mean()), p["x"].mean(0)


def unbiased_by_batches(p):
    batches, m = p["sigma2"].shape[0], p["m"]
    return m / (m - 1) * p["sigma2"].mean(0), p["sigma2"].sum(0) / (batches - 1), None


def rms_parts(p):
    truth = gradient(lambda x: (p["dy"] * rms_norm(p, x)).sum(), p["x"])
    istd = 1 / root_mean_square(p["x"], p["eps"])
    return truth, istd, p["x"] * istd, p["gamma"] * p["dy"]


def rms_without_weight(p):
    truth, istd, xhat, wdy = rms_parts(p)
    printed = istd * (wdy - xhat * (p["dy"] * xhat).mean(1, keepdims=True))
    return truth, printed, istd * (wdy - xhat * (p["dy"] * p["gamma"] * xhat).mean(1, keepdims=True))


def rms_with_weight_twice(p):
    truth, istd, xhat, wdy = rms_parts(p)
    printed = istd * (wdy - xhat * (p["gamma"] * wdy * xhat).mean(1, keepdims=True))
    return truth, printed, istd * (wdy - xhat * (p["gamma"] * p["dy"] * xhat).mean(1, keepdims=True))


def rms_with_a_sum(p):
    truth, istd, xhat, wdy = rms_parts(p)
    total = (wdy * xhat).sum(1, keepdims=True)
    return truth, istd * (wdy - xhat * total), istd * (wdy - xhat * total / p["x"].shape[1])


def residual_added_before(p):
    def loss(x):
        r = x + p["residual"]
        return (p["dy"] * rms_norm(p, r)).sum() + (p["dr"] * r).sum()

    r = p["x"] + p["residual"]
    istd = 1 / root_mean_square(r, p["eps"])
    xhat, wg = r * istd, p["gamma"] * (p["dy"] + p["dr"])
    return gradient(loss, p["x"]), istd * (wg - xhat * (wg * xhat).mean(1, keepdims=True)), None


def softmax_as_sigmoid(p):
    y = softmax(p["x"])
    return gradient(lambda x: (p["dp"] * softmax(x)).sum(), p["x"]), p["dp"] * y * (1 - y), None


def gelu_without_its_factor(p):
    x, dy = p["x"], p["dy"]
    truth = gradient(lambda x: (dy * x * (1 + erf(x / math.sqrt(2))) / 2).sum(), x)
    cdf, bell = (1 + erf(x / math.sqrt(2))) / 2, np.exp(-(x**2) / 2)
    return truth, dy * (cdf + x * bell), dy * (cdf + x * bell / math.sqrt(2 * math.pi))


def attention_without_its_scale(p):
    q, k, v, dy = p["q"], p["k"], p["v"], p["dy"]
    weights = lambda q: softmax(q @ k.T / math.sqrt(q.shape[1]))
    truth = gradient(lambda q: (dy * (weights(q) @ v)).sum(), q)
    w = weights(q)
    dw = dy @ v.T
    printed = (w * (dw - (w * dw).sum(1, keepdims=True))) @ k
    return truth, printed, printed / math.sqrt(q.shape[1])


def centred_at_one_place(p):
    h = p["X"] @ p["W"] + p["b"]
    return gradient(lambda h: (h - h.mean(0))[0, 1], h)[0, 1], np.float64(0), None


def column_with_x_for_xhat(p):
    right = p["gamma"] * normalized(p["x"], p["epsilon"]) + p["beta"]
    return right, p["gamma"] * p["x"] + p["beta"], right


def column_with_nothing_held(p):
    x = p["x"]
    truth = [gradient(lambda x: normalized(x, p["epsilon"])[i], x)[i] for i in range(len(x))]
    return np.array(truth), np.full(len(x), 1 / np.sqrt(x.var() + p["epsilon"])), None


BY_LINE = {
    ("alternative_backward", "y[k,l] = gamma[l]*xhat[k,l] - beta[l]"): output_with_beta_subtracted,
    ("alternative_backward", "dgamma[j] = sum[k,l](dy[k,l]*x[k,l]*delta[l,j])"): gradient_of_gamma,
    ("alternative_backward", "dgamma[j] = sum[k](dy[k,j]*x[k,j])"): gradient_of_gamma,
    ("alternative_backward", "diff(y[k,l], beta[j]) = delta[l,j]"): derivative_by_beta_subtracted,
    ("alternative_backward", "dbeta[j] = sum[k](dy[k,j])"): gradient_of_beta_subtracted,
    (
        "alternative_backward",
        "dx[i,j] = (dy[i,j] - mean[k](dy[k,j]) - (x[i,j] - mu[j])/(std[j]*(std[j] + eps))"
        "*mean[k](dy[k,j]*(x[k,j] - mu[j])))*gamma[j]/sqrt(std[j] + eps)",
    ): epsilon_outside,
    ("implement_batch_norm", "mu[d] = mean[n,k](x[n,k])"): mean_over_everything,
    ("implement_batch_norm", "variance[j] = 1/(B - 1)*sum[i](sigma2[i,j])"): unbiased_by_batches,
    (
        "in_the_wild",
        "dx[i,j] = istd[i]*(gamma[j]*dy[i,j] - xhat[i,j]*mean[k](dy[i,k]*xhat[i,k]))",
    ): rms_without_weight,
    (
        "in_the_wild",
        "dx[i,j] = istd[i]*(wdy[i,j] - xhat[i,j]*mean[k](gamma[k]*wdy[i,k]*xhat[i,k]))",
    ): rms_with_weight_twice,
    (
        "in_the_wild",
        "dx[i,j] = istd[i]*(gamma[j]*dy[i,j] - xhat[i,j]*sum[k](gamma[k]*dy[i,k]*xhat[i,k]))",
    ): rms_with_a_sum,
    (
        "in_the_wild",
        "dx[i,j] = istd[i]*(gamma[j]*g[i,j] - xhat[i,j]*mean[k](gamma[k]*g[i,k]*xhat[i,k]))",
    ): residual_added_before,
    ("in_the_wild", "dx[i,j] = dp[i,j]*p[i,j]*(1 - p[i,j])"): softmax_as_sigmoid,
    (
        "in_the_wild",
        "dx[i,j] = dy[i,j]*(1/2*(1 + erf(x[i,j]/sqrt(2))) + x[i,j]*exp(-x[i,j]^2/2))",
    ): gelu_without_its_factor,
    (
        "in_the_wild",
        "dq[n,d] = sum[m](p[n,m]*(sum[f](dy[n,f]*v[m,f]) - r[n])*k[m,d])",
    ): attention_without_its_scale,
    ("maths_details", "diff(u[1,2], h[1,2]) = 0"): centred_at_one_place,
    ("understanding_gradients", "y[i] = gamma*x[i] + beta"): column_with_x_for_xhat,
    ("understanding_gradients", "diff(xhat[i], x[i]) = 1/sqrt(sigma2 + epsilon)"): column_with_nothing_held,
}


def same(a, b):
    return bool(np.allclose(a, b, rtol=1e-7, atol=1e-8))


def problems(by_hand, equation):
    shown = equation["counterexample"]
    inputs = {name: np.array(value, float) for name, value in shown["inputs"].items()}
    truth, printed, repaired = by_hand(inputs)
    entry = tuple(place - 1 for place in shown["entry"].values())
    if not same(truth[entry], shown["left"]):
        yield f"the truth is {truth[entry]}, not {shown['left']}"
    if not same(printed[entry], shown["right"]):
        yield f"what was printed is {printed[entry]}, not {shown['right']}"
    if same(truth[entry], printed[entry]):
        yield "there is no difference"
    if (repaired is None) != (equation["repair"] is None):
        yield f"the repair is {equation['repair']}"
    if repaired is not None and not same(truth, repaired):
        yield f"the repaired line says {repaired}, the truth is {truth}"


def main(chalktape, folder):
    files = sorted(str(path) for path in pathlib.Path(folder).glob("*.chalk"))
    run = subprocess.run([chalktape, "check", *files, "--format", "json"], check=True, capture_output=True, text=True)
    left, found = dict(BY_LINE), []
    for file in json.loads(run.stdout)["files"]:
        for claim in file["claims"]:
            for line in claim["lines"]:
                for equation in line["equations"]:
                    if equation["verdict"] != "refuted":
                        continue
                    key = (pathlib.Path(file["file"]).stem, f"{equation['left']} = {equation['right']}")
                    where = f"{file['file']}:{line['line']}: {key[1]}: "
                    by_hand = left.pop(key, None)
                    if by_hand is None:
                        found.append(where + "is not here, or stands twice")
                    else:
                        found += [where + problem for problem in problems(by_hand, equation)]
    found += [f"{name}: {line}: is not refuted" for name, line in left]
    print("\n".join(found) or f"{len(BY_LINE)} refuted lines: the numbers are NumPy's")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
