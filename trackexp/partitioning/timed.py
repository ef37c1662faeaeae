"""Parts one after the other in time: cuts between rows of one moment, a gap before each, groups on one side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.partitioning.hashed import HIGH_END, LOW_END

Rows = NDArray[np.int64]


def in_time_order(parts: Sequence[str]) -> list[str]:
    """Return the parts from the earliest to the latest: training, validation, and the holdout last.

    >>> in_time_order(["test", "train", "valid"])
    ['train', 'valid', 'test']
    """
    rank = {**dict.fromkeys(HIGH_END, 1), **dict.fromkeys(LOW_END, 2)}
    return sorted(parts, key=lambda name: rank.get(name, 0))


def time_blocks(times: NDArray[np.generic], shares: NDArray[np.float64]) -> Rows:
    """Return the block of each row, in time; rows of one moment are in one block.

    Raises:
        UsageError: There are fewer moments than blocks.
    """
    moments, counts = _moments(times)
    if len(moments) < len(shares):
        raise UsageError(
            f"{len(moments)} different times are too few for {len(shares)} parts one after the other; "
            "expected at least one time for each."
        )
    reached = np.concatenate([[0], np.cumsum(counts)])
    wanted = np.cumsum(shares)[:-1] * len(times)
    places: list[int] = []
    for number, rows in enumerate(wanted, start=1):
        place = int(np.abs(reached - rows).argmin())
        low, high = (places[-1] if places else 0) + 1, len(moments) - (len(shares) - number)
        places.append(min(max(place, low), high))
    starts = moments[places]
    return np.searchsorted(starts, times, side="right").astype(np.int64)


def left_out_by_gap(times: NDArray[np.generic], blocks: Rows, gap: float) -> NDArray[np.bool_]:
    """Return which rows lie within the gap before the next block begins; those of the last block never do."""
    out = np.zeros(len(times), dtype=bool)
    if gap <= 0:
        return out
    for block in range(int(blocks.max())):
        later = times[blocks > block]
        if later.size:
            out |= (blocks == block) & (times > later.min() - gap)
    return out


def left_out_by_group(group: Rows, blocks: Rows) -> NDArray[np.bool_]:
    """Return which rows are of a group that comes again in a later block."""
    last = np.full(int(group.max()) + 1, -1, dtype=np.int64)
    np.maximum.at(last, group, blocks)
    return np.asarray(last[group] > blocks)


def _moments(times: NDArray[np.generic]) -> tuple[NDArray[np.generic], Rows]:
    ordered = np.sort(times)
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    starts = np.flatnonzero(first)
    return ordered[starts], np.diff(np.append(starts, len(ordered)))
