"""Areas under ROC and precision-recall curves of every class, and of every pair of classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.evaluation.metrics.rank_counts import (
    FINE_SHIFT,
    RankCounts,
    areas_of_column,
    areas_of_counts,
    keys_of_columns,
    n_keys,
)

_COLUMNS_AT_ONCE = 5  # their keys are 20 MB a million rows; fewer read the rows more often, which costs more
ONE_VS_ONE_UP_TO = 100  # classes: pairs grow with their square
EXACT_UP_TO = 2_000_000  # probabilities; beyond, and with 3 to 100 classes, scores are counted by their leading bits


@dataclass(frozen=True, eq=False)
class Ranking:
    """Areas of one evaluation, one a class, NaN where the class or what it is held against has no rows.

    Args:
        support: Rows of each class `(n_classes,)`.
        auroc: Area under the ROC curve of each class against all others `(n_classes,)`.
        one_vs_one: Mean over the other classes with rows of the area of the class's column against each `(n_classes,)`.
        average_precision: Of each class `(n_classes,)`.
        exact: Whether scores were compared themselves, not their leading bits.
    """

    support: NDArray[np.int64]
    auroc: NDArray[np.float64]
    one_vs_one: NDArray[np.float64]
    average_precision: NDArray[np.float64]
    exact: bool

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
        return mean_of_defined(self.one_vs_one)  # each class has as many others, so the mean of means is that of pairs

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
    exact = n * n_classes <= EXACT_UP_TO or not 2 < n_classes <= ONE_VS_ONE_UP_TO
    areas = _Areas(y, n_classes)
    if exact:
        for start in range(0, n_classes, 16):  # a cache line holds 16 float32
            for k, column in enumerate(np.ascontiguousarray(prob[:, start : start + 16].T), start):
                areas.add_exact(k, column)
    else:
        areas.add_by_bits(prob)
    return areas.ranking(exact)


def rank_counts(support: NDArray[np.int64], counts: RankCounts) -> Ranking:
    """Return the areas of rows that were only counted."""
    return Ranking(support, *areas_of_counts(counts, support), exact=False)


def rank_binary(y: NDArray[np.integer[Any]], p: NDArray[np.floating[Any]]) -> Ranking:
    """Return the areas of both classes for the probability of the positive one."""
    areas = _Areas(y, 2)
    areas.add_exact(0, -p)
    areas.add_exact(1, p)
    return areas.ranking(exact=True)


class _Areas:
    """Areas of one column after another."""

    def __init__(self, y: NDArray[np.integer[Any]], n_classes: int) -> None:
        self.y, self.n_classes = y, n_classes
        self.support = np.bincount(y, minlength=n_classes)
        short = y.astype(np.min_scalar_type(n_classes))  # numpy sorts 8 and 16 bits by radix, ten times faster
        self.own = np.split(np.argsort(short, kind="stable"), np.cumsum(self.support)[:-1])
        # a row weighs one over its class's rows, so that every other class weighs the same
        self.weight = (1.0 / np.maximum(self.support, 1)).take(y) if 2 < n_classes <= ONE_VS_ONE_UP_TO else None
        self.auroc, self.one_vs_one, self.precision = (np.full(n_classes, np.nan) for _ in range(3))

    def ranking(self, exact: bool) -> Ranking:
        return Ranking(self.support, self.auroc, self.one_vs_one, self.precision, exact)

    def _set(self, k: int, won: float, shares: float) -> None:
        """Note pairs won against all others, and the sum over other classes of the share of pairs won."""
        mine, others = int(self.support[k]), int(self.y.size - self.support[k])
        present = int(np.count_nonzero(self.support)) - 1
        if mine and others:
            self.auroc[k] = won / (mine * others)
            self.one_vs_one[k] = shares / (mine * present) if present else np.nan

    def add_exact(self, k: int, column: NDArray[np.floating[Any]]) -> None:
        """Compare the scores themselves, by sorting."""
        everything, mine = np.sort(column), np.sort(column[self.own[k]])
        if mine.size == 0:
            return
        low = np.searchsorted(everything, mine, side="left")
        high = np.searchsorted(everything, mine, side="right")
        won = (low.sum() + high.sum()) / 2 - mine.size**2 / 2
        first = np.searchsorted(mine, mine, side="left")
        self.precision[k] = ((mine.size - first) / (column.size - low)).sum() / mine.size
        shares = math.nan if self.n_classes > 2 else won / max(column.size - mine.size, 1)
        if self.weight is not None:
            below = np.searchsorted(mine, column, side="left") + np.searchsorted(mine, column, side="right")
            above = mine.size - below / 2
            shares = float(np.dot(above, self.weight)) - float(above[self.own[k]].sum()) / mine.size
        self._set(k, float(won), float(shares))

    def add_by_bits(self, prob: NDArray[np.floating[Any]]) -> None:
        """Compare leading bits, a few columns at a time, in memory that all share: fresh pages cost as much as sums.

        One weighted count a column gives both the rows of each bin and the sum of their weights: each weight carries a
        marker, a power of two above the sum of all weights, which is the number of classes.
        """
        size = n_keys(FINE_SHIFT)
        marker = 2.0 ** (self.n_classes + 1).bit_length()
        marked = (1.0 if self.weight is None else self.weight) + np.full(self.y.size, marker)
        keys = np.empty((_COLUMNS_AT_ONCE, self.y.size), dtype=np.int32)
        wide = np.empty(self.y.size, dtype=np.intp)
        for start in range(0, self.n_classes, _COLUMNS_AT_ONCE):
            some = prob[:, start : start + _COLUMNS_AT_ONCE]
            for k, column in enumerate(keys_of_columns(some, FINE_SHIFT, keys[: some.shape[1]]), start):
                np.copyto(wide, column)
                mine = np.bincount(wide[self.own[k]], minlength=size).astype(np.float64)
                both = np.bincount(wide, weights=marked, minlength=size)
                total = np.floor(both / marker)
                weights = both - marker * total
                counts = areas_of_column(mine, total)
                self.precision[k] = counts.precision
                own_share = counts.won_own / max(int(self.support[k]), 1)
                self._set(k, counts.won, float(np.dot(weights, counts.above)) - own_share)
