"""Equal-width bins of calibration: where a probability falls, and what a bin has seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.stats import Interval, wilson_interval


@dataclass(frozen=True, eq=False)
class Bins:
    """Sums of the rows in each bin; arrays end in the axis of bins, with classes before it where there are several.

    Args:
        count: Rows `(…, n_bins)`.
        hits: Rows that were right, or positive `(…, n_bins)`.
        confidence: Sum of the probabilities `(…, n_bins)`.
    """

    count: NDArray[np.int64]
    hits: NDArray[np.int64]
    confidence: NDArray[np.float64]

    def __add__(self, other: Bins) -> Bins:
        return Bins(self.count + other.count, self.hits + other.hits, self.confidence + other.confidence)

    @property
    def gap(self) -> NDArray[np.float64]:
        """Accuracy minus mean confidence, NaN in an empty bin."""
        n = np.where(self.count > 0, self.count, 1)
        return np.where(self.count > 0, (self.hits - self.confidence) / n, np.nan)

    def ece(self) -> NDArray[np.float64]:
        """Return Σ n_b/n · |acc_b - conf_b| over the last axis; NaN without rows."""
        total = self.count.sum(axis=-1)
        off = np.abs(self.hits - self.confidence).sum(axis=-1)
        return np.where(total > 0, off / np.maximum(total, 1), np.nan)


def check_bins(n_bins: int) -> int:
    """Return the number of bins if it is one."""
    if isinstance(n_bins, bool) or int(n_bins) != n_bins or not 1 <= n_bins <= 100_000:
        raise UsageError(f"calibration_bins is {n_bins!r}; expected a whole number from 1 to 100000, such as 15.")
    return int(n_bins)


def bin_edges(n_bins: int) -> NDArray[np.float64]:
    """Return the edges k/n, which `linspace` does not give (its third of ten is 0.30000000000000004).

    >>> bin_edges(10)[3].item()
    0.3
    """
    return np.arange(n_bins + 1) / n_bins


def bin_index(p: NDArray[np.float64], n_bins: int, *, exact: bool) -> NDArray[np.intp]:
    """Return the bin of each probability: [k/n, (k+1)/n), the last one closed on both sides.

    Args:
        p: Probabilities in float64.
        n_bins: Number of bins of equal width.
        exact: The values came from float32 or shorter, whose product with `n_bins` is exact in float64 and needs no
            second look at the edges.

    >>> import numpy as np
    >>> bin_index(np.array([0.0, 0.3, 0.7, 1.0]), 10, exact=False).tolist()
    [0, 3, 7, 9]
    """
    scaled = p * n_bins
    index = scaled.astype(np.intp)
    if not exact:
        settle_edges(p, scaled, index, n_bins)
    np.minimum(index, n_bins - 1, out=index)
    return index


def settle_edges(p: NDArray[np.float64], scaled: NDArray[Any], index: NDArray[np.intp], n_bins: int) -> None:
    """Correct, in place, the bins of probabilities so near an edge that rounding of the product may decide."""
    near = np.abs(scaled - np.rint(scaled)) < 1e-9 * n_bins
    if near.any():
        index[near] = np.searchsorted(bin_edges(n_bins), p[near], side="right") - 1


def binned(p: NDArray[np.float64], hit: NDArray[np.bool_], n_bins: int, *, exact: bool = False) -> Bins:
    """Return the sums of one column of probabilities.

    >>> import numpy as np
    >>> binned(np.array([0.95, 1.0]), np.array([True, False]), 10).ece().item()
    0.475
    """
    index = bin_index(p, n_bins, exact=exact)
    mass = np.bincount(index, weights=p, minlength=n_bins).astype(np.float64, copy=False)
    index += n_bins * hit
    missed, hits = np.bincount(index, minlength=2 * n_bins).reshape(2, n_bins)
    return Bins(missed + hits, hits, mass)


@dataclass(frozen=True, slots=True)
class LargestGap:
    """The bin that is off the most, never without how many rows say so.

    Args:
        value: |accuracy - confidence| of the bin, MCE.
        bin: Its number from 0.
        n: Its rows.
        accuracy: Their share of hits, with Wilson's interval.
        confidence: Their mean probability.
    """

    value: float
    bin: int
    n: int
    accuracy: float
    confidence: float
    interval: Interval


def rmsce(bins: Bins) -> float:
    """Return √Σ w·gap², the root mean square calibration error."""
    weights, gaps = _used(bins)
    return float(np.sqrt((weights * gaps**2).sum()))


def ace_bin_mean(bins: Bins) -> float:
    """Return the unweighted mean gap over the bins that have rows (netcal's ACE)."""
    return float(np.abs(_used(bins)[1]).mean())


def debiased_l2_squared(bins: Bins) -> float:
    """Return Σ w·[gap² - acc(1-acc)/(n_b-1)] over bins of two rows and more, raw even where it is negative.

    References:
        A. Kumar, P. Liang, T. Ma, Verified uncertainty calibration, NeurIPS 2019.
    """
    many = bins.count > 1
    n = bins.count[many]
    accuracy = bins.hits[many] / n
    noise = accuracy * (1 - accuracy) / (n - 1)
    return float((n / bins.count.sum() * (bins.gap[many] ** 2 - noise)).sum())


def largest_gap(bins: Bins, level: float = 0.95) -> LargestGap:
    """Return the bin with the largest gap: a few rows alone can make it, so its count and interval come along."""
    worst = int(np.nanargmax(np.abs(bins.gap)))
    n, hits = int(bins.count[worst]), int(bins.hits[worst])
    return LargestGap(
        float(abs(bins.gap[worst])),
        worst,
        n,
        hits / n,
        float(bins.confidence[worst] / n),
        wilson_interval(hits, n, level),
    )


def calibration_errors(top: Bins, classwise: Bins) -> dict[str, float]:
    """Return every error that the bins give, by its name in `Evaluation.to_dict`."""
    return {
        "ece": float(top.ece()),
        "mce": largest_gap(top).value,
        "rmsce": rmsce(top),
        "ace_bin_mean": ace_bin_mean(top),
        "debiased_l2sq": debiased_l2_squared(top),
        "ece_classwise": float(classwise.ece().mean()),
    }


def _used(
    bins: Bins,
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    used = bins.count > 0
    return bins.count[used] / bins.count.sum(), bins.gap[used]


def ece_equal_mass(
    p: NDArray[np.floating[Any]], hit: NDArray[np.bool_], n_bins: int, *, merge_ties: bool = True
) -> tuple[float, int]:
    """Return the error and how many bins it used.

    Rows are sorted and cut as `numpy.array_split` cuts them, the larger bins first; rows of one probability go together
    to the bin of their first, so that the order of tied rows cannot matter.

    Args:
        p: Probabilities `(n,)`.
        hit: Whether the row was right, or positive `(n,)`.
        n_bins: Bins asked for; ties and few rows use fewer.
        merge_ties: False cuts through ties, as other libraries do; the answer then depends on the order of the rows.

    >>> import numpy as np
    >>> ece_equal_mass(np.array([0.2, 0.9, 0.9]), np.array([True, True, True]), 3)
    (0.3333333333333333, 2)
    """
    values, hits = _sorted_together(p, hit, stable=not merge_ties)
    n = values.size
    sizes = np.full(min(n_bins, n), n // min(n_bins, n))
    sizes[: n % sizes.size] += 1
    begins = np.cumsum(sizes) - sizes
    if merge_ties:  # a bin that would begin inside a tie begins behind it
        inside = np.searchsorted(values, values[begins], side="left") < begins
        after = np.searchsorted(values, values[begins], side="right")
        begins = np.unique(np.where(inside, after, begins))
        begins = begins[begins < n]
    gaps = [
        abs(int(np.count_nonzero(hits[a:b])) - float(values[a:b].sum(dtype=np.float64)))
        for a, b in pairwise([*begins.tolist(), n])
    ]
    return math.fsum(gaps) / n, len(gaps)


def _sorted_together(
    p: NDArray[np.floating[Any]], hit: NDArray[np.bool_], *, stable: bool
) -> tuple[NDArray[np.floating[Any]], NDArray[np.bool_]]:
    """Sort by probability: with the hit as the lowest bit of the float's own bits, one fast sort of integers."""
    if stable or p.dtype != np.float32:
        order = np.argsort(p, kind="stable")
        return p[order], hit[order]
    keys = np.ascontiguousarray(p).view(np.uint32) << np.uint32(1)
    keys |= hit.view(np.uint8)
    keys.sort()
    hits = (keys & np.uint32(1)).astype(np.bool_)
    keys >>= np.uint32(1)
    return keys.view(np.float32), hits
