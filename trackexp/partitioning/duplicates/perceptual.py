"""What a picture looks like in 64 bits: pHash, and whether two pictures with nearly the same one are the same."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIDE = 32
_KEPT = 8  # lowest frequencies on each side
_BLOCK = 2_048
_TIE = 1e-3  # of the largest frequency: what lies this near the median is rounding
_CORRELATION = 0.95  # of the grey values of two thumbnails, from which on they are one picture
_CONTRAST = 0.02  # of the whole range: what is flatter says nothing, and only equal pixels count


def fingerprints(pictures: NDArray[Any]) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    """Return the perceptual hash `(n,)` and the grey thumbnail `(n, 32, 32)` of each picture.

    The bits say which of the 64 lowest frequencies of the cosine transform lie above their median.

    Args:
        pictures: `(n, height, width)` or with channels last, of any range.

    References:
        C. Zauner, Implementation and benchmarking of perceptual image hash functions, 2010.
    """
    thumbs = np.empty((len(pictures), SIDE, SIDE), dtype=np.float32)
    bits = np.empty(len(pictures), dtype=np.uint64)
    weights = np.uint64(1) << np.arange(64, dtype=np.uint64)
    for start in range(0, len(pictures), _BLOCK):
        grey = thumbnails(pictures[start : start + _BLOCK])
        low = _cosines() @ grey @ _cosines().T
        flat = low.reshape(len(grey), -1)
        level = np.median(flat[:, 1:], axis=1, keepdims=True)  # the first is the mean brightness
        above = flat - level > _TIE * np.abs(flat[:, 1:]).max(axis=1, keepdims=True)
        thumbs[start : start + _BLOCK] = grey
        bits[start : start + _BLOCK] = above.astype(np.uint64) @ weights
    return bits, thumbs


def thumbnails(pictures: NDArray[Any]) -> NDArray[np.float32]:
    """Return pictures in grey, 32 × 32, each pixel the mean of what it covers."""
    grey = pictures.astype(np.float32)
    if grey.ndim == 4:
        grey = grey[..., :3].mean(axis=-1)
    rows, columns = (_coverage(size) for size in grey.shape[1:3])
    return np.asarray(rows @ grey @ columns.T)


def same_picture(thumbs: NDArray[np.float32], pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which pairs are one picture, by the correlation of their thumbnails `(m,)`."""
    found = np.zeros(len(pairs), dtype=bool)
    for start in range(0, len(pairs), _BLOCK):
        some = pairs[start : start + _BLOCK]
        a, b = (thumbs[some[:, side]].reshape(len(some), -1).astype(np.float64) for side in (0, 1))
        scale = max(1e-12, float(np.abs(thumbs).max()))
        equal = (np.abs(a - b) <= 1e-6 * scale).all(axis=1)
        a, b = (x - x.mean(axis=1, keepdims=True) for x in (a, b))
        spread = np.sqrt((a**2).mean(axis=1) * (b**2).mean(axis=1))
        alike = (a * b).mean(axis=1) >= _CORRELATION * spread
        found[start : start + _BLOCK] = equal | (alike & (spread > (_CONTRAST * scale) ** 2))
    return found


@lru_cache(maxsize=2)
def _cosines() -> NDArray[np.float32]:
    n = np.arange(SIDE)
    return np.asarray(np.cos(np.pi * (n + 0.5) * np.arange(_KEPT)[:, None] / SIDE), dtype=np.float32)


@lru_cache(maxsize=16)
def _coverage(size: int) -> NDArray[np.float32]:
    """Return how much of each of `size` pixels each of 32 covers; rows have a sum of 1."""
    edges = np.arange(SIDE + 1) * size / SIDE
    low = np.maximum(edges[:-1, None], np.arange(size))
    high = np.minimum(edges[1:, None], np.arange(size) + 1)
    covered = np.clip(high - low, 0, None)
    return np.asarray(covered / covered.sum(axis=1, keepdims=True), dtype=np.float32)
