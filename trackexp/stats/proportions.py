"""Rates that were counted: their intervals, and whether two of them differ."""

from __future__ import annotations

import math

from scipy.stats import fisher_exact

from trackexp.errors import UsageError
from trackexp.stats.interval import Interval, normal_quantile


def wilson_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """Return Wilson's score interval of a rate; with `n = 0` nothing is known and it is (0, 1).

    Raises:
        UsageError: The counts are no counts, `0 <= successes <= n`.

    References:
        E. B. Wilson, Probable inference, JASA 22 (1927).

    >>> low, high = wilson_interval(7, 13)
    >>> round(low, 4), round(high, 4)
    (0.2914, 0.7679)
    """
    z = normal_quantile(level)
    if not 0 <= successes <= n:
        raise UsageError(f"{successes} successes of {n} cannot be; expected 0 <= successes <= n.")
    if n == 0:
        return Interval(0.0, 1.0, level, "wilson")
    rate, spread = successes / n, z * z / n
    centre = (rate + spread / 2) / (1 + spread)
    half = z * math.sqrt(rate * (1 - rate) / n + spread / (4 * n)) / (1 + spread)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Interval(low, high, level, "wilson")


def difference_interval(successes: tuple[int, int], n: tuple[int, int], level: float = 0.95) -> Interval:
    """Return Newcombe's interval of the difference of two independent rates, first minus second.

    References:
        R. G. Newcombe, Interval estimation for the difference between independent proportions, method 10,
        Statistics in Medicine 17 (1998).

    >>> low, high = difference_interval((56, 48), (70, 80))
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    (low_a, high_a), (low_b, high_b) = (wilson_interval(s, m, level) for s, m in zip(successes, n, strict=True))
    if 0 in n:
        return Interval(-1.0, 1.0, level, "newcombe")
    a, b = successes[0] / n[0], successes[1] / n[1]
    low = a - b - math.hypot(a - low_a, high_b - b)
    high = a - b + math.hypot(high_a - a, b - low_b)
    return Interval(low, high, level, "newcombe")


def rate_difference_p_value(successes: tuple[int, int], n: tuple[int, int]) -> float:
    """Return Fisher's exact two-sided p-value that two independent rates are one.

    >>> round(rate_difference_p_value((8, 1), (10, 9)), 4)
    0.0055
    """
    table = [[s, m - s] for s, m in zip(successes, n, strict=True)]
    if min(map(min, table)) < 0:
        raise UsageError(f"{successes} successes of {n} cannot be; expected 0 <= successes <= n.")
    return float(fisher_exact(table).pvalue)
