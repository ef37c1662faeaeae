"""Texts that say nearly the same: MinHash of their shingles, verified on the shingles themselves."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SHINGLE = 6  # bytes
_HASHES, _BANDS = 64, 16  # 16 bands of 4: half of all pairs with a Jaccard of 0.5 are looked at, 99.99 % with 0.8
_SIMILAR = 0.8
_CHUNK = 4_000_000  # bytes hashed at once
_ODD = np.uint64(0x9E3779B97F4A7C15)


def normalised(text: str) -> str:
    r"""Return a text without what does not count: case, accents' composition, punctuation, white space.

    >>> normalised("The  Lemon, is\nMOLDY!")
    'the lemon is moldy'
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\w+", plain))


def near_texts(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return texts whose normalised forms are equal, or share 80 % of their shingles `(m, 2)`.

    References:
        A. Broder, On the resemblance and containment of documents, 1997.
    """
    plain = [normalised(text).encode() for text in texts]
    first: dict[bytes, int] = {}
    pairs: list[tuple[int, int]] = []
    for row, text in enumerate(plain):
        if first.setdefault(text, row) != row:
            pairs.append((first[text], row))
    rows = np.fromiter(first.values(), dtype=np.int64)
    distinct = [text for text in first if len(text) >= 2 * _SHINGLE]
    rows = rows[[len(text) >= 2 * _SHINGLE for text in first]]
    for i, j in _candidates(_signatures(distinct)).tolist():
        if _jaccard(distinct[i], distinct[j]) >= _SIMILAR:
            pairs.append((int(rows[i]), int(rows[j])))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _signatures(texts: list[bytes]) -> NDArray[np.uint64]:
    """Return the smallest value of each hash function over the shingles of each text `(n, 64)`."""
    found = np.empty((len(texts), _HASHES), dtype=np.uint64)
    start = 0
    factors = (np.arange(1, _HASHES + 1, dtype=np.uint64) * _ODD) | np.uint64(1)
    while start < len(texts):
        stop, size = start, 0
        while stop < len(texts) and (size == 0 or size + len(texts[stop]) <= _CHUNK):
            size += len(texts[stop])
            stop += 1
        buffer = np.frombuffer(b"".join(texts[start:stop]) + b"\0" * _SHINGLE, dtype=np.uint8).astype(np.uint64)
        lengths = np.array([len(text) for text in texts[start:stop]])
        ends = np.cumsum(lengths)
        shingles = sum(buffer[i : len(buffer) - _SHINGLE + i] << np.uint64(8 * i) for i in range(_SHINGLE))
        shingles = np.asarray(shingles) * _ODD
        shingles ^= shingles >> np.uint64(32)
        kept = np.ones(len(shingles), dtype=bool)
        for back in range(1, _SHINGLE):  # shingles that reach into the next text are none
            kept[ends - back] = False
        counts = lengths - (_SHINGLE - 1)
        shingles = shingles[kept]
        begins = np.concatenate([[0], np.cumsum(counts)[:-1]])
        for number, factor in enumerate(factors):
            mixed = shingles * factor
            mixed ^= mixed >> np.uint64(29)
            found[start:stop, number] = np.minimum.reduceat(mixed * _ODD, begins)
        start = stop
    return found


def _candidates(signatures: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the pairs that agree in a band: each text with the next of its bucket."""
    found = [np.empty((0, 2), dtype=np.int64)]
    for band in np.split(signatures, _BANDS, axis=1):
        key = (band * (np.arange(1, band.shape[1] + 1, dtype=np.uint64) * _ODD | np.uint64(1))).sum(axis=1)
        order = np.argsort(key, kind="stable")
        same = key[order][1:] == key[order][:-1]
        found.append(np.stack([order[:-1][same], order[1:][same]], axis=1))
    pairs = np.concatenate(found)
    pairs.sort(axis=1)
    return np.unique(pairs, axis=0) if len(pairs) else pairs


def _jaccard(a: bytes, b: bytes) -> float:
    left, right = ({text[i : i + _SHINGLE] for i in range(len(text) - _SHINGLE + 1)} for text in (a, b))
    return len(left & right) / len(left | right)
