"""Runs emitted modules: run_numpy.py FOLDER, a folder in FOLDER for each layer, and a folder in it for each sample.

Writes output_K.npy and gradient_K.npy beside the sample's upstream_K.npy and tensor_K.npy; error.txt where that fails.
"""

import importlib.util
import pathlib
import sys
import traceback

import numpy as np


def numbered(folder, kind):
    found = sorted(folder.glob(kind + "_*.npy"), key=lambda path: int(path.stem.split("_")[-1]))
    return [np.load(path) for path in found]


def as_tuple(value):
    return value if isinstance(value, tuple) else (value,)


def run(layer):
    spec = importlib.util.spec_from_file_location(layer.name, layer / "module.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (forward,) = [f for name, f in vars(module).items() if name.endswith("_forward")]
    (backward,) = [f for name, f in vars(module).items() if name.endswith("_backward")]
    for sample in sorted(path for path in layer.iterdir() if path.is_dir() and path.name.startswith("sample")):
        upstream, tensors = numbered(sample, "upstream"), numbered(sample, "tensor")
        results = {"output": as_tuple(forward(*tensors)), "gradient": backward(*upstream, *tensors)}
        for kind, arrays in results.items():
            for k, array in enumerate(arrays):
                np.save(sample / f"{kind}_{k}.npy", np.asarray(array))


np.seterr(all="ignore")  # what overflows on the way to a number is no mistake
for layer in sorted(path for path in pathlib.Path(sys.argv[1]).iterdir() if path.is_dir()):
    try:
        run(layer)
    except Exception:  # reported with its layer
        (layer / "error.txt").write_text(traceback.format_exc())
