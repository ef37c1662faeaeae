"""Fewer vertices for the same picture: what sticks out of a curve stays in it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_KEPT = 4  # of each stretch of the axis: the first, the last, the lowest and the highest


def thinned(x: Floats, y: Floats, most: int) -> NDArray[np.intp]:
    """Return which of the points to draw, rising; extremes and both ends are always among them.

    Args:
        x: Finite, rising `(n,)`.
        y: Finite `(n,)`.
        most: At least 4.

    >>> import numpy as np
    >>> y = np.zeros(1000)
    >>> y[517] = 1.0
    >>> kept = thinned(np.arange(1000.0), y, 40)
    >>> len(kept) <= 40, 517 in kept, kept[[0, -1]].tolist()
    (True, True, [0, 999])
    """
    n = x.size
    if n <= most:
        return np.arange(n)
    stretches = max(1, most // _KEPT)
    width = (x[-1] - x[0]) or 1.0
    stretch = np.minimum(((x - x[0]) / width * stretches).astype(np.intp), stretches - 1)
    starts = np.flatnonzero(np.r_[True, stretch[1:] != stretch[:-1]])
    order = np.lexsort((y, stretch))  # within each stretch by value; the sort is stable, so equal ones by place
    ends = np.r_[starts[1:], n] - 1
    return np.unique(np.concatenate([starts, ends, order[starts], order[ends]]))


def pieces(x: Floats, y: Floats) -> Iterator[slice]:
    """Yield the stretches of a curve between its gaps: points that are not finite break it."""
    good = np.isfinite(x) & np.isfinite(y)
    bounds = np.flatnonzero(np.diff(np.r_[False, good, False].astype(np.int8)))
    for begin, end in zip(bounds[::2], bounds[1::2], strict=True):
        yield slice(int(begin), int(end))
