"""The assignment of units to parts: every class, label and size as near to its share as the units allow.

A unit is a row, or all rows of a group. It is a vector of what it brings: its rows, and its rows of each class or label
or bin, each coordinate divided by the square root of the total. With D_f the sum in part f less the part's share of the
total, the deviation Σ_f‖D_f‖² is minimised:

1. Units that are alike are dealt out at once, the largest first, each where it is missed most (argmin D_f·v).
2. A unit v that moves from a to b changes the deviation by 2v·(D_b − D_a) + 2‖v‖²: all moves are one matrix product.
3. Two units that swap change it by 2‖(v_g − v_h) − (D_a − D_b)/2‖² − ½‖D_a − D_b‖²: the best partner is the nearest
   neighbour of v_g − (D_a − D_b)/2.
4. What is small is enumerated, or searched again from several disturbed assignments.

References:
    K. Sechidis, G. Tsoumakas, I. Vlahavas, On the stratification of multi-label data, ECML 2011: the greedy order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trackexp.partitioning.local_search import improve, kicked, sums_by_part

Vectors = NDArray[np.float64]
Parts = NDArray[np.int64]

_ENUMERATED = 60_000  # assignments: 3¹⁰ are 59,049
_KICKED = 400  # units: beyond it one search is good enough, and twenty take seconds
_KICKS = 20
_POURED = 1_024  # kinds of units: beyond it most are dealt in proportion
_DEALT_SINGLY = 4_096  # the last units, each placed by itself: enough to mend what was dealt in bulk before
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Balanced:
    """An assignment of units, and how far it is from the shares.

    Args:
        parts: Part of each unit `(n_units,)`.
        deviation: Σ_f‖D_f‖²; 0 where every part has exactly its share of everything.
        exact: Whether no other assignment is better, because all were tried.
    """

    parts: Parts
    deviation: float
    exact: bool


def balance(counts: NDArray[np.floating], shares: NDArray[np.float64], fixed: Parts | None = None) -> Balanced:
    """Assign units to parts.

    Args:
        counts: What each unit brings, of everything that is to be balanced `(n_units, n_columns)`, none negative. The
            order of the units breaks ties: shuffle it for a random assignment.
        shares: Share of each part `(n_parts,)`, with a sum of 1.
        fixed: The part of each unit that has one already, else −1 `(n_units,)`.
    """
    vectors = scaled(counts)
    fixed = np.full(len(vectors), -1) if fixed is None else fixed
    free = np.flatnonzero(fixed < 0)
    deviations = -np.outer(shares, vectors.sum(axis=0))
    deviations += sums_by_part(vectors, fixed, len(shares))
    parts = fixed.copy()
    exact = len(shares) ** len(free) <= _ENUMERATED
    if exact:
        parts[free] = _best_of_all(vectors[free], deviations)
    elif len(free):
        parts[free] = _searched(vectors[free], deviations, shares)
    return Balanced(parts, _deviation(vectors, shares, parts), exact)


def scaled(counts: NDArray[np.floating]) -> Vectors:
    """Return the units' vectors: each column divided by the square root of its total."""
    counts = np.asarray(counts, dtype=np.float64)
    totals = counts.sum(axis=0)
    return np.asarray(counts / np.sqrt(np.where(totals > 0, totals, 1.0)))


def deviation(counts: NDArray[np.floating], shares: NDArray[np.float64], parts: Parts) -> float:
    """Return Σ_f‖D_f‖² of an assignment; units whose part is −1 are in none."""
    return _deviation(scaled(counts), shares, parts)


def _deviation(vectors: Vectors, shares: NDArray[np.float64], parts: Parts) -> float:
    total = vectors.sum(axis=0)
    return float(((sums_by_part(vectors, parts, len(shares)) - np.outer(shares, total)) ** 2).sum())


def _best_of_all(vectors: Vectors, deviations: Vectors) -> Parts:
    """Try every assignment; of several best ones the one that leaves the fewest parts empty, then the first."""
    k, units = len(deviations), len(vectors)
    number = np.arange(k**units)[:, None]
    tried = (number // k ** np.arange(units)) % k  # (k^units, units)
    total = np.zeros(len(tried))
    filled = np.zeros(len(tried), dtype=np.int64)
    for part in range(k):
        chosen = tried == part
        total += ((chosen @ vectors + deviations[part]) ** 2).sum(axis=1)
        filled += chosen.any(axis=1)
    best = np.flatnonzero(total <= total.min() * (1 + 1e-9) + 1e-12)
    return np.asarray(tried[best[np.argmax(filled[best])]], dtype=np.int64)


def _searched(vectors: Vectors, deviations: Vectors, shares: NDArray[np.float64]) -> Parts:
    units, starts = _alike(vectors)
    # while units are dealt, a part is owed its share of what was dealt so far: unequal parts fill evenly
    owed = deviations + np.outer(shares, vectors.sum(axis=0))
    parts = _dealt(vectors, owed, shares, units, starts)
    kinds = np.empty(len(units), dtype=np.int64)
    kinds[units] = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(units))))
    parts, found = improve(vectors, kinds, parts, deviations)
    if len(vectors) <= _KICKED and found > 1e-12:
        return kicked(vectors, kinds, parts, deviations, found, kicks=_KICKS)
    return parts


