"""Run as `python -m trackexp.models.reload MODEL CHECK`: loads a Keras model, compares its outputs, prints JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

# Two sums of the same float32 products in another order differ by a few units in the last place, more in deep models.
RELATIVE, ABSOLUTE = 1e-4, 1e-5


def main(model_path: str, check_path: str) -> None:
    """Load the model and print the answer."""
    # compile=False: a loss passed as "mse" does not load from .h5, and no loss is needed here.
    model = keras.saving.load_model(model_path, compile=False)
    answer = compared(model, Path(check_path))
    sys.stdout.write(json.dumps(answer) + "\n")


def compared(model: Any, check: Path) -> dict[str, object]:
    """Return whether the outputs for the kept rows are those that the run noted, and by how much they differ."""
    if not check.is_file():
        return {"passed": True, "text": "it reloads; no rows were kept to compare its outputs by"}
    with np.load(check) as kept:
        names = [str(name) for name in kept["names"]]
        inputs = [kept[f"x{index}"] for index in range(len(names))]
        expected = [kept[key] for key in sorted(k for k in kept.files if k.startswith("y"))]
    actual = [
        np.asarray(keras.ops.convert_to_numpy(value)) for value in _flat(model(_nested(names, inputs), training=False))
    ]
    if [value.shape for value in actual] != [value.shape for value in expected]:
        return {"passed": False, "text": "reloaded, its outputs have other shapes than at the improvement"}
    largest = max(
        (float(np.max(np.abs(a - e), initial=0.0)) for a, e in zip(actual, expected, strict=True)), default=0.0
    )
    passed = all(np.allclose(a, e, RELATIVE, ABSOLUTE, equal_nan=True) for a, e in zip(actual, expected, strict=True))
    rows = len(inputs[0])
    words = "equal those at the improvement" if passed else "are not those at the improvement"
    return {
        "passed": passed,
        "text": f"reloaded, its outputs for {rows} rows {words} (largest difference {largest:.2g})",
    }


def _nested(names: list[str], arrays: list[Any]) -> Any:
    """Return the inputs in the structure they were kept from: one array, a list, or a dictionary."""
    if names == [""]:
        return arrays[0]
    if names[0].startswith("["):
        return arrays
    return dict(zip(names, arrays, strict=True))


def _flat(outputs: Any) -> list[Any]:
    if isinstance(outputs, dict):
        return [outputs[key] for key in sorted(outputs)]
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


if __name__ == "__main__":
    main(*sys.argv[1:3])
