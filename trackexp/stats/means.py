"""Means over runs, seeds or folds: intervals, and tests that know that folds share their training rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from trackexp.errors import UsageError
from trackexp.stats.interval import Interval, check_level


@dataclass(frozen=True, slots=True)
class TestResult:
    """The outcome of a test: its statistic, its two-sided p-value, what was tested, degrees of freedom."""

    __test__ = False  # no test of pytest's, in spite of its name

    statistic: float
    p_value: float
    method: str
    df: tuple[float, ...] = ()


def t_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Return Student's interval of a mean; fewer than two values give an unbounded one.

    >>> low, high = t_interval([1.0, 2.0, 3.0])
    >>> round(low, 3), round(high, 3)
    (-0.484, 4.484)
    """
    x = _values(values)
    check_level(level)
    if x.size < 2:
        return Interval(-math.inf, math.inf, level, "t")
    half = float(stats.t.ppf(0.5 + level / 2, x.size - 1)) * float(x.std(ddof=1)) / math.sqrt(x.size)
    return Interval(float(x.mean()) - half, float(x.mean()) + half, level, "t")


def nadeau_bengio_interval(values: ArrayLike, test_share: float, level: float = 0.95) -> Interval:
    """Return the interval of a mean over folds or resamples, corrected for their shared training rows.

    Args:
        values: One score a fold `(k,)`.
        test_share: Test rows over training rows, as in `nadeau_bengio_test`.
        level: Of the interval.

    >>> low, high = nadeau_bengio_interval([1.0, 2.0, 3.0], 1 / 2)
    >>> round(low, 3), round(high, 3)
    (-1.928, 5.928)
    """
    plain, x = t_interval(values, level), _values(values)
    if x.size < 2 or not test_share > 0:
        return plain
    half = (plain.high - plain.low) / 2 * math.sqrt(1.0 + x.size * test_share)
    return Interval(float(x.mean()) - half, float(x.mean()) + half, level, "nadeau-bengio corrected t")


def single_case_test(value: float, sample: ArrayLike) -> TestResult:
    """Test whether one value belongs to the population of a sample, by the t that counts its own spread too.

    References:
        J. R. Crawford, D. C. Howell, Comparing an individual's test score against norms derived from small samples,
        The Clinical Neuropsychologist 12 (1998); df = n - 1.

    >>> round(single_case_test(4.0, [1.0, 2.0, 3.0]).p_value, 4)
    0.2254
    """
    x = _values(sample)
    if x.size < 2 or not math.isfinite(value):
        raise UsageError(f"{value} against {x.size} values; expected a finite number against at least two.")
    error = float(x.std(ddof=1)) * math.sqrt((x.size + 1) / x.size)
    if error <= _rounding(x):
        return _without_spread(value - float(x.mean()), "single case t", x.size - 1)
    statistic = (value - float(x.mean())) / error
    return TestResult(statistic, 2 * float(stats.t.sf(abs(statistic), x.size - 1)), "single case t", (x.size - 1,))


def welch_test(first: ArrayLike, second: ArrayLike) -> TestResult:
    """Test whether two independent samples have one mean, by Welch's t.

    >>> welch_test([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]).p_value
    1.0
    """
    a, b = _values(first), _values(second)
    if a.size < 2 or b.size < 2:
        raise UsageError(f"{a.size} and {b.size} values; expected at least two in each sample.")
    difference = float(a.mean() - b.mean())
    parts = [float(x.var(ddof=1)) / x.size for x in (a, b)]
    error = math.sqrt(sum(parts))
    if error <= _rounding(np.concatenate([a, b])):
        return _without_spread(difference, "welch t", a.size + b.size - 2)
    # Satterthwaite's degrees of freedom, in shares of the variance so that tiny ones do not vanish when squared.
    df = 1 / sum((part / sum(parts)) ** 2 / (x.size - 1) for part, x in zip(parts, (a, b), strict=True))
    statistic = difference / error
    return TestResult(statistic, 2 * float(stats.t.sf(abs(statistic), df)), "welch t", (df,))


