"""Equal-width bins of calibration: where a probability falls, and what a bin has seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError


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
