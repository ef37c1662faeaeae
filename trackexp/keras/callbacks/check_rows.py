"""A few rows and what the best model says of them: what a reloaded model is compared with."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


def check_rows(model: Any, rows: Any) -> dict[str, Any] | None:
    """Return the rows as `x0, x1, …`, the model's outputs as `y0, y1, …`, and `names`, the places of the inputs.

    None for a model with stateful layers, whose state a call would move. A place is "" for a lone array, "[0]" in a
    list, the key in a dictionary.
    """
    if any(getattr(layer, "stateful", False) for layer in model.layers):
        return None
    inputs, outputs = _flat(rows), _flat(model(rows, training=False))
    arrays: dict[str, Any] = {f"x{index}": np.asarray(value) for index, (_, value) in enumerate(inputs)}
    arrays |= {f"y{index}": keras.ops.convert_to_numpy(value) for index, (_, value) in enumerate(outputs)}
    return {"names": np.array([name for name, _ in inputs], dtype=np.str_), **arrays}


def _flat(values: Any) -> list[tuple[str, Any]]:
    if isinstance(values, dict):
        return [(str(key), value) for key, value in sorted(values.items())]
    if isinstance(values, list | tuple):
        return [(f"[{index}]", value) for index, value in enumerate(values)]
    return [("", values)]
