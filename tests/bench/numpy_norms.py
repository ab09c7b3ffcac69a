#!/usr/bin/env python3
"""Batch norm's backward pass in NumPy: op by op through the graph, and by the formulas that two texts derive.

numpy_norms.py [--json=FILE] [--seconds=0.02] [--size=NxD]  measures them, interleaved: ./run bench numpy runs it.
numpy_norms.py --check FOLDER  compares them with the gradients that `chalktape compare batch_norm --dtype f64
--dump FOLDER` wrote, and exits with 1 where they differ by more than 1e-10.
"""

import argparse
import json
import pathlib
import random
import statistics
import sys
import time

import numpy as np

EPS = 1e-5
SIZES = [(128, 100), (256, 1024), (1024, 1024), (4096, 1024), (65536, 256), (65536, 1024)]
REPETITIONS = 9


def forward(x, gamma, beta):
    """Text C's graph: every node is kept for the way back."""
    mu = x.mean(axis=0)
    xcorrected = x - mu
    xsquared = xcorrected**2
    var = xsquared.mean(axis=0)
    std = np.sqrt(var + x.dtype.type(EPS))
    istd = 1 / std
    xhat = xcorrected * istd
    y = xhat * gamma + beta
    return y, {"xcorrected": xcorrected, "var": var, "std": std, "istd": istd, "xhat": xhat}


def graph(dy, gamma, kept):
    """Backward through the graph, node by node."""
    n = dy.shape[0]
    dbeta = dy.sum(axis=0)
    dgamma = (kept["xhat"] * dy).sum(axis=0)
    dxhat = dy * gamma
    distd = (dxhat * kept["xcorrected"]).sum(axis=0)
    dstd = -distd / kept["std"] ** 2
    dvar = dstd / (2 * kept["std"])
    dxsquared = np.broadcast_to(dvar / n, dy.shape)
    dxcorrected = dxhat * kept["istd"] + 2 * dxsquared * kept["xcorrected"]
    dmu = -dxcorrected.sum(axis=0)
    dx = dxcorrected + dmu / n
    return dx, dgamma, dbeta


def formula_a(dy, gamma, kept):
    """Text A: in x - mu and var."""
    centred, var = kept["xcorrected"], kept["var"] + dy.dtype.type(EPS)
    dbeta = dy.sum(axis=0)
    dgamma = (dy * kept["xhat"]).sum(axis=0)
    dx = (dy - dy.mean(axis=0) - centred / var * (dy * centred).mean(axis=0)) * gamma / np.sqrt(var)
    return dx, dgamma, dbeta


def formula_c(dy, gamma, kept):
    """Text C: in xhat, dgamma and dbeta."""
    n = dy.shape[0]
    dbeta = dy.sum(axis=0)
    dgamma = (dy * kept["xhat"]).sum(axis=0)
    dx = gamma * kept["istd"] / n * (n * dy - kept["xhat"] * dgamma - dbeta)
    return dx, dgamma, dbeta


WAYS = {"graph": graph, "formula A": formula_a, "formula C": formula_c}


def disagreement(found, expected):
    # NumPy's maximum of what has a NaN is NaN; Python's need not be.
    return float(np.max([np.max(np.abs(a - b) / np.maximum(1, np.abs(a) + np.abs(b))) for a, b in zip(found, expected)]))


def measure(n, d, dtype, seconds):
    """The median time of each way in microseconds: in turn, in random order, several times."""
    numbers = np.random.default_rng(1)
    x, dy = (numbers.standard_normal((n, d)).astype(dtype) for _ in range(2))
    gamma, beta = (numbers.standard_normal(d).astype(dtype) for _ in range(2))
    _, kept = forward(x, gamma, beta)
    results = {name: way(dy, gamma, kept) for name, way in WAYS.items()}
    for name, found in results.items():
        if disagreement(found, results["graph"]) > 1e-2:
            sys.exit(f"numpy_norms.py: {name} computes something else")
    del results
    start = time.perf_counter()
    formula_c(dy, gamma, kept)
    runs = max(1, int(seconds / (time.perf_counter() - start)))
    samples = {name: [] for name in WAYS}
    order = random.Random(1)
    for _ in range(REPETITIONS):
        for name in order.sample(list(WAYS), len(WAYS)):
            start = time.perf_counter()
            for _ in range(runs):
                WAYS[name](dy, gamma, kept)
            samples[name].append((time.perf_counter() - start) / runs * 1e6)
    return {name: statistics.median(times) for name, times in samples.items()}


def check(folder):
    """Against the tape's gradients of the same numbers. Names of files as `chalktape compare --dump` gives them."""
    read = lambda name: np.load(pathlib.Path(folder) / f"{name}.npy")
    x, gamma, beta, dy = (read(name) for name in ("x", "gamma", "beta", "dy"))
    expected = [read(f"tape_d{name}") for name in ("x", "gamma", "beta")]
    _, kept = forward(x, gamma, beta)
    worst = {name: disagreement(way(dy, gamma, kept), expected) for name, way in WAYS.items()}
    print(", ".join(f"{name}: {error:.1e}" for name, error in worst.items()))
    return 0 if all(error <= 1e-10 for error in worst.values()) else 1


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--json")
    arguments.add_argument("--seconds", type=float, default=0.02, help="of one sample")
    arguments.add_argument("--size", help="one of the sizes only: 128x100")
    arguments.add_argument("--check", metavar="FOLDER")
    given = arguments.parse_args()
    if given.check:
        return check(given.check)
    print(f"NumPy {np.__version__}, batch norm backward: medians of interleaved repetitions in microseconds.\n")
    print("| N, D | dtype | graph | formula A | formula C | graph/A | graph/C |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    entries = []
    for n, d in SIZES:
        if given.size and given.size != f"{n}x{d}":
            continue
        for dtype, name in ((np.float32, "f32"), (np.float64, "f64")):
            times = measure(n, d, dtype, given.seconds)
            ratios = {f"graph/{way}": times["graph"] / times[way] for way in ("formula A", "formula C")}
            cells = [f"{time:.1f}" for time in times.values()] + [f"{ratio:.2f}" for ratio in ratios.values()]
            print(f"| ({n}, {d}) | {name} | {' | '.join(cells)} |", flush=True)
            entries.append({"what": "batch norm backward", "n": n, "d": d, "dtype": name, "threads": 1,
                            "microseconds": times, "ratios": ratios, "numpy": np.__version__})
    if given.json:
        pathlib.Path(given.json).write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
