"""Two classifiers on the same rows: whether one is right more often where they disagree."""

from __future__ import annotations

from typing import Literal

from scipy.stats import binom

from trackexp.errors import UsageError


def mcnemar_p_value(only_first: int, only_second: int, method: Literal["exact", "mid-p"] = "exact") -> float:
    """Return McNemar's two-sided p-value from the rows that only one of two classifiers gets right.

    Args:
        only_first: Rows that only the first gets right.
        only_second: Rows that only the second gets right.
        method: `"exact"` (binomial), or `"mid-p"`, less conservative for few rows. Where they never disagree, p = 1.

    References:
        M. Fagerland, S. Lydersen, P. Laake, The McNemar test for binary matched-pairs data, BMC Med Res Methodol 13
        (2013).

    >>> mcnemar_p_value(5, 0), round(mcnemar_p_value(5, 0, "mid-p"), 5), mcnemar_p_value(0, 0)
    (0.0625, 0.03125, 1.0)
    """
    if method not in ("exact", "mid-p"):
        raise UsageError(f"method is {method!r}; expected 'exact' or 'mid-p'.")
    if min(only_first, only_second) < 0:
        raise UsageError(f"counts {only_first} and {only_second}; expected none below 0.")
    n = only_first + only_second
    if n == 0:
        return 1.0
    fewer = min(only_first, only_second)
    p_value = 2 * float(binom.cdf(fewer, n, 0.5))
    if method == "mid-p":
        p_value -= float(binom.pmf(fewer, n, 0.5))
    return min(1.0, p_value)
