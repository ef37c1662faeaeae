"""Rows of probabilities that cannot be: an error that names them, never a number."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.evaluation.predictions import Predictions


def tolerance(data: Predictions) -> float:
    """Return how far a row's sum may be from 1: 1e-3 for float32 and shorter, 1e-6 for float64."""
    return 1e-3 if data.y_prob.dtype == np.float32 else 1e-6


def check_block(
    block: NDArray[np.floating[Any]], top: NDArray[np.floating[Any]], axis: int | None, data: Predictions
) -> None:
    """Check one block of rows; whatever is wrong with it is then looked for in all rows.

    Args:
        block: Probabilities in float64.
        top: The largest of each row.
        axis: The axis of classes, whose sums must be 1; None where every value stands alone.
        data: Where the block comes from.

    Raises:
        UsageError: NaN or infinite, below 0 or above 1, or sums off 1; with the ids of up to five rows.
    """
    slack = tolerance(data)
    low, high = float(block.min()), float(top.max())
    # NaN compares as False, so it fails here
    in_range = low >= 0.0 and high <= 1.0 + slack
    if not in_range or (axis is not None and float(np.abs(block.sum(axis=axis) - 1.0).max()) > slack):
        _raise_for_rows(data, axis is not None, slack)


def _raise_for_rows(data: Predictions, sums_to_one: bool, slack: float) -> None:
    """Look through all rows again, since the error names how many there are."""
    prob = data.y_prob
    bad = _bad_rows(~np.isfinite(prob))
    if bad.size:
        raise UsageError(
            f"y_prob is NaN or infinite in {_rows(data, bad)}; expected a probability for every class. "
            "Find out why the model gives none, or leave these rows out and say so."
        )
    bad = _bad_rows((prob < 0) | (prob > 1 + slack))
    if bad.size:
        kind = "softmax over the classes" if prob.ndim == 2 and data.task != "multilabel" else "a sigmoid"
        raise UsageError(
            f"y_prob lies outside 0 to 1 in {_rows(data, bad)}, from {prob.min():g} to {prob.max():g}; expected "
            f"probabilities. Logits need {kind} first."
        )
    if sums_to_one:
        sums = prob.sum(axis=1, dtype=np.float64)
        bad = np.flatnonzero(np.abs(sums - 1) > slack)
        raise UsageError(
            f"y_prob does not sum to 1 in {_rows(data, bad)}, the first sums to {sums[bad[0]]:.6g}; expected 1 ± "
            f"{slack:g} ({prob.dtype}). Divide rows by their sums, or pass task='multilabel' if columns stand alone."
        )


def _bad_rows(bad: NDArray[np.bool_]) -> NDArray[np.intp]:
    return np.flatnonzero(bad if bad.ndim == 1 else bad.any(axis=1))


def _rows(data: Predictions, bad: NDArray[Any]) -> str:
    shown = ", ".join(repr(i) for i in data.id_of(bad[:5]))
    more = f" and {bad.size - 5} more" if bad.size > 5 else ""
    kind = "row" if data.ids is None else "id"
    return f"{kind}{'s' if bad.size > 1 else ''} {shown}{more}"
