"""How large a difference is, and how many repetitions would tell it from chance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import ndtr

from trackexp.errors import UsageError

POWER = 0.8  # Cohen's convention: four real differences of five are found
_MOST = 100_000  # repetitions; who needs more needs another experiment


def hedges_g(first: ArrayLike, second: ArrayLike) -> float:
    """Return the difference of two means in units of their pooled standard deviation, corrected for small samples.

    NaN where both samples together have fewer than three values; infinite where they differ and do not vary.

    References:
        L. V. Hedges, Distribution theory for Glass's estimator of effect size, J. Educ. Statist. 6 (1981); the
        correction as its usual approximation 1 - 3 / (4 df - 1).

    >>> round(hedges_g([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]), 4)
    -0.8
    """
    a, b = _values(first), _values(second)
    df = a.size + b.size - 2
    if df < 1:
        return math.nan
    squares = float(((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum())
    return _standardised(float(a.mean() - b.mean()), math.sqrt(squares / df), df)


def paired_g(differences: ArrayLike) -> float:
    """Return the mean of paired differences in units of their standard deviation, corrected for small samples.

    NaN for fewer than two differences.

    References:
        D. Lakens, Calculating and reporting effect sizes, Front. Psychol. 4:863 (2013): d_z, corrected as Hedges' g.

    >>> round(paired_g([0.1, 0.2, 0.3]), 4)
    1.1429
    """
    d = _values(differences)
    if d.size < 2:
        return math.nan
    return _standardised(float(d.mean()), float(d.std(ddof=1)), d.size - 1)


def t_power(ratio: float, df: float, alpha: float = 0.05) -> float:
    """Return the chance that a two-sided t-test finds a difference: its t exceeds the critical value.

    Args:
        ratio: The true difference over its standard error, the noncentrality of the t-distribution.
        df: Degrees of freedom.
        alpha: Of the test.

    References:
        J. Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd ed. (1988), by the noncentral t.

    >>> round(t_power(0.5 * 34**0.5, 33), 3)
    0.808
    """
    if not math.isfinite(ratio):
        return 1.0
    critical = float(stats.t.ppf(1 - alpha / 2, df))
    power = float(stats.nct.sf(critical, df, abs(ratio)) + stats.nct.cdf(-critical, df, abs(ratio)))
    return power if math.isfinite(power) else _power_by_quantiles(abs(ratio), df, critical)


def _power_by_quantiles(ratio: float, df: float, critical: float) -> float:
    """Return the power as a mean over the estimated spread: scipy's noncentral t is NaN for some far tails."""
    spread = np.sqrt(stats.chi2.ppf((np.arange(2000) + 0.5) / 2000, df) / df)
    return float(np.mean(ndtr(ratio - critical * spread) + ndtr(-ratio - critical * spread)))


def repetitions_needed(
    effect: float, *, paired: bool, alpha: float = 0.05, power: float = POWER, test_share: float = 0.0
) -> int | None:
    """Return how many repetitions (a group, or pairs) a t-test needs to find an effect; None where 100,000 do not do.

    Args:
        effect: The difference over the standard deviation: of the differences where paired, else within the groups.
        paired: Whether repetitions of one seed or fold are compared with each other.
        alpha: Of the test, two-sided; divide it by the number of tests where there are several.
        power: Chance with which a difference as large as that is to be found.
        test_share: Test over training rows for folds, as in `nadeau_bengio_test`: repeating cannot remove that part
            of the variance.

    >>> repetitions_needed(0.5, paired=True), repetitions_needed(0.5, paired=False), repetitions_needed(0, paired=True)
    (34, 64, None)
    """
    if not 0 < alpha < 1 or not 0 < power < 1:
        raise UsageError(f"alpha = {alpha} and power = {power}; expected both between 0 and 1.")

    def enough(n: int) -> bool:
        share = (1 / n + test_share) if paired else 2 / n
        return t_power(effect / math.sqrt(share), n - 1 if paired else 2 * n - 2, alpha) >= power

    if math.isnan(effect) or not enough(_MOST):
        return None
    low, high = 1, 2  # at `low` it is not enough
    while not enough(high):
        low, high = high, min(2 * high, _MOST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _standardised(difference: float, deviation: float, df: int) -> float:
    correction = 1 - 3 / (4 * df - 1)
    # Values that are equal up to their last bits have no spread to measure anything by.
    if deviation <= 1e-12 * abs(difference) or deviation == 0:
        return 0.0 if difference == 0 else math.copysign(math.inf, difference)
    return correction * difference / deviation


def _values(values: ArrayLike) -> NDArray[np.float64]:
    x = np.asarray(values, dtype=float)
    if x.ndim != 1 or x.size == 0 or not np.isfinite(x).all():
        raise UsageError(f"values of shape {x.shape}; expected finite numbers, one per run, at least one.")
    return x
