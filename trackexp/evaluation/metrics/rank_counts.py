"""Scores counted by the leading bits of their float32 form: areas under curves from sums alone.

A non-negative float32 sorts as its bits do, so its leading bits are a bin whose width is a constant share of the value:
with 12 bits dropped 0.05 %, above 1/16, where most rows of a class have their own score, an eighth of that, and below
2^-40 twelve percent. Scores within one bin count as tied, which moves an area under ROC by 1e-9 to 1e-7 and average
precision by up to 1e-5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.evaluation.predictions import BLOCK_ROWS

_ONE = 0x3F800000  # the bits of 1.0
_MARGIN = 0x10000  # rows may sum to 1.001, so a probability may be slightly above 1
_FINE_FROM = 0x3D800000  # the bits of 1/16
_FINER = 3  # bits more that are kept from there on
_TINY_TO = 0x2B800000  # the bits of 2^-40, below which an eighth of an octave is enough
_COARSER = 8
_COUNTERS = 16_000_000  # 64 MB of uint32 at most
_BY_CLASS_UP_TO = 16  # classes; beyond, the memory of every pair of classes costs too much resolution
FINE_SHIFT = 12


@dataclass(frozen=True, eq=False)
class RankCounts:
    """Rows of each class by the bin of their score in each column.

    Args:
        counts: `(n_classes, n_groups, n_keys)`; a group is a true class, or with many classes 0: other, 1: this one.
        shift: How many low bits of the float32 were dropped.
    """

    counts: NDArray[np.uint32]
    shift: int

    def __add__(self, other: RankCounts) -> RankCounts:
        if self.counts.shape != other.counts.shape:
            raise UsageError(f"score counts {self.counts.shape} and {other.counts.shape} do not add up.")
        return RankCounts(self.counts + other.counts, self.shift)

    @property
    def by_class(self) -> bool:
        """Whether every class is counted for itself, as one-vs-one areas need."""
        return bool(self.counts.shape[0] == self.counts.shape[1] and self.counts.shape[0] <= _BY_CLASS_UP_TO)


def empty_rank_counts(n_classes: int) -> RankCounts:
    """Return counts of nothing, as fine as 64 MB allow."""
    groups = n_classes if n_classes <= _BY_CLASS_UP_TO else 2
    shift = FINE_SHIFT
    while n_classes * groups * n_keys(shift) > _COUNTERS:
        shift += 1
    return RankCounts(np.zeros((n_classes, groups, n_keys(shift)), dtype=np.uint32), shift)


def n_keys(shift: int) -> int:
    """Return how many bins there are from 0 to a little above 1."""
    top = _ONE + _MARGIN
    return 1 + (top >> (shift + _COARSER)) + ((top - _TINY_TO) >> shift) + ((top - _FINE_FROM) >> (shift - _FINER))


def score_keys(scores: NDArray[np.float32], shift: int) -> NDArray[np.int32]:
    """Return the bin of each score; bins rise with the score.

    >>> import numpy as np
    >>> keys = score_keys(np.array([0.0, 1e-20, 1e-3, 0.5, 0.5001, 1.0], dtype=np.float32), FINE_SHIFT)
    >>> bool((np.diff(keys) > 0).all()), bool(keys[-1] < n_keys(FINE_SHIFT))
    (True, True)
    """
    bits = scores.view(np.int32)
    keys = bits >> (shift + _COARSER)
    above = np.empty_like(bits)
    for start, drop in ((_TINY_TO, shift), (_FINE_FROM, shift - _FINER)):
        np.maximum(bits, start, out=above)
        np.right_shift(above, drop, out=above)
        np.add(keys, above, out=keys)
    keys -= (_TINY_TO >> shift) + (_FINE_FROM >> (shift - _FINER))
    return keys


def keys_of_columns(prob: NDArray[np.floating[Any]], shift: int, out: NDArray[np.int32]) -> NDArray[np.int32]:
    """Write the bins of some columns `(n, n_columns)`, turned, into `out` `(n_columns, n)`, and return it."""
    for start in range(0, len(prob), BLOCK_ROWS):
        block = np.ascontiguousarray(prob[start : start + BLOCK_ROWS].T, dtype=np.float32)
        np.abs(block, out=block)  # -0.0 has a bit that 0.0 has not
        out[:, start : start + BLOCK_ROWS] = score_keys(block, shift)
    return out


def add_column(counts: RankCounts, k: int, column: NDArray[np.floating[Any]], y: NDArray[np.integer[Any]]) -> None:
    """Count, in place, the scores of one column."""
    size = counts.counts.shape[2]
    group = y if counts.by_class else (y == k)
    keys = np.empty((1, y.size), dtype=np.int32)
    flat = group.astype(np.int64) * size + keys_of_columns(column[:, None], counts.shift, keys)[0]
    mine = counts.counts[k].reshape(-1)
    if y.size < mine.size:
        np.add.at(mine, flat, 1)
    else:
        mine += np.bincount(flat, minlength=mine.size).astype(np.uint32)


@dataclass(frozen=True, eq=False, slots=True)
class ColumnAreas:
    """What one column's counts give.

    Args:
        above: For each bin, the class's own rows above it, those inside by half `(n_keys,)`.
        won: Pairs of an own row and another's that the own one wins, ties by half.
        won_own: The same among own rows.
        precision: Average precision, NaN without own rows.
    """

    above: NDArray[np.float64]
    won: float
    won_own: float
    precision: float


def areas_of_column(own: NDArray[np.float64], total: NDArray[np.integer[Any]] | NDArray[np.float64]) -> ColumnAreas:
    """Return the areas of one class from its own rows and all rows in each bin."""
    above = np.cumsum(own)
    mine = float(above[-1])
    np.subtract(mine, above, out=above)  # own rows above the bin
    hits = above + own
    above += 0.5 * own
    flagged = np.cumsum(total, dtype=np.float64)
    np.subtract(float(flagged[-1]), flagged, out=flagged)
    flagged += total  # all rows from the bin up
    won_own = float(np.dot(own, above))
    won = float(np.dot(total.astype(np.float64, copy=False), above)) - won_own
    np.maximum(flagged, 1.0, out=flagged)  # bins above the highest score hold nothing
    np.divide(hits, flagged, out=hits)
    return ColumnAreas(above, won, won_own, float(np.dot(own, hits)) / mine if mine else math.nan)


def areas_of_counts(
    ranks: RankCounts, support: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return `auroc`, `one_vs_one` and `average_precision` as `Ranking` holds them.

    Pairs of classes are NaN where classes were not told apart.
    """
    n_classes = ranks.counts.shape[0]
    auroc, pairs, precision = (np.full(n_classes, np.nan) for _ in range(3))
    present = support > 0
    for k in range(n_classes):
        counts = ranks.counts[k].astype(np.float64)
        found = areas_of_column(counts[k if ranks.by_class else 1], counts.sum(axis=0))
        mine, others = int(support[k]), int(support.sum() - support[k])
        precision[k] = found.precision
        if mine and others:
            auroc[k] = found.won / (mine * others)
        if mine and others and ranks.by_class:
            against = present & (np.arange(n_classes) != k)
            pairs[k] = ((counts[against] @ found.above) / (mine * support[against])).mean()
    return auroc, pairs, precision
