"""Adversarial validation: whether a classifier can tell two sets of rows apart by their features.

The classifier learns on one half of the rows and is tested on the other. Scores pooled over folds, which each have a
model of their own, break the independence that DeLong's variance rests on: without any difference such an interval lies
above 0.5 in 8.5 % of cases where 2.5 % are meant.

With groups, whole groups are halved, the variance is summed group by group (Obuchowski) and Student's t replaces the
normal: twenty groups are twenty observations, however many rows they have.

References:
    J. Friedman, On multivariate goodness-of-fit and two-sample testing, 2003: a classifier as a two-sample test.
    N. Obuchowski, Nonparametric analysis of clustered ROC curve data, Biometrics 53 (1997).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from trackexp.errors import UsageError
from trackexp.stats.interval import Interval, check_level
from trackexp.stats.roc_area import auc, placements

MOST_ROWS = 5_000  # of each set: enough to see an area of 0.52
LEAST_ROWS = 10
_LEADING = 5


@dataclass(frozen=True, slots=True)
class Adversarial:
    """How well two sets of rows can be told apart.

    Args:
        area: Area under the ROC curve on the rows that were not learnt from; 0.5: not at all.
        standard_error: Its standard error.
        df: Degrees of freedom of its t; infinite without groups.
        leading: Columns that tell the sets apart most, and the area of each alone, the most telling first.
    """

    area: float
    standard_error: float
    df: float
    leading: tuple[tuple[int, float], ...]

    @property
    def p_value(self) -> float:
        """One-sided: how likely such an area is where nothing tells the sets apart."""
        if not self.standard_error > 0:
            return 0.0 if self.area > 0.5 else 1.0
        return float(student.sf((self.area - 0.5) / self.standard_error, self.df))

    def interval(self, level: float = 0.95) -> Interval:
        """Return the interval of the area, cut to 0 and 1."""
        half = float(student.ppf(0.5 + check_level(level) / 2, self.df)) * self.standard_error
        return Interval(max(0.0, self.area - half), min(1.0, self.area + half), level, "halves, DeLong")


def adversarial_validation(
    first: ArrayLike,
    second: ArrayLike,
    *,
    groups: tuple[ArrayLike, ArrayLike] | None = None,
    seed: int = 0,
) -> Adversarial:
    """Return how well a classifier tells two sets of rows apart.

    Args:
        first: Features `(n, d)`; NaN is allowed.
        second: Features of the other set `(m, d)`.
        groups: The group of each row of either set, where rows come in groups `(n,)`, `(m,)`.
        seed: Of the halves.

    Raises:
        UsageError: The features differ in number, a set has fewer than 10 rows, or a set has fewer than 4 groups.
    """
    sets: list[NDArray[np.float64]] = [
        np.asarray(rows, dtype=np.float64).reshape(len(np.asarray(rows)), -1) for rows in (first, second)
    ]
    _check(sets)
    rng = np.random.default_rng(seed)
    codes: list[NDArray[np.int64]] = [np.arange(len(rows)) for rows in sets]
    if groups is not None:
        codes = [np.unique(np.asarray(of), return_inverse=True)[1].reshape(-1) for of in groups]
        if min(int(of.max()) + 1 for of in codes) < 4:
            raise UsageError(f"{[int(of.max()) + 1 for of in codes]} groups; expected at least four in each set.")
    chosen = [rng.permutation(len(rows))[:MOST_ROWS] for rows in sets]
    sets = [values[rows] for values, rows in zip(sets, chosen, strict=True)]
    codes = [values[rows] for values, rows in zip(codes, chosen, strict=True)]
    learnt = [_half(of, rng) for of in codes]
    x, y = np.vstack(sets), np.repeat([0, 1], [len(rows) for rows in sets])
    half = np.concatenate(learnt)
    scores = _scores(x[half], y[half], x[~half])
    kept = [of[~mask] for of, mask in zip(codes, learnt, strict=True)]
    area, error, df = _area(y[~half], scores, kept if groups is not None else None)
    alone = np.array([auc(y, column).value for column in np.nan_to_num(x).T])
    order = np.argsort(-np.abs(alone - 0.5), kind="stable")[:_LEADING]
    return Adversarial(area, error, df, tuple((int(i), float(alone[i])) for i in order))


def _check(sets: list[NDArray[np.float64]]) -> None:
    if sets[0].shape[1] != sets[1].shape[1]:
        raise UsageError(
            f"features of {sets[0].shape[1]} and {sets[1].shape[1]} columns; expected the same of both sets."
        )
    if min(map(len, sets)) < LEAST_ROWS:
        raise UsageError(f"{len(sets[0])} and {len(sets[1])} rows; expected at least {LEAST_ROWS} of each set.")


def _half(groups: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return which rows are learnt from: those of half the groups, so that no group is on both sides."""
    names = np.unique(groups)
    chosen = rng.permutation(names)[: len(names) // 2]
    return np.asarray(np.isin(groups, chosen))


def _scores(x: NDArray[np.float64], y: NDArray[np.int64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    from sklearn.ensemble import HistGradientBoostingClassifier  # on first use: costs a second to import
    from threadpoolctl import threadpool_limits

    model = HistGradientBoostingClassifier(max_iter=50, random_state=0)
    with threadpool_limits(1):  # OpenMP's threads wait for each other in loops: on a busy machine 75 times as long
        return np.asarray(model.fit(x, y).predict_proba(other)[:, 1], dtype=np.float64)


def _area(
    y: NDArray[np.int64], scores: NDArray[np.float64], groups: list[NDArray[np.int64]] | None
) -> tuple[float, float, float]:
    if groups is None:
        found = auc(y, scores)
        return found.value, math.sqrt(max(found.variance, 0.0)), math.inf
    of_positives, of_negatives = placements(y.astype(bool), scores)
    area = float(of_positives.mean())
    parts = [_clustered(of_negatives, groups[0]), _clustered(of_positives, groups[1])]
    variance = sum(variance for variance, _ in parts)
    least = min(count for _, count in parts)  # no more is known than from the set with fewer groups
    return area, math.sqrt(variance), max(1.0, least - 1)


def _clustered(values: NDArray[np.float64], groups: NDArray[np.int64]) -> tuple[float, int]:
    """Return the variance of a mean whose rows come in groups, and how many groups there are."""
    _, code = np.unique(groups, return_inverse=True)
    sums = np.bincount(code.reshape(-1), weights=values - values.mean())
    count = len(sums)
    return (float((sums**2).sum()) / len(values) ** 2 * count / max(1, count - 1)), count
