"""A small part of a set of rows, chosen by their digests alone, that still tells what the set shares with another.

Of all digests the smallest k are kept (bottom-k, or KMV). Which rows those are depends on nothing but the rows, so the
sketches of two machines agree, and the sketch of a stream is that of the whole. A row of another set whose digest lies
below the largest one kept would have to be among them: such rows are *looked up exactly*, all others cannot be told.

References:
    E. Cohen, H. Kaplan, Summarizing data using bottom-k sketches, PODC 2007.
    K. Beyer et al., On synopses for distinct-value estimation under multiset operations, SIGMOD 2007.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.stats.digests import Digests
from trackexp.stats.interval import Interval
from trackexp.stats.proportions import wilson_interval

SKETCH_SIZE = 4096
_SPACE = 2.0**64


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many rows of one set are in another, as far as a sketch tells.

    Args:
        looked_up: Rows of the set that could be looked up exactly.
        hits: Those of them that the other set holds.
        n: All rows of the set.
    """

    looked_up: int
    hits: int
    n: int

    @property
    def share(self) -> float | None:
        """The estimated share of the set's rows that are in the other; None where no row could be looked up."""
        return self.hits / self.looked_up if self.looked_up else None

    @property
    def exact(self) -> bool:
        """Whether every row was looked up: the share is then no estimate."""
        return self.looked_up == self.n

    def interval(self, level: float = 0.95) -> Interval:
        """Return what the share lies in; with no hit, from 0 to the bound that all looked-up rows allow.

        The upper bound without a hit is 1 − (1 − level)^(1 / looked_up), about 3 / looked_up at 95 %.
        """
        if self.exact:
            share = self.share or 0.0
            return Interval(share, share, level, "exact")
        if not self.hits:
            high = 1 - (1 - level) ** (1 / self.looked_up) if self.looked_up else 1.0
            return Interval(0.0, high, level, "none of the rows looked up")
        return wilson_interval(self.hits, self.looked_up, level)


@dataclass(frozen=True, slots=True, eq=False)
class RowSketch:
    """The smallest distinct digests of a set of rows.

    Args:
        size: How many digests are kept at most (k).
        n: How many rows went into it, repeats included.
        smallest: The digests that are kept, ascending `(≤ k,)`.
    """

    size: int
    n: int
    smallest: NDArray[np.uint64]

    @classmethod
    def of(cls, digests: Digests, *, size: int = SKETCH_SIZE) -> RowSketch:
        """Return the sketch of rows whose digests are given; see `row_digests`.

        >>> from trackexp.stats import row_digests
        >>> train = RowSketch.of(row_digests([[1.0], [2.0], [3.0]]))
        >>> train.overlap(row_digests([[3.0], [4.0]]))
        Overlap(looked_up=2, hits=1, n=2)
        """
        if size < 1:
            raise UsageError(f"a sketch of {size} digests; expected at least 1, such as {SKETCH_SIZE}.")
        return cls(size, len(digests), _bottom(np.asarray(digests, dtype=np.uint64), size))

    @property
    def complete(self) -> bool:
        """Whether it holds every row, so that everything can be looked up exactly."""
        return self.smallest.size < self.size

    @property
    def distinct(self) -> float:
        """How many different rows there are: exact while complete, else (k − 1) / the share of the space covered."""
        if self.complete:
            return float(self.smallest.size)
        return (self.size - 1) / ((float(self.smallest[-1]) + 1) / _SPACE)

    def merge(self, other: RowSketch) -> RowSketch:
        """Return the sketch of both sets together, of the smaller of the two sizes."""
        size = min(self.size, other.size)
        return RowSketch(size, self.n + other.n, _bottom(np.concatenate([self.smallest, other.smallest]), size))

    def shrink(self, size: int) -> RowSketch:
        """Return a sketch of at most `size` digests: the one that the same rows would have given."""
        return self if size >= self.size else RowSketch(size, self.n, self.smallest[:size].copy())

    def overlap(self, rows: Digests | RowSketch) -> Overlap:
        """Return how many of other rows are in this set, of those that can be looked up.

        Args:
            rows: Digests of other rows, where repeats count; or their sketch, where each different row counts once.
        """
        if isinstance(rows, RowSketch):
            told = rows.smallest
            n = round(rows.distinct)
        else:
            told, n = np.asarray(rows, dtype=np.uint64), len(rows)
        candidates = told if self.complete else told[told <= self.smallest[-1]]
        return Overlap(len(candidates), int(_among(candidates, self.smallest).sum()), n)

    def to_dict(self) -> dict[str, Any]:
        """Return the sketch as JSON-ready data; the digests are base64 of little-endian 8-byte numbers."""
        text = base64.b64encode(self.smallest.astype("<u8").tobytes()).decode("ascii")
        return {"size": self.size, "n": self.n, "smallest": text}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RowSketch:
        """Read a sketch back from `to_dict`'s form.

        Raises:
            UsageError: It is none.
        """
        try:
            raw = base64.b64decode(data["smallest"], validate=True)
            smallest = np.frombuffer(raw, "<u8").astype(np.uint64)
            return cls(int(data["size"]), int(data["n"]), smallest)
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"no sketch of rows ({error}); expected size, n and smallest (base64).") from error


def _bottom(digests: Digests, size: int) -> Digests:
    """Return the smallest distinct digests, ascending; only what can be among them is sorted."""
    while len(digests) > 4 * size:
        limit = np.partition(digests, 2 * size)[2 * size]
        kept = _distinct(np.sort(digests[digests <= limit]))
        if len(kept) >= size:
            return kept[:size].copy()
        digests = np.concatenate([kept, digests[digests > limit]])  # many repeats: those are one now
    return _distinct(np.sort(digests))[:size].copy()


def _distinct(ordered: Digests) -> Digests:
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if ordered.size else ordered


def _among(digests: Digests, ordered: Digests) -> NDArray[np.bool_]:
    if not ordered.size:
        return np.zeros(len(digests), dtype=bool)
    return np.asarray(ordered[np.searchsorted(ordered, digests).clip(max=ordered.size - 1)] == digests)