def _dealt(
    vectors: Vectors, owed: Vectors, shares: NDArray[np.float64], units: NDArray[np.int64], starts: NDArray[np.int64]
) -> Parts:
    """Place the units, the largest first; alike ones at once."""
    norms = np.einsum("ij,ij->i", vectors, vectors)
    sizes = np.diff(np.append(starts, len(units)))
    order = np.argsort(-norms[units[starts]], kind="stable")
    parts = np.full(len(vectors), -1, dtype=np.int64)
    if len(starts) > _POURED:
        rest = _deal_roughly(vectors, units, starts, sizes, norms, parts, owed, shares)
        starts, sizes = np.arange(len(rest)), np.ones(len(rest), dtype=np.int64)
        units, order = rest, np.argsort(-norms[rest], kind="stable")
    for kind in order.tolist():
        begin, size = starts[kind], sizes[kind]
        vector = vectors[units[begin]]
        owed -= np.outer(shares * size, vector)
        if size == 1:
            part = int((owed @ vector).argmin())
            parts[units[begin]] = part
            owed[part] += vector
            continue
        counts = _poured(owed @ vector, float(norms[units[begin]]), int(size), shares)
        parts[units[begin : begin + size]] = np.repeat(np.arange(len(shares)), counts)
        owed += np.outer(counts, vector)
    return parts


def _alike(vectors: Vectors) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the units so ordered that alike ones stand together, and where each kind begins, by its first unit."""
    factors = np.random.default_rng(0).random(vectors.shape[1])
    keys = vectors @ factors  # different vectors share a key with a probability of nothing
    order = np.argsort(keys, kind="stable")
    starts = np.concatenate([[0], np.flatnonzero(np.diff(keys[order])) + 1])
    sizes = np.diff(np.append(starts, len(order)))
    kinds = np.argsort(order[starts], kind="stable")
    before = np.concatenate([[0], np.cumsum(sizes[kinds])[:-1]])
    places = np.repeat(starts[kinds] - before, sizes[kinds]) + np.arange(len(order))
    return order[places], before


def _poured(pulls: NDArray[np.float64], norm: float, n: int, shares: NDArray[np.float64]) -> Parts:
    """Return how many of n units that are alike go into each part.

    Minimises Σ_f‖D_f + n_f·v‖² over n_f ≥ 0 with Σ n_f = n: as water that is poured fills the lowest parts first.
    """
    if norm <= 0:
        ideal = n * shares
    else:
        depth = np.sort(pulls / norm)
        filled = (n + np.cumsum(depth)) / np.arange(1, len(depth) + 1)
        level = filled[np.flatnonzero(filled > depth)[-1]]
        ideal = np.clip(level - pulls / norm, 0, None)
    counts = np.floor(ideal + 1e-9).astype(np.int64)
    left = n - int(counts.sum())
    order = np.argsort(-(ideal - counts), kind="stable")
    counts[order[:left]] += 1
    return counts


def _deal_roughly(
    vectors: Vectors, units: Parts, starts: Parts, sizes: Parts, norms: NDArray[np.float64], parts: Parts,
    owed: Vectors, shares: NDArray[np.float64],
) -> Parts:  # fmt: skip
    """Deal most of many units in proportion to the shares, and return the others: those, placed singly, mend it.

    Of each kind of units every part gets its share in whole units. What is left over of the kinds is dealt in turn, but
    for some thousands of all sizes.
    """
    even = np.floor(np.outer(sizes, shares) + 1e-9).astype(np.int64)  # (n_kinds, n_parts)
    place = np.arange(len(units)) - np.repeat(starts, sizes)
    ends = np.repeat(np.cumsum(even, axis=1), sizes, axis=0)
    part = (place[:, None] >= ends).sum(axis=1)
    dealt = part < len(shares)
    parts[units[dealt]] = part[dealt]
    rest = units[~dealt]
    rest = rest[np.argsort(-norms[rest], kind="stable")]
    if len(rest) > 2 * _DEALT_SINGLY:
        last = np.zeros(len(rest), dtype=bool)
        last[np.linspace(0, len(rest) - 1, _DEALT_SINGLY).astype(np.int64)] = True
        early, rest = rest[~last], rest[last]
        spread = (np.arange(len(early)) + 0.5) * _GOLDEN % 1.0  # any stretch of it is spread evenly
        parts[early] = np.searchsorted(np.cumsum(shares), spread).clip(max=len(shares) - 1)
    placed = parts >= 0
    owed += sums_by_part(vectors[placed], parts[placed], len(shares))
    owed -= np.outer(shares, vectors[placed].sum(axis=0))
    return np.asarray(rest, dtype=np.int64)
