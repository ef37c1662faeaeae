"""The area under the ROC curve: exact with ties, its variance and the test of two areas by DeLong."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from scipy.stats import rankdata

from trackexp.errors import UsageError
from trackexp.stats.interval import Interval, normal_quantile


@dataclass(frozen=True, slots=True)
class Auc:
    """An area with its DeLong variance; all NaN where one class has no rows."""

    value: float
    variance: float

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval, on the logit scale so that it stays inside 0 and 1."""
        if not 0.0 < self.value < 1.0 or not self.variance > 0:
            return Interval(self.value, self.value, level, "delong")
        logit = math.log(self.value / (1 - self.value))
        half = normal_quantile(level) * math.sqrt(self.variance) / (self.value * (1 - self.value))
        low, high = (1 / (1 + math.exp(-x)) for x in (logit - half, logit + half))
        return Interval(low, high, level, "delong (logit)")


@dataclass(frozen=True, slots=True)
class AucDifference:
    """Two areas on the same rows: first minus second, z and the two-sided p-value."""

    first: Auc
    second: Auc
    difference: float
    z: float
    p_value: float
    interval: Interval


def auc(y_true: ArrayLike, scores: ArrayLike) -> Auc:
    """Return the area under the ROC curve and its variance.

    Args:
        y_true: 1 for a positive row, 0 for a negative one `(n,)`.
        scores: Higher for more positive `(n,)`; ties count one half.

    References:
        E. DeLong, D. DeLong, D. Clarke-Pearson, Comparing the areas under two or more correlated ROC curves,
        Biometrics 44 (1988); computed by midranks as in X. Sun, W. Xu, IEEE Signal Processing Letters 21 (2014).

    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).value
    0.75
    """
    positives = _positives(y_true, scores)
    of_positives, of_negatives = placements(positives, np.asarray(scores))
    return Auc(_mean(of_positives), _variance(of_positives) + _variance(of_negatives))


def delong_test(y_true: ArrayLike, first: ArrayLike, second: ArrayLike, level: float = 0.95) -> AucDifference:
    """Test whether two scores of the same rows have one area; equal scores give p = 1.

    >>> delong_test([0, 1, 0, 1], [0.1, 0.9, 0.4, 0.3], [0.1, 0.9, 0.4, 0.3]).p_value
    1.0
    """
    places = [placements(_positives(y_true, scores), np.asarray(scores)) for scores in (first, second)]
    areas = [Auc(_mean(pos), _variance(pos) + _variance(neg)) for pos, neg in places]
    variance = _variance(places[0][0] - places[1][0]) + _variance(places[0][1] - places[1][1])
    difference = areas[0].value - areas[1].value
    if difference == 0 or math.isnan(difference):
        z, p_value = 0.0, 1.0
    else:
        z = difference / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, difference)
        p_value = 2 * float(ndtr(-abs(z)))
    half = normal_quantile(level) * math.sqrt(max(variance, 0.0)) if variance == variance else math.nan
    interval = Interval(difference - half, difference + half, level, "delong")
    return AucDifference(areas[0], areas[1], difference, z, p_value, interval)


def placements(
    positives: NDArray[np.bool_], scores: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each positive's share of negatives below it, and each negative's share of positives above it."""
    n_positive = int(positives.sum())
    n_negative = positives.size - n_positive
    if n_positive == 0 or n_negative == 0:
        return np.full(n_positive, np.nan), np.full(n_negative, np.nan)
    overall = rankdata(scores)
    of_positives = (overall[positives] - rankdata(scores[positives])) / n_negative
    of_negatives = 1.0 - (overall[~positives] - rankdata(scores[~positives])) / n_positive
    return of_positives, of_negatives


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else math.nan


def _variance(values: NDArray[np.float64]) -> float:
    return float(values.var(ddof=1)) / values.size if values.size > 1 else math.nan


def _positives(y_true: ArrayLike, scores: ArrayLike) -> NDArray[np.bool_]:
    y, s = np.asarray(y_true), np.asarray(scores)
    if y.ndim != 1 or y.shape != s.shape:
        raise UsageError(f"y_true of shape {y.shape} and scores of shape {s.shape}; expected one of each per row.")
    if not np.isin(y, (0, 1)).all():
        raise UsageError(f"y_true holds {np.unique(y)[:5].tolist()}; expected only 0 (negative) and 1 (positive).")
    if not np.isfinite(s).all():
        raise UsageError(f"scores are not finite in rows {np.flatnonzero(~np.isfinite(s))[:5].tolist()}.")
    return y.astype(bool)