def paired_t_test(differences: ArrayLike) -> TestResult:
    """Test whether paired differences have mean zero; their rows must be independent (not folds of one set).

    >>> round(paired_t_test([0.1, 0.2, 0.3]).p_value, 4)
    0.0742
    """
    return _t_of_differences(_values(differences), 1.0, "paired t")


def nadeau_bengio_test(differences: ArrayLike, test_share: float) -> TestResult:
    """Test whether differences over folds or resamples have mean zero, corrected for their shared training rows.

    Args:
        differences: One difference of scores a fold or resample `(k,)`.
        test_share: Test rows over training rows, 1/(k-1) for k folds; the variance becomes s²·(1/k + test_share).

    References:
        C. Nadeau, Y. Bengio, Inference for the generalization error, Machine Learning 52 (2003); df = k - 1.

    >>> nadeau_bengio_test([0.02, 0.01, 0.03, 0.02, 0.02], 1 / 4).p_value < 0.05
    True
    """
    if not test_share > 0:
        raise UsageError(f"test_share is {test_share}; expected test over training rows, such as 0.25 for 5 folds.")
    x = _values(differences)
    return _t_of_differences(x, 1.0 + x.size * test_share, "nadeau-bengio corrected t")


def five_by_two_f_test(differences: ArrayLike) -> TestResult:
    """Test two learners by five replications of 2-fold cross-validation, Alpaydin's combined F on 10 and 5 df.

    Args:
        differences: Differences of scores `(5, 2)`, replications by folds.

    References:
        E. Alpaydin, Combined 5x2cv F test, Neural Computation 11 (1999).

    >>> rows = [[0.02, 0.05], [-0.01, 0.03], [0.04, 0.01], [0.03, 0.02], [0.0, 0.04]]
    >>> round(five_by_two_f_test(rows).statistic, 6)
    1.666667
    """
    d = np.asarray(differences, dtype=float)
    if d.shape != (5, 2) or not np.isfinite(d).all():
        raise UsageError(f"differences of shape {d.shape}; expected finite numbers (5, 2), replications by folds.")
    spread = float(((d - d.mean(axis=1, keepdims=True)) ** 2).sum())
    top = float((d**2).sum())
    if spread == 0:
        return TestResult(math.inf if top else 0.0, 0.0 if top else 1.0, "5x2cv F", (10, 5))
    statistic = top / (2 * spread)
    return TestResult(statistic, float(stats.f.sf(statistic, 10, 5)), "5x2cv F", (10, 5))


def _t_of_differences(x: NDArray[np.float64], inflation: float, method: str) -> TestResult:
    if x.size < 2:
        raise UsageError(f"{x.size} differences; expected at least two.")
    error = math.sqrt(float(x.var(ddof=1)) * inflation / x.size)
    if error <= _rounding(x):
        return _without_spread(float(x.mean()), method, x.size - 1)
    statistic = float(x.mean()) / error
    return TestResult(statistic, 2 * float(stats.t.sf(abs(statistic), x.size - 1)), method, (x.size - 1,))


def _rounding(x: NDArray[np.float64]) -> float:
    """Return the spread that rounding alone may leave between values that are equal."""
    return 4 * float(np.finfo(float).eps * np.abs(x).max())


def _without_spread(difference: float, method: str, df: int) -> TestResult:
    """Equal values everywhere: no difference is p = 1, a difference that never varies is p = 0."""
    if difference == 0:
        return TestResult(0.0, 1.0, method, (df,))
    return TestResult(math.copysign(math.inf, difference), 0.0, method, (df,))


def _values(values: ArrayLike) -> NDArray[np.float64]:
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 or x.size == 0 or not np.isfinite(x).all():
        raise UsageError(f"values of shape {x.shape}; expected finite numbers, one per run or row, at least one.")
    return x
