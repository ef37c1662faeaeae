"""What a loss function of the user's does to a few rows: whether it averages them, pairs them and stays finite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

_ROWS = 5  # whose 25 pairs are computed one by one
_ALIKE = 1e-3  # relative difference below which two losses are the same

Values = NDArray[np.float32]


def loss_traits(
    loss: Callable[[Any, Any], Any], y_true: Values, y_pred: Values, activation: str | None
) -> dict[str, bool]:
    """Return the traits that could be told, from calls on at most ten rows.

    Args:
        loss: Of the user's, as Keras calls it.
        y_true: Shape (rows, …).
        y_pred: Shape (rows, …).
        activation: The last effective one of the output.
    """

    def value(truth: Any, answer: Any) -> float:
        found = loss(*(keras.ops.convert_to_tensor(part, dtype="float32") for part in (truth, answer)))
        return float(np.mean(keras.ops.convert_to_numpy(found)))

    found: dict[str, bool] = {}
    if not isinstance(loss, keras.Loss):  # around a function Keras aligns the ranks first
        y_true = y_true[..., None] if y_true.ndim == y_pred.ndim - 1 and y_pred.shape[-1] == 1 else y_true
        y_true = y_true[..., 0] if y_true.ndim == y_pred.ndim + 1 and y_true.shape[-1] == 1 else y_true
    rows = distinct_rows(y_true, y_pred)
    if rows is None:
        return found
    truth, answer = y_true[rows], y_pred[rows]
    once = value(truth, answer)
    if np.isfinite(once) and abs(once) > 1e-6:
        twice = value(np.concatenate([truth, truth]), np.concatenate([answer, answer]))
        found["sums_rows"] = abs(twice / once - 2) < _ALIKE
        found["crosses_rows"] = crosses(value, truth, answer, once)
    if activation in ("sigmoid", "softmax") and truth.shape == answer.shape and set(np.unique(y_true)) == {0.0, 1.0}:
        found["overflows"] = not np.isfinite(value(truth, truth)) or not np.isfinite(value(truth, 1 - truth))
    return found


def made_up(shape: Sequence[int | None], rows: int, activation: str | None) -> Values:
    """Return outputs such as the model could give: probabilities behind a sigmoid or softmax, else normal numbers."""
    found = np.random.default_rng(0).normal(size=(rows, *(size or 1 for size in shape[1:]))).astype(np.float32)
    if activation == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-found)), dtype=np.float32)
    if activation == "softmax":
        return np.asarray(np.exp(found) / np.exp(found).sum(axis=-1, keepdims=True), dtype=np.float32)
    return found


def distinct_rows(y_true: Values, y_pred: Values) -> list[int] | None:
    """Return a few rows whose targets and outputs are not all the same; None where there are none."""
    if len(y_true) != len(y_pred) or len(y_true) < _ROWS or not np.isfinite(y_pred).all():
        return None
    keys = y_true.reshape(len(y_true), -1)[:, 0]
    order = np.argsort(keys, kind="stable")
    rows = order[np.linspace(0, len(order) - 1, _ROWS).round().astype(int)]
    varied = len(np.unique(keys[rows])) > 1 and float(y_pred[rows].std(axis=0).max()) > 0
    return [int(row) for row in rows] if varied else None


def crosses(value: Callable[[Any, Any], float], truth: Values, answer: Values, once: float) -> bool:
    """Tell whether the loss is the mean over all pairs of a target row and an output row, not over those of one row.

    Subtracting targets of shape (n,) from outputs of shape (n, 1) gives that n × n table.
    """
    count = len(truth)
    single = np.array([[value(truth[i : i + 1], answer[j : j + 1]) for j in range(count)] for i in range(count)])
    if not np.isfinite(single).all():
        return False
    scale = float(np.abs(single).mean()) or 1.0
    own = float(np.diag(single).mean())
    return abs(once - float(single.mean())) < _ALIKE * scale < 10 * _ALIKE * scale < abs(once - own)
