"""Paired tests that assume no distribution: sign-flip permutation and Wilcoxon."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import wilcoxon

from trackexp.errors import UsageError

_EXACT_UP_TO = 16  # 2^16 sign patterns take a few milliseconds
_EXACT_DIVISIONS = 20_000  # of two samples: 8 and 8 have 12,870


def permutation_p_value(differences: ArrayLike, *, n_permutations: int = 10_000, seed: int = 0) -> float:
    """Return the two-sided p-value that paired differences are symmetric around zero, by flipping their signs.

    Exact over all sign patterns up to 16 differences; beyond that a random draw that counts the observed pattern too,
    so that p is never 0.

    References:
        B. Phipson, G. Smyth, Permutation p-values should never be zero, Stat Appl Genet Mol Biol 9 (2010).

    >>> permutation_p_value([1.0, 1.0, 1.0, 1.0])
    0.125
    """
    d = _differences(differences)
    observed = abs(float(d.sum())) - 1e-12 * float(np.abs(d).sum())
    if d.size <= _EXACT_UP_TO:
        signs = np.array(list(itertools.product((1.0, -1.0), repeat=d.size - 1))) if d.size > 1 else np.ones((1, 0))
        return float(np.mean(np.abs(d[0] + signs @ d[1:]) >= observed))
    rng = np.random.default_rng(seed)
    hits = 0
    for start in range(0, n_permutations, 256):
        rows = min(256, n_permutations - start)
        flips = rng.integers(0, 2, (rows, d.size), dtype=np.int8) * 2 - 1
        hits += int((np.abs(flips @ d) >= observed).sum())
    return (hits + 1) / (n_permutations + 1)


def two_sample_permutation_p_value(
    first: ArrayLike, second: ArrayLike, *, n_permutations: int = 10_000, seed: int = 0
) -> float:
    """Return the two-sided p-value that two independent samples have one mean, by exchanging their members.

    Exact over all divisions up to 20,000 of them; beyond that a random draw that counts the observed one too.

    >>> two_sample_permutation_p_value([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    1.0
    >>> two_sample_permutation_p_value([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    0.1
    """
    a, b = _differences(first), _differences(second)
    both = np.concatenate([a, b])
    # Shifting all by one number changes no difference, and keeps the sums exact where the level is far from zero.
    both = both - both.mean()
    observed = abs(float(both[: a.size].mean() - both[a.size :].mean())) - 1e-12 * float(np.abs(both).sum())
    if math.comb(both.size, a.size) <= _EXACT_DIVISIONS:
        chosen = np.array(list(itertools.combinations(range(both.size), a.size)))
        return float(np.mean(_mean_differences(both, both[chosen].sum(axis=1), a.size) >= observed))
    rng = np.random.default_rng(seed)
    hits = 0
    for start in range(0, n_permutations, 256):
        drawn = rng.permuted(np.tile(both, (min(256, n_permutations - start), 1)), axis=1)
        hits += int((_mean_differences(both, drawn[:, : a.size].sum(axis=1), a.size) >= observed).sum())
    return (hits + 1) / (n_permutations + 1)


def _mean_differences(both: NDArray[np.float64], sums: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return how far apart the means are, given the sum of the first `n` of each division."""
    result: NDArray[np.float64] = np.abs(sums / n - (both.sum() - sums) / (both.size - n))
    return result


def wilcoxon_p_value(differences: ArrayLike) -> float:
    """Return Wilcoxon's two-sided signed-rank p-value; zeros are split between the sides (Pratt), all zeros give 1.

    >>> wilcoxon_p_value([0.0, 0.0])
    1.0
    >>> wilcoxon_p_value([1.0, 2.0, 3.0, 4.0, 5.0])
    0.0625
    """
    d = _differences(differences)
    if not d.any():
        return 1.0
    exact = d.size <= 50 and d.all() and np.unique(np.abs(d)).size == d.size
    result = wilcoxon(d, zero_method="pratt", method="exact" if exact else "asymptotic")
    return float(result.pvalue)


def _differences(values: ArrayLike) -> NDArray[np.float64]:
    d = np.asarray(values, dtype=float)
    if d.ndim != 1 or d.size == 0 or not np.isfinite(d).all():
        raise UsageError(f"values of shape {d.shape}; expected finite numbers, one per row, at least one.")
    return d
