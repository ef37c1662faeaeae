"""Answers as data holds them (numbers, names, one-hot, several a row) → what evaluation takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError


def class_targets(
    truth: NDArray[Any], prob: NDArray[Any], names: tuple[str, ...] | None, *, shared: bool
) -> tuple[NDArray[Any], tuple[str, ...] | None, list[str]]:
    """Return answers, class names, and what is to be said about either.

    Args:
        truth: Answers `(n,)`, or `(n, n_classes)` one-hot or several a row.
        prob: Probabilities of the same rows.
        names: Class names in the order of the columns; None where nobody gave them.
        shared: Whether probabilities share out 1; if not, answers of several columns stay as they are.
    """
    n_classes = 2 if prob.ndim == 1 or prob.shape[1] == 1 else prob.shape[1]
    if truth.ndim == 2 and truth.shape[1] == 1:
        truth = truth[:, 0]
    if truth.ndim == 2:
        one_hot = bool((truth.sum(axis=1) == 1).all())
        if one_hot and (shared or prob.ndim == 1):
            return truth.argmax(axis=1), names, ["the answers are one-hot: the place of their 1 is the class"]
        return truth, names, []
    if truth.dtype.kind in "OUST" and names is None:
        found = tuple(sorted({str(label) for label in truth.tolist()}))
        if len(found) != n_classes:
            raise UsageError(
                f"the answers hold {len(found)} names ({', '.join(found[:10])}), the model has {n_classes} outputs; "
                "give the names in the order of the outputs: --labels names.txt"
            )
        note = f"classes are taken in alphabetical order: {', '.join(found[:20])}; --labels FILE gives another order"
        return truth, found, [note]
    if truth.dtype.kind in "iu" and names is not None and set(names) >= {str(x) for x in np.unique(truth).tolist()}:
        return truth.astype(str), names, []  # numbers that are the names, such as digits 3 and 8
    return truth, names, []
