"""Labels as people give them, numbers, booleans or names, turned into class indices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError, nearest


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
    if truth.dtype.kind not in "iu":
        raise UsageError(f"y_true has dtype {truth.dtype}; expected class indices or names.")
    low, high = int(truth.min()), int(truth.max())
    if low < 0 or high >= len(names):
        bad = np.flatnonzero((truth < 0) | (truth >= len(names)))
        hint = " (do the labels count from 1?)" if low >= 1 and high == len(names) else ""
        raise UsageError(
            f"y_true holds {truth[bad[0]]} in row {bad[0]} and {bad.size - 1} more outside the classes; expected "
            f"0 to {len(names) - 1}, one a column of y_prob{hint}."
        )
    return truth


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
                f"y_true holds {label!r} in row {row}, which is no class name{nearest(label, names)}; "
                f"expected one of {', '.join(names[:10])}{' …' if len(names) > 10 else ''}."
            )
    found: NDArray[np.int64] = np.array([index[label] for label in labels.tolist()], dtype=np.int64)[inverse.ravel()]
    return found
