"""The loss and the score of the batch, computed in numpy from what the model really outputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trackexp.fit.data.arrays import class_ids
from trackexp.record.facts import LossFacts

_EPSILON = 1e-7  # Keras's own
_PROBABILITY = frozenset({"binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"})
_NUMBERS = frozenset({"mean_squared_error", "mean_absolute_error", "huber", "log_cosh"})

Values = NDArray[np.float64]


def recomputed_loss(loss: LossFacts, y_true: Values, y_pred: Values) -> float | None:
    """Return the mean loss by its textbook formula; None for a loss that is not known, or shapes that do not fit.

    >>> recomputed_loss({"identifier": "mean_squared_error"}, np.zeros((2, 1)), np.ones((2, 1)))
    1.0
    """
    name, config = loss.get("identifier"), loss.get("config", {})
    if loss.get("custom") or config.get("label_smoothing") or config.get("reduction") in ("sum", "none"):
        return None
    if name == "sparse_categorical_crossentropy":
        ids = y_true.reshape(-1).astype(int)
        rows = y_pred.reshape(-1, y_pred.shape[-1])
        if len(ids) != len(rows) or ids.min() < 0 or ids.max() >= rows.shape[1]:
            return None
        return float(-_log_softmax(rows, logits=bool(loss.get("from_logits")))[np.arange(len(ids)), ids].mean())
    if y_true.ndim == y_pred.ndim - 1 and y_pred.shape[-1] == 1:
        y_true = y_true[..., None]
    if y_true.shape != y_pred.shape:
        return None
    if name == "categorical_crossentropy":
        return float(-(y_true * _log_softmax(y_pred, logits=bool(loss.get("from_logits")))).sum(axis=-1).mean())
    if name == "binary_crossentropy":
        chance = 1 / (1 + np.exp(-y_pred)) if loss.get("from_logits") else y_pred
        chance = np.clip(chance, _EPSILON, 1 - _EPSILON)
        return float(-(y_true * np.log(chance) + (1 - y_true) * np.log(1 - chance)).mean())
    if name == "mean_squared_error":
        return float(((y_true - y_pred) ** 2).mean())
    return float(np.abs(y_true - y_pred).mean()) if name == "mean_absolute_error" else None


def _log_softmax(rows: Values, *, logits: bool) -> Values:
    if not logits:
        return np.asarray(np.log(np.clip(rows, _EPSILON, 1.0)))
    shifted = rows - rows.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


@dataclass(frozen=True, slots=True)
class Score:
    """Share of right answers and mean recall of classes, or R² twice; and how much the outputs differ over the rows."""

    score: float
    balanced: float
    spread: float | None


def score_of(loss: LossFacts, activation: str | None, y_true: Values, y_pred: Values) -> Score | None:
    """Return how well the outputs answer the targets; None where the loss does not say what they are for."""
    name = loss.get("identifier", "")
    if loss.get("custom") or not np.isfinite(y_pred).all() or len(y_true) < 2:
        return None
    if name in _NUMBERS and y_true.size == y_pred.size:
        truth, answers = y_true.reshape(len(y_true), -1), y_pred.reshape(len(y_true), -1)
        total = float(((truth - truth.mean(axis=0)) ** 2).sum())
        if not total:
            return None
        r2 = 1 - float(((truth - answers) ** 2).sum()) / total
        return Score(r2, r2, float(answers.std(axis=0).mean() / truth.std(axis=0).mean()))
    ids = class_ids(y_true)
    if name not in _PROBABILITY or ids is None or y_pred.ndim != 2 or len(np.unique(ids)) < 2:
        return None
    if y_pred.shape[1] == 1:
        logits = loss.get("from_logits") or activation == "linear"
        answers = (y_pred[:, 0] > (0.0 if logits else 0.5)).astype(int)
    else:
        answers = y_pred.argmax(axis=1)
    right = answers == ids
    recalls = [float(right[ids == name].mean()) for name in np.unique(ids)]
    return Score(float(right.mean()), float(np.mean(recalls)), float(y_pred.std(axis=0).mean()))
