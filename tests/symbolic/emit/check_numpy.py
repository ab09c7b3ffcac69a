"""Runs emitted modules: check_numpy.py WHAT FOLDER, a folder in FOLDER for each layer.

WHAT is "agrees" (outputs and gradients are the tape's to 1e-10), "finite" (at inputs of +-1000 too), or "f32" (single
precision in, single precision out). Exits with 1 and says what is wrong.
"""

import importlib.util
import pathlib
import sys

import numpy as np


def numbered(folder, kind):
    found = sorted(folder.glob(kind + "_*.npy"), key=lambda path: int(path.stem.split("_")[-1]))
    return [np.load(path) for path in found]


def as_tuple(value):
    return value if isinstance(value, tuple) else (value,)


def error(found, wanted):
    found = np.asarray(found)
    if found.shape != wanted.shape:
        return f"has the shape {found.shape}, not {wanted.shape}"
    same = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
    with np.errstate(invalid="ignore"):
        worst = np.max(np.where(same, 0, np.abs(found - wanted) / np.maximum(1, np.abs(found) + np.abs(wanted))),
                       initial=0)
    return None if worst <= 1e-10 else f"is off by {worst}"


def problems(what, folder):
    spec = importlib.util.spec_from_file_location(folder.name, folder / "module.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (forward,) = [f for name, f in vars(module).items() if name.endswith("_forward")]
    (backward,) = [f for name, f in vars(module).items() if name.endswith("_backward")]
    upstream, tensors = numbered(folder, "upstream"), numbered(folder, "tensor")
    if what == "f32":
        upstream, tensors = ([np.float32(a) for a in arrays] for arrays in (upstream, tensors))
    if what == "finite":
        # Far apart along the last axis, both signs in each row.
        tensors = [np.where(np.indices(a.shape).sum(axis=0) % 2 == 0, 1000.0, -1000.0) if a.ndim else a for a in tensors]
    before = [np.copy(a) for a in tensors + upstream]
    outputs, gradients = as_tuple(forward(*tensors)), backward(*upstream, *tensors)
    for old, new in zip(before, tensors + upstream):
        if not np.array_equal(old, new, equal_nan=True):
            yield "an argument was changed"
    if not isinstance(gradients, tuple):
        yield "backward returns no tuple"
    for kind, found in (("output", outputs), ("gradient", gradients)):
        wanted = numbered(folder, kind)
        if len(found) != len(wanted):
            yield f"{len(found)} {kind}s, not {len(wanted)}"
        for k, (a, b) in enumerate(zip(found, wanted)):
            if what == "finite" and not np.all(np.isfinite(a)):
                yield f"{kind} {k} is not finite: {a}"
            if what == "f32" and np.asarray(a).dtype != np.float32:
                yield f"{kind} {k} is {np.asarray(a).dtype}"
            if what == "agrees" and error(a, b):
                yield f"{kind} {k} {error(a, b)}"
            if np.ndim(a) and not a.flags.writeable:
                yield f"{kind} {k} is not writeable"


def main():
    what, top = sys.argv[1], pathlib.Path(sys.argv[2])
    folders = sorted(path for path in top.iterdir() if path.is_dir())
    failed = not folders
    for folder in folders:
        try:
            for problem in problems(what, folder):
                failed = True
                print(f"{folder.name}: {problem}")
        except Exception as exception:  # reported with its layer, and fails the test
            failed = True
            print(f"{folder.name}: {type(exception).__name__}: {exception}")
    sys.exit(1 if failed else 0)


main()
