"""ROC and precision-recall curves, with no more vertices than can be sent and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from sys import byteorder
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.stats import wilson_interval

MAX_VERTICES = 512
BLOCK = 256  # rows whose positives are counted together
_AT_ONCE = 128 * BLOCK  # scores worked on at once: they stay in the cache


@dataclass(frozen=True, eq=False)
class Thresholds:
    """Scores of one class in order, and what is flagged and missed from each distinct one on.

    Args:
        keys: Rising; each score's bits, shifted to the left by one, with the label as the lowest bit, so that of equal
            scores those of the class come last; filled up to whole blocks `(n_blocks * BLOCK,)`.
        dtype: Of the scores.
        n: Rows.
        below: Rows of the class before each block `(n_blocks + 1,)`.
    """

    keys: NDArray[Any]
    dtype: np.dtype[Any]
    n: int
    below: NDArray[np.int64]

    @property
    def positives(self) -> int:
        """Rows of the class."""
        return int(self.below[-1])

    @property
    def negatives(self) -> int:
        """Rows of others."""
        return self.n - self.positives

    def at(self, threshold: float) -> tuple[int, int]:
        """Return how many rows of the class are missed and how many of others flagged at a threshold."""
        place = self._place(threshold)
        block = place // BLOCK
        missed = int(self.below[block]) + int((self.keys[block * BLOCK : place] & self.keys.dtype.type(1)).sum())
        return missed, self.n - place - (self.positives - missed)

    def _place(self, threshold: float) -> int:
        """Return the first row that is flagged."""
        if threshold <= 0 or threshold > np.finfo(self.dtype).max:
            return 0 if threshold <= 0 else self.n
        bound = self.dtype.type(threshold)  # 0.7 is also the float32 nearest to it
        return int(np.searchsorted(self.keys[: self.n], bound.view(self.keys.dtype) << self.keys.dtype.type(1)))

    def score(self, place: Any) -> Any:
        """Return the scores of some rows, by their place in the order."""
        return (self.keys[place] >> self.keys.dtype.type(1)).view(self.dtype)

    @cached_property
    def blocks(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First row of the score with which each block begins, and the rows of the class before it."""
        starts = np.arange(0, self.n, BLOCK)
        one = self.keys.dtype.type(1)
        begun = self.keys[starts]
        first = np.searchsorted(self.keys, begun & ~one)
        own = np.searchsorted(self.keys, begun | one)  # from here on the tied rows are of the class
        return first, self.below[:-1] - np.maximum(starts - own, 0)

    @cached_property
    def all(self) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """First row of every distinct score, and the rows of the class before it."""
        keys = self.keys[: self.n]
        one = keys.dtype.type(1)
        own = _low_words(keys) & 1
        before = np.cumsum(own, dtype=np.int64) - own
        scores = keys >> one
        first = np.flatnonzero(np.concatenate([[True], scores[1:] != scores[:-1]]))
        return first, before[first]

    def from_none_to_all(self) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Return thresholds, hits and false alarms by falling threshold; the first, +inf, flags nothing."""
        first, missed = (values[::-1] for values in self.all)
        hits, flagged = np.concatenate([[0], self.positives - missed]), np.concatenate([[0], self.n - first])
        return np.concatenate([[np.inf], self.score(first)]), hits, flagged - hits


def thresholds(positive: NDArray[np.bool_], scores: NDArray[np.floating[Any]]) -> Thresholds:
    """Put the scores, of 0 and above, in order by one sort of integers that hold the label too.

    >>> import numpy as np
    >>> thresholds(np.array([False, True, True]), np.array([0.2, 0.8, 0.8])).at(0.5)
    (0, 0)
    """
    n = positive.size
    unsigned: Any = np.uint32 if scores.dtype.itemsize == 4 else np.uint64
    keys: NDArray[Any] = np.empty(-(-n // BLOCK) * BLOCK, dtype=unsigned)
    bits = np.ascontiguousarray(scores).view(unsigned)
    for start in range(0, n, _AT_ONCE):  # by blocks: a dozen passes over the whole would cost as much as the sort
        rows = slice(start, min(start + _AT_ONCE, n))
        block = keys[rows]
        np.left_shift(bits[rows], unsigned(1), out=block)
        low = _low_words(block)
        np.bitwise_or(low, positive[rows], out=low)
    keys[n:] = np.iinfo(unsigned).max - 1  # above every score, and not of the class
    keys[:n].sort()
    below = np.zeros(keys.size // BLOCK + 1, dtype=np.int64)
    for start in range(0, n, _AT_ONCE):
        own = (keys[start : start + _AT_ONCE] & unsigned(1)).reshape(-1, BLOCK).sum(axis=1)
        below[start // BLOCK + 1 :][: own.size] = own
    np.cumsum(below, out=below)
    return Thresholds(keys, scores.dtype, n, below)


def _low_words(keys: NDArray[Any]) -> NDArray[np.int32]:
    """Return the low halves of 64-bit keys (all of 32-bit ones) in place, since conversions cost more than strides."""
    words = keys.view(np.int32)
    return words if keys.itemsize == 4 else words[0 if byteorder == "little" else 1 :: 2]


def roc_curve(counts: Thresholds) -> pd.DataFrame:
    """Return false and true positive rates, at most 512 vertices of the exact curve."""
    at, hits, alarms = counts.from_none_to_all()
    false, true = alarms / max(counts.negatives, 1), hits / max(counts.positives, 1)
    keep = vertices(false, true)
    return pd.DataFrame({"false_positive_rate": false[keep], "true_positive_rate": true[keep], "threshold": at[keep]})


def precision_recall_curve(counts: Thresholds) -> pd.DataFrame:
    """Return recall and precision from the highest threshold down, at most 512 vertices of the exact curve."""
    at, hits, alarms = (values[1:] for values in counts.from_none_to_all())
    recall, precision = hits / max(counts.positives, 1), hits / (hits + alarms)
    keep = vertices(recall, precision)
    return pd.DataFrame({"recall": recall[keep], "precision": precision[keep], "threshold": at[keep]})


def vertices(x: NDArray[np.float64], y: NDArray[np.float64], most: int = MAX_VERTICES) -> NDArray[np.intp]:
    """Choose vertices of a curve: the ends, and those nearest to equal steps along it; always points of the curve.

    >>> import numpy as np
    >>> vertices(np.arange(5.0), np.zeros(5), 3).tolist()
    [0, 2, 4]
    """
    if x.size <= most:
        return np.arange(x.size)
    steps = np.abs(np.diff(_unit(x))) + np.abs(np.diff(_unit(y)))
    along = np.r_[0.0, np.cumsum(steps)]
    wanted = np.linspace(0.0, along[-1], most)
    return np.unique(np.r_[0, np.searchsorted(along, wanted[1:-1], side="left"), x.size - 1])


def _unit(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(values.max() - values.min())
    return (values - values.min()) / spread if spread > 0 else np.zeros_like(values)


def at_threshold(
    positive: NDArray[np.bool_], scores: NDArray[np.floating[Any]], threshold: float, level: float = 0.95
) -> dict[str, Any]:
    """Return counts and rates when rows from `threshold` on are flagged, each rate with Wilson's interval."""
    flagged = scores >= threshold
    hits, false = int((flagged & positive).sum()), int((flagged & ~positive).sum())
    positives = int(positive.sum())
    negatives = positive.size - positives
    missed, left = positives - hits, negatives - false
    found: dict[str, Any] = {
        "threshold": threshold, "true_positives": hits, "false_positives": false, "false_negatives": missed,
        "true_negatives": left, "f1": 2 * hits / max(2 * hits + false + missed, 1),
    }  # fmt: skip
    rates = {
        "precision": (hits, hits + false),
        "recall": (hits, positives),
        "specificity": (left, negatives),
        "accuracy": (hits + left, positive.size),
    }
    for name, (count, of) in rates.items():
        found[name] = count / of if of else float("nan")
        found[f"{name}_interval"] = tuple(wilson_interval(count, of, level))
    return found
