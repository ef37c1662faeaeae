"""ROC and precision-recall curves, with no more vertices than can be sent and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.stats import wilson_interval

MAX_VERTICES = 512


@dataclass(frozen=True, eq=False)
class Thresholds:
    """Counts at every distinct score of one class, from flagging nothing to flagging everything.

    Args:
        threshold: A row is flagged from this score on; the first is +inf, which flags none `(m,)`.
        hits: Flagged rows of the class `(m,)`.
        false: Flagged rows of others `(m,)`.
        positives: Rows of the class.
        negatives: Rows of others.
    """

    threshold: NDArray[np.float64]
    hits: NDArray[np.int64]
    false: NDArray[np.int64]
    positives: int
    negatives: int


def thresholds(positive: NDArray[np.bool_], scores: NDArray[np.floating[Any]]) -> Thresholds:
    """Count at all distinct scores, by one sort.

    >>> import numpy as np
    >>> t = thresholds(np.array([False, True, True]), np.array([0.2, 0.8, 0.8]))
    >>> t.threshold.tolist(), t.hits.tolist(), t.false.tolist()
    ([inf, 0.8, 0.2], [0, 2, 2], [0, 0, 1])
    """
    ordered, hit = _descending(scores, positive)
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True])
    hits = np.r_[0, np.cumsum(hit, dtype=np.int64)[last]]
    flagged = np.r_[0, last + 1]
    at = np.r_[np.inf, ordered[last].astype(np.float64)]
    positives = int(hits[-1])
    return Thresholds(at, hits, flagged - hits, positives, positive.size - positives)


def _descending(
    scores: NDArray[np.floating[Any]], positive: NDArray[np.bool_]
) -> tuple[NDArray[np.floating[Any]], NDArray[np.bool_]]:
    """Sort scores of 0 and above with their label in the lowest bit of their own bits: one sort of integers."""
    unsigned = {4: np.uint32, 8: np.uint64}[scores.dtype.itemsize]
    keys = np.ascontiguousarray(scores).view(unsigned) << unsigned(1)
    keys |= positive.astype(unsigned)
    keys.sort()
    keys = keys[::-1]
    return (keys >> unsigned(1)).view(scores.dtype), (keys & unsigned(1)).astype(np.bool_)


def roc_curve(counts: Thresholds) -> pd.DataFrame:
    """Return false and true positive rates, at most 512 vertices of the exact curve."""
    false = counts.false / max(counts.negatives, 1)
    true = counts.hits / max(counts.positives, 1)
    keep = vertices(false, true)
    return pd.DataFrame(
        {"false_positive_rate": false[keep], "true_positive_rate": true[keep], "threshold": counts.threshold[keep]}
    )


def precision_recall_curve(counts: Thresholds) -> pd.DataFrame:
    """Return recall and precision from the highest threshold down, at most 512 vertices of the exact curve."""
    hits, flagged = counts.hits[1:], (counts.hits + counts.false)[1:]
    recall, precision = hits / max(counts.positives, 1), hits / flagged
    keep = vertices(recall, precision)
    return pd.DataFrame({"recall": recall[keep], "precision": precision[keep], "threshold": counts.threshold[1:][keep]})


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
