"""Fingerprints of 64 bits that differ in at most three of them: all pairs, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_BITS = 64


def near_fingerprints(found: NDArray[np.uint64], distance: int) -> NDArray[np.int64]:
    """Return every two fingerprints within a Hamming distance `(m, 2)`; of equal ones each with the next.

    Of `distance + 1` bands, two fingerprints that differ in no more bits than that have one in common
    (pigeonhole): only those with an equal band are compared.
    """
    order = np.argsort(found, kind="stable")
    ordered = found[order]
    same = ordered[1:] == ordered[:-1]
    pairs = [np.stack([order[:-1][same], order[1:][same]], axis=1)]
    first = order[np.concatenate([[True], ~same])] if len(order) else order
    distinct = found[first]
    width = _BITS // (distance + 1)
    for band in range(distance + 1):
        near = _agreeing(distinct, np.uint64(band * width), np.uint64((1 << width) - 1), distance)
        pairs.append(first[near])
    every = np.concatenate(pairs)
    every.sort(axis=1)
    keys = np.sort(every[:, 0] * max(1, len(found)) + every[:, 1])
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if len(keys) else keys
    return np.stack([keys // max(1, len(found)), keys % max(1, len(found))], axis=1)


def _agreeing(found: NDArray[np.uint64], shift: np.uint64, mask: np.uint64, distance: int) -> NDArray[np.int64]:
    """Return the pairs within the distance among those that agree in one band."""
    band = (found >> shift) & mask
    order = np.argsort(band.astype(np.uint16), kind="stable")  # a radix sort
    band, ordered = band[order], found[order]
    hits: list[NDArray[np.int64]] = []
    start = np.flatnonzero(band[1:] == band[:-1])
    step = 1
    while start.size:
        near = np.bitwise_count(ordered[start] ^ ordered[start + step]) <= distance
        hits.append(np.stack([order[start[near]], order[start[near] + step]], axis=1))
        step += 1
        start = start[start + step < len(band)]
        start = start[band[start] == band[start + step]]
    return np.concatenate(hits) if hits else np.empty((0, 2), dtype=np.int64)
