"""Knee charts: how accurate the answers are if only the surer ones are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import xlogy

from trackexp.errors import UsageError
from trackexp.evaluation.metrics.curves import vertices
from trackexp.evaluation.predictions import BLOCK_ROWS, FloatArray
from trackexp.stats import wilson_interval

By = Literal["confidence", "entropy"]


@dataclass(frozen=True, slots=True)
class KeptRows:
    """One point of the chart: rows kept at a threshold, and how many of them are right."""

    threshold: float
    n: int
    coverage: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float


@dataclass(frozen=True, eq=False)
class Knee:
    """Accuracy and coverage against confidence (kept from the threshold up) or entropy (kept up to it).

    Args:
        by: What rows are sorted by.
        thresholds: Every distinct value, the surest first `(m,)`.
        kept: Rows kept at each `(m,)`.
        right: Right ones among them `(m,)`.
        aurc: Area under the risk-coverage curve: mean error rate over all coverages, 0 is best; ties by expectation.
    """

    by: By
    thresholds: NDArray[np.float64]
    kept: NDArray[np.int64]
    right: NDArray[np.int64]
    aurc: float

    def __repr__(self) -> str:
        return f"Knee({self.n} rows by {self.by}: area under the risk-coverage curve {self.aurc:.4f})"

    @property
    def n(self) -> int:
        """Rows in all."""
        return int(self.kept[-1]) if self.kept.size else 0

    @property
    def knee(self) -> KeptRows | None:
        """The point farthest above the chord of the chart, where more coverage begins to cost most; None if flat.

        References:
            V. Satopää and others, Finding a "kneedle" in a haystack, ICDCS Workshops 2011.
        """
        if self.thresholds.size < 3:
            return None
        coverage, accuracy = self.kept / self.n, self.right / self.kept
        steady = self.kept >= min(30, self.n // 10 + 1)  # the first few rows alone say nothing of accuracy
        x, y = coverage[steady], accuracy[steady]
        if x.size < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
            return None
        height = (y - y.min()) / np.ptp(y) + (x - x.min()) / np.ptp(x) - 1
        best = int(height.argmax())
        return self._point(int(np.flatnonzero(steady)[best])) if height[best] > 1e-9 else None

    @property
    def curve(self) -> pd.DataFrame:
        """The chart as a table of at most 512 exact points."""
        keep = vertices(self.kept / max(self.n, 1), self.right / np.maximum(self.kept, 1))
        return pd.DataFrame([self._point(int(i)) for i in keep])

    def threshold_for(self, accuracy: float) -> KeptRows | None:
        """Return the point of largest coverage that reaches an accuracy; None where none does."""
        if not 0 < accuracy <= 1:
            raise UsageError(f"accuracy is {accuracy}; expected a share above 0 and up to 1, such as 0.95.")
        good = np.flatnonzero(self.right >= accuracy * self.kept)
        return self._point(int(good[-1])) if good.size else None

    def at(self, threshold: float) -> KeptRows:
        """Return what is kept at a threshold of your own."""
        sign = 1 if self.by == "entropy" else -1
        i = int(np.searchsorted(sign * self.thresholds, sign * threshold, side="right")) - 1
        if i < 0:
            return KeptRows(threshold, 0, 0.0, float("nan"), 0.0, 1.0)
        point = self._point(i)
        return KeptRows(threshold, point.n, point.coverage, point.accuracy, point.accuracy_low, point.accuracy_high)

    def _point(self, i: int) -> KeptRows:
        n, right = int(self.kept[i]), int(self.right[i])
        low, high = wilson_interval(right, n)
        return KeptRows(float(self.thresholds[i]), n, n / self.n, right / n, low, high)


def find_knee(values: NDArray[np.floating[Any]], right: NDArray[np.bool_], by: By) -> Knee:
    """Return the chart of rows.

    Args:
        values: Confidence or entropy of each row `(n,)`.
        right: Whether its prediction is right `(n,)`.
        by: Which of the two it is.
    """
    if by not in ("confidence", "entropy"):
        raise UsageError(f"by is {by!r}; expected 'confidence' or 'entropy'.")
    order = np.argsort(values if by == "entropy" else -values, kind="stable")
    ordered = values[order].astype(np.float64)
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True]) if ordered.size else np.empty(0, dtype=np.intp)
    kept = last + 1
    hits = np.cumsum(right[order], dtype=np.int64)[last]
    return Knee(by, ordered[last], kept, hits, _aurc(kept, hits))


def entropies(columns: FloatArray) -> NDArray[np.float64]:
    """Return each row's entropy over the largest possible one: 0 is sure, 1 knows nothing.

    >>> import numpy as np
    >>> entropies(np.array([[1.0, 0.0], [0.5, 0.5]])).tolist()
    [0.0, 1.0]
    """
    n, k = columns.shape
    found = np.empty(n)
    for start in range(0, n, BLOCK_ROWS):
        p = columns[start : start + BLOCK_ROWS].astype(np.float64)
        found[start : start + BLOCK_ROWS] = -xlogy(p, p).sum(axis=1)
    return np.abs(found) / np.log(k) if k > 1 else np.zeros(n)


def _aurc(kept: NDArray[np.int64], right: NDArray[np.int64]) -> float:
    if kept.size == 0:
        return float("nan")
    wrong = np.r_[0, kept - right].astype(float)
    places = np.arange(1, kept[-1] + 1)
    # inside a tie every order is as likely, so errors rise evenly
    return float((np.interp(places, np.r_[0, kept], wrong) / places).mean())
