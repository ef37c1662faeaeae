"""ROC and precision-recall curves, with no more vertices than can be sent and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from sys import byteorder
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.stats import wilson_interval

MAX_VERTICES = 512
_BLOCK = 32_768  # scores worked on at once


@dataclass(frozen=True, eq=False)
class Thresholds:
    """Counts when rows are flagged from a score on, for every distinct score of one class.

    Args:
        scores: Rising `(m,)`; the first flags everything.
        missed: Rows of the class below each score `(m,)`.
        flagged: Rows from each score on `(m,)`.
        positives: Rows of the class.
        negatives: Rows of others.
    """

    scores: NDArray[np.floating[Any]]
    missed: NDArray[np.integer[Any]]
    flagged: NDArray[np.integer[Any]]
    positives: int
    negatives: int

    def at(self, threshold: float) -> tuple[int, int]:
        """Return how many rows of the class are missed and how many of others flagged at a threshold."""
        i = int(np.searchsorted(self.scores, threshold, side="left"))
        if i == self.scores.size:
            return self.positives, 0
        missed = int(self.missed[i])
        return missed, int(self.flagged[i]) - (self.positives - missed)

    def from_none_to_all(self) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Return thresholds, hits and false alarms by falling threshold; the first, +inf, flags nothing."""
        hits = np.concatenate([[0], self.positives - self.missed[::-1].astype(np.int64)])
        flagged = np.concatenate([[0], self.flagged[::-1]])
        return np.concatenate([[np.inf], self.scores[::-1]]), hits, flagged - hits


def thresholds(positive: NDArray[np.bool_], scores: NDArray[np.floating[Any]]) -> Thresholds:
    """Count at all distinct scores, by one sort.

    >>> import numpy as np
    >>> t = thresholds(np.array([False, True, True]), np.array([0.2, 0.8, 0.8]))
    >>> t.scores.tolist(), t.missed.tolist(), t.flagged.tolist()
    ([0.2, 0.8], [0, 0], [3, 2])
    """
    n = positive.size
    keys = _sorted_keys(scores, positive)
    one = keys.dtype.type(1)
    count: Any = np.int32 if n < 2**31 else np.int64  # new memory costs more here than arithmetic
    missed: NDArray[Any] = np.empty(n, dtype=count)
    own: NDArray[Any] = np.empty(min(_BLOCK, n), dtype=np.int32)
    below = 0
    for start in range(0, n, _BLOCK):  # by blocks: a dozen passes over the whole would cost as much as the sort
        block = keys[start : start + _BLOCK]
        mine = own[: block.size]
        np.bitwise_and(_low_words(block), 1, out=mine)
        sums = missed[start : start + block.size]
        np.cumsum(mine, out=sums)
        sums += below
        below = int(sums[-1])
        sums -= mine
        np.right_shift(block, one, out=block)
    ordered = keys.view(scores.dtype)
    flagged: NDArray[Any] = np.arange(n, 0, -1, dtype=count)
    rises = ordered[1:] != ordered[:-1]
    if not rises.all():
        first = np.flatnonzero(np.concatenate([[True], rises]))
        ordered, missed, flagged = ordered[first], missed[first], flagged[first]
    return Thresholds(ordered, missed, flagged, below, n - below)


def _sorted_keys(scores: NDArray[np.floating[Any]], positive: NDArray[np.bool_]) -> NDArray[Any]:
    """Sort scores of 0 and above with their label in the lowest bit of their own bits: one sort of integers."""
    unsigned: Any = np.uint32 if scores.dtype.itemsize == 4 else np.uint64
    keys: NDArray[Any] = np.ascontiguousarray(scores).view(unsigned) << unsigned(1)
    low = _low_words(keys)
    np.bitwise_or(low, positive.astype(np.int32), out=low)
    keys.sort()
    return keys


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
