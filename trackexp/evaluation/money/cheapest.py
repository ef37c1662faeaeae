"""The cheapest of all thresholds without a look at each: most blocks of rows cannot hold it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trackexp.evaluation.classification.curves import BLOCK, Thresholds

_AT_ONCE = 128  # blocks
_SLACK = 1e-12  # of the largest cost: what rounding may hide


def cheapest_place(counts: Thresholds, miss: float, alarm: float) -> int:
    """Return the first row that is best flagged, of equally cheap ones the last; `n` where nothing is best flagged.

    From row to row the cost rises by `miss` or falls by `alarm`. So within a block it falls by no more than `alarm` a
    row of the others, and a block is looked into only if that could make it cheaper than the beginnings of all blocks.

    Args:
        counts: Scores in order.
        miss: What one more missed row costs, 0 or more.
        alarm: What one more flagged row of the others costs, 0 or more.
    """
    n, both = counts.n, miss + alarm
    first, missed = counts.blocks
    best, lowest = n, counts.positives * both - n * alarm
    bound = min(lowest, float((missed * both - first * alarm).min()))
    bound += _SLACK * max(counts.positives * both, n * alarm)
    others = BLOCK - np.diff(counts.below)
    falls_to = counts.below[:-1] * both - np.arange(0, n, BLOCK) * alarm - others * alarm
    worth = np.flatnonzero(falls_to <= bound)
    for stop in range(worth.size, 0, -_AT_ONCE):
        places, costs = _inside(counts, worth[max(stop - _AT_ONCE, 0) : stop], both, alarm)
        i = costs.size - 1 - int(costs[::-1].argmin())
        if costs[i] < lowest:
            best, lowest = int(places[i]), float(costs[i])
    return best


def _inside(
    counts: Thresholds, blocks: NDArray[np.intp], both: float, alarm: float
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return the rows of some blocks and the cost of flagging from each on; infinite within tied scores."""
    one = counts.keys.dtype.type(1)
    places = blocks[:, None] * BLOCK + np.arange(BLOCK)
    keys = counts.keys.reshape(-1, BLOCK)[blocks]
    labels = (keys & one).astype(np.int64)
    missed = np.cumsum(labels, axis=1) - labels + counts.below[blocks][:, None]
    costs = missed * both - places * alarm
    tied = keys >> one == counts.keys[places - 1] >> one
    costs[(tied & (places > 0)) | (places >= counts.n)] = np.inf
    return places.ravel(), costs.ravel()
