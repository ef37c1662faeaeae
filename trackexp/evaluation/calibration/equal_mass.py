"""Calibration error over bins of equally many rows, with tied probabilities kept together."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray


def ece_equal_mass(
    p: NDArray[np.floating[Any]], hit: NDArray[np.bool_], n_bins: int, *, merge_ties: bool = True
) -> tuple[float, int]:
    """Return the error and how many bins it used.

    Rows are sorted and cut as `numpy.array_split` cuts them, the larger bins first; rows of one probability go together
    to the bin of their first, so that the order of tied rows cannot matter.

    Args:
        p: Probabilities `(n,)`.
        hit: Whether the row was right, or positive `(n,)`.
        n_bins: Bins asked for; ties and few rows use fewer.
        merge_ties: False cuts through ties, as other libraries do; the answer then depends on the order of the rows.

    >>> import numpy as np
    >>> ece_equal_mass(np.array([0.2, 0.9, 0.9]), np.array([True, True, True]), 3)
    (0.3333333333333333, 2)
    """
    values, hits = _sorted_together(p, hit, stable=not merge_ties)
    n = values.size
    sizes = np.full(min(n_bins, n), n // min(n_bins, n))
    sizes[: n % sizes.size] += 1
    begins = np.cumsum(sizes) - sizes
    if merge_ties:  # a bin that would begin inside a tie begins behind it
        inside = np.searchsorted(values, values[begins], side="left") < begins
        after = np.searchsorted(values, values[begins], side="right")
        begins = np.unique(np.where(inside, after, begins))
        begins = begins[begins < n]
    gaps = [
        abs(int(np.count_nonzero(hits[a:b])) - float(values[a:b].sum(dtype=np.float64)))
        for a, b in pairwise([*begins.tolist(), n])
    ]
    return math.fsum(gaps) / n, len(gaps)


def _sorted_together(
    p: NDArray[np.floating[Any]], hit: NDArray[np.bool_], *, stable: bool
) -> tuple[NDArray[np.floating[Any]], NDArray[np.bool_]]:
    """Sort by probability: with the hit as the lowest bit of the float's own bits, one fast sort of integers."""
    if stable or p.dtype != np.float32:
        order = np.argsort(p, kind="stable")
        return p[order], hit[order]
    keys = np.ascontiguousarray(p).view(np.uint32) << np.uint32(1)
    keys |= hit.view(np.uint8)
    keys.sort()
    hits = (keys & np.uint32(1)).astype(np.bool_)
    keys >>= np.uint32(1)
    return keys.view(np.float32), hits
