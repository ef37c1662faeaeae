"""Resampling: how a number would vary over other draws of the same rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from trackexp.errors import UsageError
from trackexp.stats.interval import Interval, check_level

Indices = NDArray[np.intp]


def resample(n: int, rng: np.random.Generator, groups: NDArray[np.intp] | None = None) -> Indices:
    """Draw row indices with replacement: rows, or whole groups where `groups` gives each row's group number."""
    if groups is None:
        return rng.integers(0, n, n)
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(groups[order]) != 0])
    parts = np.split(order, starts[1:])
    return np.concatenate([parts[i] for i in rng.integers(0, len(parts), len(parts))])


def bootstrap_interval(
    statistic: Callable[[Indices], float],
    n: int,
    *,
    n_resamples: int = 1000,
    level: float = 0.95,
    method: str = "percentile",
    groups: ArrayLike | None = None,
    seed: int = 0,
) -> Interval:
    """Return the bootstrap interval of a statistic of row indices; resamples where it is NaN are left out.

    Args:
        statistic: Gets row indices `(m,)`, returns the number on those rows.
        n: Number of rows.
        n_resamples: How often rows are drawn.
        level: Of the interval.
        method: `"percentile"`, or `"bca"`, which corrects bias and skew at the price of `n` more evaluations.
        groups: Each row's group; whole groups are then drawn, because rows of one group are not independent.
        seed: Of the draws.

    References:
        B. Efron, R. Tibshirani, An introduction to the bootstrap (1993), chapters 13 and 14.

    >>> import numpy as np
    >>> x = np.arange(100.0)
    >>> low, high = bootstrap_interval(lambda rows: float(x[rows].mean()), 100)
    >>> bool(low < 49.5 < high)
    True
    """
    check_level(level)
    if method not in ("percentile", "bca"):
        raise UsageError(f"method is {method!r}; expected 'percentile' or 'bca'.")
    if n < 1 or n_resamples < 1:
        raise UsageError(f"n = {n} rows and {n_resamples} resamples; expected at least one of each.")
    numbers = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1].ravel()
    rng = np.random.default_rng(seed)
    draws = np.array([statistic(resample(n, rng, numbers)) for _ in range(n_resamples)], dtype=float)
    draws = draws[~np.isnan(draws)]
    name = f"bootstrap ({method}{'' if groups is None else ', by group'})"
    if draws.size == 0:
        return Interval(float("nan"), float("nan"), level, name)
    tails = np.array([0.5 - level / 2, 0.5 + level / 2])
    if method == "bca":
        tails = _bca_tails(statistic, n, draws, tails)
    low, high = np.quantile(draws, tails)
    return Interval(float(low), float(high), level, name)


def _bca_tails(
    statistic: Callable[[Indices], float], n: int, draws: NDArray[np.float64], tails: NDArray[np.float64]
) -> NDArray[np.float64]:
    everything = np.arange(n)
    below = np.mean(draws < statistic(everything)) + np.mean(draws == statistic(everything)) / 2
    if not 0.0 < below < 1.0 or n < 2:
        return tails
    bias = ndtri(below)
    jackknife = np.array([statistic(np.delete(everything, i)) for i in range(n)])
    deviations = np.nanmean(jackknife) - jackknife
    scale = np.nansum(deviations**2) ** 1.5
    acceleration = np.nansum(deviations**3) / (6 * scale) if scale > 0 else 0.0
    z = bias + ndtri(tails)
    shifted: NDArray[np.float64] = ndtr(bias + z / (1 - acceleration * z))
    return shifted


def paired_bootstrap(
    first: ArrayLike, second: ArrayLike, *, n_resamples: int = 2000, level: float = 0.95, seed: int = 0
) -> tuple[float, Interval]:
    """Return the mean difference of per-row values, first minus second, and its bootstrap interval.

    >>> difference, (low, high) = paired_bootstrap([1.0, 2.0, 3.0], [0.0, 1.0, 2.0])
    >>> difference, low, high
    (1.0, 1.0, 1.0)
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if a.shape != b.shape or a.ndim != 1 or a.size == 0:
        raise UsageError(f"paired values of shape {a.shape} and {b.shape}; expected the same rows, one value per row.")
    d = a - b
    interval = bootstrap_interval(
        lambda rows: float(d[rows].mean()), d.size, n_resamples=n_resamples, level=level, seed=seed
    )
    return float(d.mean()), interval
