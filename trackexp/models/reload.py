"""Run as `python -m trackexp.models.reload MODEL CHECK`: loads a Keras model, compares its outputs, prints JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from trackexp.errors import first_line
from trackexp.models.formats.keras_file import needed_code

# Two sums of the same float32 products in another order differ by a few units in the last place, more in deep models.
RELATIVE, ABSOLUTE = 1e-4, 1e-5
_MOST_CHARACTERS = 200  # of Keras's message


def main(model_path: str, check_path: str) -> None:
    """Load the model and print the answer."""
    sys.stdout.write(json.dumps(_answer(Path(model_path), Path(check_path))) + "\n")


def _answer(path: Path, check: Path) -> dict[str, str]:
    try:
        # compile=False: a loss passed as "mse" does not load from .h5, and no loss is needed here.
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:
        if code := needed_code(str(error)):
            text = f"it cannot be reloaded here: it needs {code} (its code is not part of the file)"
            return {"outcome": "not verified", "text": text}
        return {"outcome": "failed", "text": f"it cannot be reloaded: {_in_a_line(error)}"}
    try:
        return compared(model, check)
    except Exception as error:
        return {"outcome": "failed", "text": f"reloaded, it does not take the rows that were kept: {_in_a_line(error)}"}


def _in_a_line(error: Exception) -> str:
    """Return the error's first line: what follows in Keras's messages is the whole config of the model."""
    return f"{type(error).__name__}: {first_line(error, _MOST_CHARACTERS)}"


def compared(model: Any, check: Path) -> dict[str, str]:
    """Return whether the outputs for the kept rows are those that the run noted, and by how much they differ."""
    if not check.is_file():
        return {"outcome": "reloaded", "text": "it reloads; no rows were kept to compare its outputs by"}
    with np.load(check) as kept:
        names = [str(name) for name in kept["names"]]
        inputs = [kept[f"x{index}"] for index in range(len(names))]
        expected = [kept[key] for key in sorted(k for k in kept.files if k.startswith("y"))]
    actual = [
        np.asarray(keras.ops.convert_to_numpy(value)) for value in _flat(model(_nested(names, inputs), training=False))
    ]
    if [value.shape for value in actual] != [value.shape for value in expected]:
        return {"outcome": "failed", "text": "reloaded, its outputs have other shapes than at the improvement"}
    largest = max(
        (float(np.max(np.abs(a - e), initial=0.0)) for a, e in zip(actual, expected, strict=True)), default=0.0
    )
    equal = all(np.allclose(a, e, RELATIVE, ABSOLUTE, equal_nan=True) for a, e in zip(actual, expected, strict=True))
    words = "equal those at the improvement" if equal else "are not those at the improvement"
    return {
        "outcome": "passed" if equal else "failed",
        "text": f"reloaded, its outputs for {len(inputs[0])} rows {words} (largest difference {largest:.2g})",
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
