"""Areas under ROC and precision-recall curves of every class, and of every pair of classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.evaluation.classification.rank_counts import (
    FINE_SHIFT,
    RankCounts,
    areas_of_counts,
    average_precision_of_counts,
    keys_of_columns,
    n_keys,
    own_above,
)

ONE_VS_ONE_UP_TO = 100  # classes: pairs grow with their square
EXACT_UP_TO = 2_000_000  # probabilities; beyond, and with 3 to 100 classes, scores are counted by their leading bits


@dataclass(frozen=True, eq=False)
class Ranking:
    """Areas of one evaluation.

    Args:
        support: Rows of each class `(n_classes,)`.
        won: `won[i, j]`: pairs of a row of class i and one of class j in which column i ranks the first higher, ties by
            half; `won[i, i]`: the same against all other classes at once. NaN where not had.
        average_precision: One a class, NaN without its rows.
        exact: Whether scores were compared themselves, not their leading bits.
    """

    support: NDArray[np.int64]
    won: NDArray[np.float64]
    average_precision: NDArray[np.float64]
    exact: bool

    @cached_property
    def auroc(self) -> NDArray[np.float64]:
        """One-vs-rest area of each class, NaN where the class or the rest has no rows."""
        pairs = self.support * (self.support.sum() - self.support)
        return np.where(pairs > 0, np.diag(self.won) / np.maximum(pairs, 1), np.nan)

    @property
    def undefined(self) -> NDArray[np.intp]:
        """Classes that have no area, and stand in no mean."""
        return np.flatnonzero(np.isnan(self.auroc))

    @property
    def auroc_macro(self) -> float:
        """Mean over the classes whose area is defined."""
        return mean_of_defined(self.auroc)

    @property
    def auroc_weighted(self) -> float:
        """The same, weighted by support."""
        defined = ~np.isnan(self.auroc)
        if not defined.any():
            return math.nan
        return float(np.average(self.auroc[defined], weights=self.support[defined]))

    @property
    def auroc_one_vs_one(self) -> float:
        """Hand and Till's mean over pairs of classes that both have rows; NaN above 100 classes.

        References:
            D. Hand, R. Till, A simple generalisation of the area under the ROC curve for multiple class
            classification problems, Machine Learning 45 (2001).
        """
        pairs = np.outer(self.support, self.support).astype(float)
        np.fill_diagonal(pairs, 0)
        known = (pairs > 0) & ~np.isnan(self.won)
        return float((self.won[known] / pairs[known]).mean()) if known.any() else math.nan

    @property
    def average_precision_macro(self) -> float:
        """Mean over the classes that have rows."""
        return mean_of_defined(self.average_precision)


def mean_of_defined(values: NDArray[np.float64]) -> float:
    """Return the mean of what is not NaN, NaN if nothing is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if defined.size else math.nan


def rank_rows(y: NDArray[np.integer[Any]], prob: NDArray[np.floating[Any]]) -> Ranking:
    """Return the areas of rows: exact, or by leading bits where exactness would cost seconds."""
    n, n_classes = prob.shape
    support = np.bincount(y, minlength=n_classes)
    exact = n * n_classes <= EXACT_UP_TO or not 2 < n_classes <= ONE_VS_ONE_UP_TO
    won = np.full((n_classes, n_classes), np.nan)
    precision = np.full(n_classes, np.nan)
    short = y.astype(np.min_scalar_type(n_classes))  # numpy sorts 8 and 16 bits by radix, ten times faster
    by_class = np.split(np.argsort(short, kind="stable"), np.cumsum(support)[:-1])
    step = 16 if exact else 5  # a cache line holds 16 float32; the keys of 5 columns are 20 MB a million rows
    for start in range(0, n_classes, step):
        some = prob[:, start : start + step]
        columns = np.ascontiguousarray(some.T) if exact else keys_of_columns(some, FINE_SHIFT)
        for k, column in enumerate(columns, start):
            won[k], precision[k] = (_exact if exact else _by_bits)(column, by_class[k], y, k, n_classes)
    return Ranking(support, won, precision, exact)


def rank_counts(support: NDArray[np.int64], counts: RankCounts) -> Ranking:
    """Return the areas of rows that were only counted."""
    won, precision = areas_of_counts(counts)
    return Ranking(support, won, precision, exact=False)


def rank_binary(y: NDArray[np.integer[Any]], p: NDArray[np.floating[Any]]) -> Ranking:
    """Return the areas of both classes for the probability of the positive one."""
    support = np.bincount(y, minlength=2)
    won = np.full((2, 2), np.nan)
    precision = np.full(2, np.nan)
    for k, scores in enumerate((-p, p)):
        row, precision[k] = _exact(scores, np.flatnonzero(y == k), y, k, 2)
        won[k] = row
    return Ranking(support, won, precision, exact=True)


def _exact(
    column: NDArray[np.floating[Any]], own: NDArray[np.intp], y: NDArray[np.integer[Any]], k: int, n_classes: int
) -> tuple[NDArray[np.float64], float]:
    won = np.full(n_classes, np.nan)
    everything, mine = np.sort(column), np.sort(column[own])
    if mine.size == 0:
        won[k] = 0.0
        return won, math.nan
    low = np.searchsorted(everything, mine, side="left")
    high = np.searchsorted(everything, mine, side="right")
    won[k] = (low.sum() + high.sum()) / 2 - mine.size**2 / 2
    first = np.searchsorted(mine, mine, side="left")
    precision = float(((mine.size - first) / (column.size - low)).sum() / mine.size)
    if n_classes == 2:
        won[1 - k] = won[k]
    elif n_classes <= ONE_VS_ONE_UP_TO:
        below = (np.searchsorted(mine, column, side="left") + np.searchsorted(mine, column, side="right")) / 2
        each = np.bincount(y, weights=mine.size - below, minlength=n_classes)
        each[k] = won[k]
        won = each
    return won, precision


def _by_bits(
    keys: NDArray[np.int32], own: NDArray[np.intp], y: NDArray[np.integer[Any]], k: int, n_classes: int
) -> tuple[NDArray[np.float64], float]:
    size = n_keys(FINE_SHIFT)
    wide = keys.astype(np.intp)
    mine = np.bincount(wide[own], minlength=size)
    won = np.bincount(y, weights=own_above(mine).take(wide), minlength=n_classes).astype(np.float64, copy=False)
    won[k] = won.sum() - won[k]
    return won, average_precision_of_counts(mine, np.bincount(wide, minlength=size))
