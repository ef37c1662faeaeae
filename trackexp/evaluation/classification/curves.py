"""ROC and precision-recall curves, with no more vertices than can be sent and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.stats import wilson_interval

MAX_VERTICES = 512
_BLOCK = 32_768  # scores worked on at once


@dataclass(frozen=True, eq=False)
class Thresholds:
    """Counts at every distinct score of one class, from flagging everything to flagging nothing.

    Args:
        threshold: A row is flagged from this score on; rising, the last is +inf, which flags none `(m,)`.
        missed: Rows of the class that are not flagged `(m,)`.
        flagged: Flagged rows in all `(m,)`.
        positives: Rows of the class.
        negatives: Rows of others.
    """

    threshold: NDArray[np.float64]
    missed: NDArray[np.int64]
    flagged: NDArray[np.int64]
    positives: int
    negatives: int

    @property
    def hits(self) -> NDArray[np.int64]:
        """Flagged rows of the class."""
        return self.positives - self.missed

    @property
    def false(self) -> NDArray[np.int64]:
        """Flagged rows of others."""
        return self.flagged - self.hits


def thresholds(positive: NDArray[np.bool_], scores: NDArray[np.floating[Any]]) -> Thresholds:
    """Count at all distinct scores, by one sort.

    >>> import numpy as np
    >>> t = thresholds(np.array([False, True, True]), np.array([0.2, 0.8, 0.8]))
    >>> t.threshold.tolist(), t.missed.tolist(), t.flagged.tolist()
    ([0.2, 0.8, inf], [0, 0, 2], [3, 2, 0])
    """
    n = positive.size
    keys = _sorted_keys(scores, positive)
    one = keys.dtype.type(1)
    at, missed = np.empty(n + 1), np.empty(n + 1, dtype=np.int64)
    at[n], missed[0] = np.inf, 0
    own = np.empty(min(_BLOCK, n), dtype=np.int64)
    for start in range(0, n, _BLOCK):  # by blocks: a dozen passes over the whole would cost as much as the sort
        stop = min(start + _BLOCK, n)
        block = keys[start:stop]
        np.bitwise_and(block, one, out=own[: block.size], casting="unsafe")
        own[0] += missed[start]  # the sum goes on where the last block ended
        np.cumsum(own[: block.size], out=missed[start + 1 : stop + 1])
        np.right_shift(block, one, out=block)
        at[start:stop] = block.view(scores.dtype)
    flagged = np.arange(n, -1, -1)
    rises = at[1:] != at[:-1]
    if not rises.all():
        first = np.flatnonzero(np.concatenate([[True], rises]))
        at, missed, flagged = at[first], missed[first], flagged[first]
    positives = int(missed[-1])
    return Thresholds(at, missed, flagged, positives, n - positives)


def _sorted_keys(scores: NDArray[np.floating[Any]], positive: NDArray[np.bool_]) -> NDArray[Any]:
    """Sort scores of 0 and above with their label in the lowest bit of their own bits: one sort of integers."""
    unsigned: Any = np.uint32 if scores.dtype.itemsize == 4 else np.uint64
    keys: NDArray[Any] = np.ascontiguousarray(scores).view(unsigned) << unsigned(1)
    keys |= positive.view(np.uint8)
    keys.sort()
    return keys


def roc_curve(counts: Thresholds) -> pd.DataFrame:
    """Return false and true positive rates, at most 512 vertices of the exact curve."""
    false = counts.false[::-1] / max(counts.negatives, 1)
    true = counts.hits[::-1] / max(counts.positives, 1)
    keep = vertices(false, true)
    at = counts.threshold[::-1][keep]
    return pd.DataFrame({"false_positive_rate": false[keep], "true_positive_rate": true[keep], "threshold": at})


def precision_recall_curve(counts: Thresholds) -> pd.DataFrame:
    """Return recall and precision from the highest threshold down, at most 512 vertices of the exact curve."""
    hits, flagged, at = (values[:-1][::-1] for values in (counts.hits, counts.flagged, counts.threshold))
    recall, precision = hits / max(counts.positives, 1), hits / flagged
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
