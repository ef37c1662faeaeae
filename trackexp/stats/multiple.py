"""Many tests at once: p-values corrected so that their number is paid for."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError


def holm(p_values: ArrayLike, *, family: int | None = None) -> NDArray[np.float64]:
    """Return p-values corrected by Holm's step-down, which bounds the chance of any false alarm; NaN stays NaN.

    Args:
        p_values: One a test `(m,)`.
        family: How many tests there are altogether, where these are only some of them: each then pays for the ones
            that are not here too, which is never too little.

    References:
        S. Holm, A simple sequentially rejective multiple test procedure, Scand J Statist 6 (1979).

    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    >>> holm([0.01, 0.04], family=3).round(3).tolist()
    [0.03, 0.08]
    """
    p, order = _ordered(p_values)
    most = max(order.size, family or 0)
    corrected = np.maximum.accumulate(np.arange(most, most - order.size, -1) * p[order])
    return _restore(p, order, corrected)


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return p-values corrected by Benjamini and Hochberg, which bounds the share of false alarms; NaN stays NaN.

    References:
        Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, JRSS B 57 (1995).

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    p, order = _ordered(p_values)
    raw = p[order] * order.size / np.arange(1, order.size + 1)
    return _restore(p, order, np.minimum.accumulate(raw[::-1])[::-1])


def _ordered(p_values: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    p = np.asarray(p_values, dtype=float)
    known = np.flatnonzero(~np.isnan(p))
    if p.ndim != 1 or ((p[known] < 0) | (p[known] > 1)).any():
        raise UsageError("p-values must be one list of numbers between 0 and 1.")
    return p, known[np.argsort(p[known], kind="stable")]


def _restore(p: NDArray[np.float64], order: NDArray[np.intp], corrected: NDArray[np.float64]) -> NDArray[np.float64]:
    result = np.full(p.size, np.nan)
    result[order] = np.minimum(corrected, 1.0)
    return result
