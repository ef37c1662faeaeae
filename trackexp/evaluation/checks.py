"""Labels and probabilities, checked: what is impossible is an error that names its rows, never a number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError, nearest

if TYPE_CHECKING:
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
            f"probabilities. Logits need {kind} first; percentages are divided by 100."
        )
    if sums_to_one:
        sums = prob.sum(axis=1, dtype=np.float64)
        bad = np.flatnonzero(np.abs(sums - 1) > slack)
        allowed, rounded_to = explained(prob)
        more = f"; {rounded_to} explain {allowed:g}" if rounded_to else ""
        raise UsageError(
            f"y_prob does not sum to 1 in {_rows(data, bad)}, the first sums to {sums[bad[0]]:.6g}; expected 1 ± "
            f"{slack:g} ({prob.dtype}){more}. Divide rows by their sums, or pass task='multilabel' if columns "
            "stand alone."
        )


def mended(data: Predictions, unit: float | None = None) -> tuple[Predictions, float] | None:
    """Return probabilities that are percentages, or rounded, as ones that sum to 1, with the unit; None if neither.

    Args:
        data: Probabilities that failed their check.
        unit: 100 where earlier rows of the same source were percentages, 1 where they were not; None: found out.
    """
    prob = data.y_prob.astype(np.float64)
    if not np.isfinite(prob).all() or prob.min() < 0:
        return None
    alone = data.task != "multiclass"
    sums = prob if alone else prob.sum(axis=1)
    if unit is None:
        percent = 50 <= prob.max() <= 100 if alone else 50 < float(np.median(sums)) < 150
        unit = 100.0 if percent else 1.0
    notes = [] if unit == 1 else ["y_prob holds percentages: they were divided by 100"]
    if alone:
        fits = unit != 1 and prob.max() <= unit * (1 + tolerance(data))
        return (_with(data, prob / unit, notes), unit) if fits else None
    off = float(np.abs(sums - unit).max())
    if off > unit * tolerance(data):
        allowed, rounded_to = explained(data.y_prob, unit)
        if off >= allowed * (1 - 1e-6) or off >= unit / 2:
            return None
        notes.append(
            f"rows sum to {unit:g} only within {off:.2g}, as rounding to {rounded_to} explains: "
            "they were divided by their sums"
        )
    return _with(data, prob / sums[:, None], notes), unit


def _with(data: Predictions, prob: NDArray[np.float64], notes: list[str]) -> Predictions:
    return replace(data, y_prob=prob.astype(data.y_prob.dtype), notes=(*data.notes, *notes))


def decimals_of(values: NDArray[np.floating[Any]], fewest: int = 2) -> int | None:
    """Return the fewest decimals, 2 to 8, that hold every value; None where none do: the values were not rounded.

    >>> decimals_of(np.array([0.25, 0.3333])), decimals_of(np.array([1 / 3]))
    (4, None)
    """
    finest = 5 if values.dtype == np.float32 else 8  # what the type can tell apart
    wide = values.astype(np.float64)
    if not np.isfinite(wide).all():
        return None
    slack = 4 * float(np.finfo(values.dtype).eps) * max(1.0, float(np.abs(wide).max(initial=0.0)))
    return next(
        (d for d in range(fewest, finest + 1) if np.abs(np.round(wide, d) - wide).max(initial=0.0) <= slack), None
    )


def explained(prob: NDArray[np.floating[Any]], unit: float = 1.0) -> tuple[float, str]:
    """Return how far a row's sum can be off because its values were rounded, and what they were rounded to.

    K values rounded to d decimals: less than K · 0.5 · 10⁻ᵈ; one decimal alone explains nothing of shares, as a mistake
    looks no different. Values that bfloat16 holds: 2⁻⁸ of the sum, twice its half unit.

    >>> explained(np.array([[0.25, 0.25, 0.25, 0.26]])), explained(np.array([[1 / 3, 2 / 3]]))
    ((0.02, '2 decimals'), (0.0, ''))
    """
    places = decimals_of(prob, 2 if unit == 1 else 0)
    if places is not None:
        return round(prob.shape[1] * 0.5 * 10.0**-places, 12), f"{places} decimal{'' if places == 1 else 's'}"
    if prob.dtype == np.float32 and not (np.ascontiguousarray(prob).view(np.uint32) & 0xFFFF).any():
        return unit * 2.0**-8, "bfloat16"
    return 0.0, ""


def _bad_rows(bad: NDArray[np.bool_]) -> NDArray[np.intp]:
    return np.flatnonzero(bad if bad.ndim == 1 else bad.any(axis=1))


def _rows(data: Predictions, bad: NDArray[Any]) -> str:
    shown = ", ".join(repr(i) for i in data.id_of(bad[:5]))
    more = f" and {bad.size - 5} more" if bad.size > 5 else ""
    kind = "row" if data.ids is None else "id"
    return f"{kind}{'s' if bad.size > 1 else ''} {shown}{more}"


def class_indices(truth: NDArray[Any], names: tuple[str, ...], named: bool) -> NDArray[np.integer[Any]]:
    """Return class indices `(n,)` from integers, whole floats, booleans, or names found in `names`.

    Raises:
        UsageError: A label outside the classes; the message holds the label, its row and the nearest name.
    """
    if truth.dtype.kind in "OUST":
        return _from_names(truth, names, named)
    if truth.dtype.kind == "b":
        return truth.astype(np.int64)
    if truth.dtype.kind == "f":
        bad = np.flatnonzero(~(np.isfinite(truth) & (np.floor(truth) == truth)))
        if bad.size:
            raise UsageError(
                f"y_true holds {truth[bad[0]]} in row {bad[0]} and {bad.size - 1} more such; expected class indices "
                f"0 to {len(names) - 1} (for continuous targets: evaluate_regression)."
            )
        truth = truth.astype(np.int64)
    if named and _are_names(truth, names):
        return _from_names(truth.astype(str), names, named)
    if truth.dtype.kind not in "iu":
        raise UsageError(f"y_true has dtype {truth.dtype}; expected class indices or names.")
    low, high = int(truth.min()), int(truth.max())
    if low < 0 or high >= len(names):
        bad = np.flatnonzero((truth < 0) | (truth >= len(names)))
        hint = " (do the labels count from 1?)" if low >= 1 and high == len(names) else ""
        raise UsageError(
            f"y_true holds {truth[bad[0]]} in row {bad[0]} and {bad.size - 1} more outside the classes; expected "
            f"0 to {len(names) - 1}, one per column of y_prob{hint}."
        )
    return truth


def _are_names(truth: NDArray[Any], names: tuple[str, ...]) -> bool:
    """Return whether whole numbers are names of classes, such as digits 3 and 8, rather than their places."""
    if truth.dtype.kind not in "iu" or names == tuple(str(k) for k in range(len(names))):
        return False
    return {str(label) for label in np.unique(truth).tolist()} <= set(names)


def _from_names(truth: NDArray[Any], names: tuple[str, ...], named: bool) -> NDArray[np.integer[Any]]:
    if not named:
        seen = sorted({str(label) for label in truth[:1000].tolist()})[:5]
        raise UsageError(
            f"y_true holds names such as {', '.join(map(repr, seen))}; pass class_names= in the order of the "
            "columns of y_prob, so that they can be matched."
        )
    labels, inverse = np.unique(truth.astype(str), return_inverse=True)
    index = {name: k for k, name in enumerate(names)}
    for label in labels.tolist():
        if label not in index:
            row = int(np.flatnonzero(truth.astype(str) == label)[0])
            raise UsageError(
                f"y_true holds {label!r} in row {row}, which is not a class name{nearest(label, names)}; "
                f"expected one of {', '.join(names[:10])}{' …' if len(names) > 10 else ''}."
            )
    found: NDArray[np.int64] = np.array([index[label] for label in labels.tolist()], dtype=np.int64)[inverse.ravel()]
    return found
