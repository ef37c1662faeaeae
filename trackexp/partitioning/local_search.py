"""Moves and swaps of units between parts, while they bring the parts nearer to their shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

_ROUNDS = 60
_FEW_ROUNDS = 3  # where there are so many units that what greed leaves is below a row
_MANY = 30_000  # units
_PATIENT = 1_000  # units up to which every gain is worth a round
_WORTH = 0.5  # of the deviation: a round that leaves more of it is the last one
_TRIED = 64  # candidates of one sweep that are tried again one after the other
_PARTNERS = 20_000  # units of a part that are looked through for a swap
_WIDE = 8  # columns beyond which a tree is no quicker than looking at all
_SAMPLED = 512  # units of each part, where all pairs are looked at
_NOTHING = 1e-12

Vectors = NDArray[np.float64]
Parts = NDArray[np.int64]


def improve(vectors: Vectors, kinds: NDArray[np.int64], parts: Parts, start: Vectors) -> tuple[Parts, float]:
    """Move and swap units until nothing improves any more; return the parts and the deviation.

    Args:
        vectors: The units `(n_units, n_columns)`.
        kinds: A number that units with the same vector share `(n_units,)`.
        parts: Part of each.
        start: What the parts deviate by without these units `(n_parts, n_columns)`.
    """
    parts, deviations = parts.copy(), start + sums_by_part(vectors, parts, len(start))
    norms = np.einsum("ij,ij->i", vectors, vectors)
    many = len(vectors) >= _MANY
    before = np.inf
    for _ in range(_FEW_ROUNDS if many else _ROUNDS):
        now = float((deviations**2).sum())
        if (many and now <= _enough(vectors, len(start))) or (len(vectors) > _PATIENT and now > _WORTH * before):
            break
        before = now
        moved = _moves(vectors, norms, parts, deviations)
        swapped = _swaps(vectors, kinds, parts, deviations)
        if not moved and not swapped:
            break
    return parts, float((deviations**2).sum())


def kicked(
    vectors: Vectors, kinds: NDArray[np.int64], parts: Parts, start: Vectors, found: float, *, kicks: int
) -> Parts:
    """Search again from assignments that are disturbed in a few units, and return the best of all."""
    rng = np.random.default_rng(0)
    best, least = parts, found
    for turn in range(kicks):
        disturbed = best.copy()
        few = rng.choice(len(parts), size=min(len(parts), 2 + turn % 5), replace=False)
        disturbed[few] = rng.integers(0, len(start), size=len(few))
        again, value = improve(vectors, kinds, disturbed, start)
        if value < least - _NOTHING:
            best, least = again, value
        if least <= _NOTHING:
            break
    return best


def _enough(vectors: Vectors, k: int) -> float:
    """Return the deviation of parts that are off by less than a row of each column, of columns of 0 and 1."""
    largest = vectors.max(axis=0)  # 1/√total of a column of zeros and ones
    return 0.5 * k * float((largest**2).sum())


def sums_by_part(vectors: Vectors, parts: Parts, k: int) -> Vectors:
    """Return what the units of each part bring together `(k, n_columns)`; a part of −1 is none."""
    member = parts[None, :] == np.arange(k)[:, None]
    return np.asarray(member.astype(np.float64) @ vectors)


def _moves(vectors: Vectors, norms: NDArray[np.float64], parts: Parts, deviations: Vectors) -> bool:
    """Apply the moves of one sweep that improve, the best first."""
    pulls = vectors @ deviations.T
    own = pulls[np.arange(len(parts)), parts]
    gain = 2 * (pulls - own[:, None]) + 2 * norms[:, None]
    gain[np.arange(len(parts)), parts] = np.inf
    target = gain.argmin(axis=1)
    best = gain[np.arange(len(parts)), target]
    sizes = np.bincount(parts, minlength=len(deviations))
    count = min(_TRIED, len(best))
    moved = False
    for unit in np.argpartition(best, count - 1)[:count][np.argsort(np.partition(best, count - 1)[:count])]:
        a, b, vector = parts[unit], target[unit], vectors[unit]
        change = 2 * vector @ (deviations[b] - deviations[a]) + 2 * norms[unit]
        if change < -_NOTHING and sizes[a] > 1:
            parts[unit] = b
            sizes[a], sizes[b] = sizes[a] - 1, sizes[b] + 1
            deviations[a] -= vector
            deviations[b] += vector
            moved = True
    return moved


def _swaps(vectors: Vectors, kinds: NDArray[np.int64], parts: Parts, deviations: Vectors) -> bool:
    """Apply, between every two parts, the swaps of one sweep that improve, the best first."""
    swapped = False
    for a in range(len(deviations)):
        for b in range(a + 1, len(deviations)):
            wanted = (deviations[a] - deviations[b]) / 2
            if float(wanted @ wanted) > _NOTHING:
                swapped |= _swaps_between(vectors, kinds, parts, deviations, a, b)
    return swapped


def _swaps_between(
    vectors: Vectors, kinds: NDArray[np.int64], parts: Parts, deviations: Vectors, a: int, b: int
) -> bool:
    own, other = (_some(np.flatnonzero(parts == part), kinds, vectors.shape[1]) for part in (a, b))
    if not len(own) or not len(other):
        return False
    wanted = (deviations[a] - deviations[b]) / 2
    distance, partner = _nearest(vectors[own] - wanted, vectors[other])
    swapped = False
    for place in np.argsort(distance, kind="stable")[:_TRIED]:
        g, h = own[place], other[partner[place]]
        if parts[g] != a or parts[h] != b:
            continue
        step = vectors[g] - vectors[h]
        gap = deviations[a] - deviations[b]
        if 2 * float(step @ step) - 2 * float(step @ gap) < -_NOTHING:
            parts[g], parts[h] = b, a
            deviations[a] -= step
            deviations[b] += step
            swapped = True
    return swapped


def _some(units: NDArray[np.int64], kinds: NDArray[np.int64], columns: int) -> NDArray[np.int64]:
    """Return the units that are looked through: one of each kind, or as many as there is time for, spread evenly."""
    if columns > _WIDE and len(units) > 8 * _SAMPLED:
        units = units[:: len(units) // (8 * _SAMPLED)]
    _, first = np.unique(kinds[units], return_index=True)  # a tree of points that are alike is no tree
    units = units[np.sort(first)]
    most = _PARTNERS if columns <= _WIDE else _SAMPLED
    return units if len(units) <= most else units[np.linspace(0, len(units) - 1, most).astype(np.int64)]


def _nearest(points: Vectors, among: Vectors) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the distance to, and the place of, the nearest of other points."""
    if points.shape[1] <= _WIDE:
        distance, place = cKDTree(among).query(points)
        return distance, place
    squares = (points**2).sum(axis=1)[:, None] - 2 * points @ among.T + (among**2).sum(axis=1)
    place = squares.argmin(axis=1)
    return np.sqrt(squares[np.arange(len(points)), place].clip(min=0)), place
