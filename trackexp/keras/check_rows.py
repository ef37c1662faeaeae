"""A few rows and what the best model says of them, beside its file: what a reloaded model is compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np


def check_file(path: Path) -> Path:
    """Return the check file of a model file."""
    return path.with_name(f".{path.name}.check.npz")


def write_check(path: Path, model: Any, rows: Any) -> None:
    """Write the check file: the rows as `x0, x1, …`, the outputs as `y0, y1, …`, the dictionary keys of both.

    The file stays on this disk: rows of data are not ours to send. Stateful layers are left alone, a call would
    move their state.
    """
    if any(getattr(layer, "stateful", False) for layer in model.layers):
        return
    inputs, outputs = _flat(rows), _flat(model(rows, training=False))
    arrays: dict[str, Any] = {f"x{index}": np.asarray(value) for index, (_, value) in enumerate(inputs)}
    arrays |= {f"y{index}": keras.ops.convert_to_numpy(value) for index, (_, value) in enumerate(outputs)}
    names = np.array([name for name, _ in inputs], dtype=np.str_)
    np.savez(check_file(path), names=names, **arrays)


def _flat(values: Any) -> list[tuple[str, Any]]:
    """Return the arrays of a nested structure with their place: "" for a lone one, "[0]" in a list, a key in a dict."""
    if isinstance(values, dict):
        return [(str(key), value) for key, value in sorted(values.items())]
    if isinstance(values, list | tuple):
        return [(f"[{index}]", value) for index, value in enumerate(values)]
    return [("", values)]
