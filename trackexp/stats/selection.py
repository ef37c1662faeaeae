"""The score of what was chosen for its score: corrected for the choice, and for folds that share training rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from trackexp.errors import UsageError
from trackexp.stats.bootstrap import Indices, resample
from trackexp.stats.interval import Interval, check_level

Floats = NDArray[np.float64]


def corrected_standard_error(values: ArrayLike, folds: int) -> float:
    """Return the standard error of a mean over folds, s·√(1/n + 1/(k−1)): folds share their training rows.

    Args:
        values: One score a fold that was trained `(n,)`.
        folds: How many folds there are, k.

    References:
        C. Nadeau, Y. Bengio, Inference for the generalization error, Machine Learning 52 (2003).

    >>> round(corrected_standard_error([0.8, 0.9, 0.85, 0.9, 0.8], 5), 4)
    0.0335
    """
    x = np.asarray(values, dtype=float)
    if x.size < 2:
        return math.inf
    return float(x.std(ddof=1)) * math.sqrt(1 / x.size + 1 / max(1, folds - 1))


def bootstrap_bias_corrected(
    scores: Callable[[Indices], Floats],
    score_of: Callable[[int, Indices], float],
    n: int,
    *,
    larger_is_better: bool = True,
    n_resamples: int = 500,
    level: float = 0.95,
    groups: ArrayLike | None = None,
    seed: int = 0,
) -> tuple[float, Interval]:
    """Return the expected score of the best of several configurations, corrected for the choice (BBC-CV).

    Each time rows are drawn with replacement, the best configuration on them is scored on the rows that were not drawn.

    Args:
        scores: Gets row indices `(m,)`, returns the score of every configuration on them `(n_configurations,)`.
        score_of: Gets a configuration's index and row indices, returns its score on them.
        n: Number of rows.
        larger_is_better: Which way the choice goes.
        n_resamples: How often rows are drawn.
        level: Of the interval, by percentiles.
        groups: Each row's group `(n,)`; whole groups are then drawn, and left out.
        seed: Of the draws.

    References:
        I. Tsamardinos, E. Greasidou, G. Borboudakis, Bootstrapping the out-of-sample predictions for efficient and
        accurate cross-validation, Machine Learning 107 (2018).

    >>> hits = np.random.default_rng(0).random((20, 300)) < 0.7  # twenty configurations, none better than another
    >>> flat = hits.mean(axis=1).max()
    >>> fair, _ = bootstrap_bias_corrected(lambda r: hits[:, r].mean(axis=1), lambda c, r: hits[c, r].mean(), 300)
    >>> bool(abs(fair - 0.7) < abs(flat - 0.7))
    True
    """
    check_level(level)
    numbers = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1].ravel()
    rng, sign, found = np.random.default_rng(seed), 1.0 if larger_is_better else -1.0, list[float]()
    for _ in range(n_resamples):
        rows = resample(n, rng, numbers)
        left = np.ones(n, dtype=bool)
        left[rows] = False
        if not left.any():
            continue
        on_rows = sign * np.asarray(scores(rows), dtype=float)
        if np.isfinite(on_rows).any():
            found.append(float(score_of(int(np.nanargmax(on_rows)), np.flatnonzero(left))))
    draws = np.array([value for value in found if math.isfinite(value)])
    return _summed_up(draws, level, f"BBC-CV, {n_resamples} resamples{'' if groups is None else ' of groups'}")


def _summed_up(draws: Floats, level: float, method: str) -> tuple[float, Interval]:
    if not draws.size:
        return math.nan, Interval(math.nan, math.nan, level, method)
    low, high = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2])
    return float(draws.mean()), Interval(float(low), float(high), level, method)


def tibshirani_bias(scores: Sequence[Sequence[float]], *, larger_is_better: bool = True) -> float:
    """Return by how much the best mean over folds flatters, from the scores of folds alone.

    Args:
        scores: By configuration and fold `(n_configurations, k)`.
        larger_is_better: Which way the choice goes.

    Returns:
        At least 0: the mean, over folds, of what the fold's own best configuration gains there over the chosen one.

    References:
        R. J. Tibshirani, R. Tibshirani, A bias correction for the minimum error rate in cross-validation, Annals of
        Applied Statistics 3 (2009).

    >>> round(tibshirani_bias([[0.8, 0.9], [0.9, 0.7]]), 3)
    0.05
    """
    x = np.asarray(scores, dtype=float)
    if x.ndim != 2 or not x.size or not np.isfinite(x).all():
        raise UsageError(f"scores of shape {x.shape}; expected finite numbers (configurations, folds).")
    x = x if larger_is_better else -x
    chosen = int(x.mean(axis=1).argmax())
    return float((x.max(axis=0) - x[chosen]).mean())


def prediction_interval(values: ArrayLike, folds: int, new_variance: float = 0.0, level: float = 0.95) -> Interval:
    """Return where the score of further rows lies, by the scores of folds: Student's t on n − 1 degrees of freedom.

    The half-width is t·√(s²·(1/n + 1/(k−1)) + v), with v the variance that the new rows' own number brings.

    Args:
        values: One score a fold `(n,)`.
        folds: How many folds there are, k.
        new_variance: Of the score on the new rows, as their bootstrap or binomial gives it.
        level: Of the interval.

    >>> low, high = prediction_interval([0.8, 0.9, 0.85, 0.9, 0.8], 5)
    >>> round(low, 3), round(high, 3)
    (0.757, 0.943)
    """
    check_level(level)
    x = np.asarray(values, dtype=float)
    if x.size < 2:
        return Interval(-math.inf, math.inf, level, "prediction")
    spread = math.sqrt(corrected_standard_error(x, folds) ** 2 + max(0.0, new_variance))
    half = float(stats.t.ppf(0.5 + level / 2, x.size - 1)) * spread
    return Interval(float(x.mean()) - half, float(x.mean()) + half, level, "prediction")
