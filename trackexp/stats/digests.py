"""A number for each row that equal rows share, in every process, on every machine, in every version.

A row of numbers is read as `float32`, little-endian, so that the rows of a CSV, of the `float64` frame made of it and
of the `float32` array that was trained on have the same digest; a whole number that `float32` cannot hold (an
identifier) keeps all its digits. −0 is 0, every NaN is the same NaN, and the row's shape does not matter.

Two different rows share a digest with a probability of about 2⁻⁵⁹: a sum of the mixed words times odd constants, which
is a universal hash. It is no cryptographic digest: whoever wants two rows to collide can make them.

References:
    M. Dietzfelbinger et al., A reliable randomized algorithm for the closest-pair problem, Journal of Algorithms 25
    (1997): multiply-shift hashing. The final mixing is that of splitmix64 (G. Steele et al., OOPSLA 2014).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError

Digests = NDArray[np.uint64]

_BLOCK_BYTES = 1 << 20  # of a block of rows: what stays in a processor's second cache
_EXACT = 2.0**24  # from here on float32 no longer holds every whole number
_ODD = np.uint64(0x9E3779B97F4A7C15)
_STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))


def row_digests(rows: ArrayLike, *, decimals: int | None = None) -> Digests:
    """Return the digest of each row `(n,)`.

    Args:
        rows: `(n, …)`, of numbers, booleans, times, texts or objects; objects count by their text.
        decimals: Round numbers to so many decimals first, so that rows that differ by less share a digest.

    Raises:
        UsageError: There is no axis of rows.

    >>> a, b, c = row_digests([[1.0, 2.0], [1.0, 2.0], [2.0, 1.0]])
    >>> bool(a == b), bool(a == c)
    (True, False)
    >>> hex(row_digests([[0.0, 1.5]])[0])
    '0xc7abf67cd5fd97f'
    """
    array = np.asarray(rows)
    if array.ndim == 0:
        raise UsageError("row digests need an axis of rows; a single value was given.")
    if array.dtype.kind in "mM":
        array = array.astype(f"{array.dtype.kind}8[ns]").view(np.int64)
    flat = array.reshape(len(array), -1) if array.size else array.reshape(len(array), 0)
    if array.dtype.kind not in "biufc":
        return _combined([_text_digests(column) for column in flat.T], len(flat))
    if array.dtype.kind == "c":
        flat = np.concatenate([flat.real, flat.imag], axis=1)
    digests = np.empty(len(flat), np.uint64)
    step = max(1, _BLOCK_BYTES // (8 * max(1, flat.shape[1])))
    for start in range(0, len(flat), step):
        block = flat[start : start + step]
        digests[start : start + step] = _number_digests(block if decimals is None else np.round(block, decimals))
    return digests


def table_digests(columns: Sequence[ArrayLike], *, decimals: int | None = None) -> Digests:
    """Return the digest of each row of a table whose columns may be of different kinds.

    A table that is all numbers has the digests of the array of its columns.

    Raises:
        UsageError: There are no columns, or they are not of one length.
    """
    arrays = [np.asarray(column) for column in columns]
    if not arrays or len({len(array) for array in arrays}) > 1:
        raise UsageError(f"columns of {sorted({len(a) for a in arrays})} rows; expected at least one, and one length.")
    if all(array.dtype.kind in "biuf" for array in arrays):
        return _number_table(arrays, decimals)
    return _combined([row_digests(array, decimals=decimals) for array in arrays], len(arrays[0]))


def input_digests(inputs: Any) -> Digests:
    """Return the digest of each row of a model's inputs `(n,)`: an array, a frame, or several of them by place or name.

    The only one of a list or mapping has the digests that it has alone.

    >>> bool((input_digests({"x": np.ones((1, 2))}) == row_digests(np.ones((1, 2)))).all())
    True
    """
    if hasattr(inputs, "columns") and hasattr(inputs, "iloc"):
        return table_digests([inputs[name].to_numpy() for name in inputs.columns])
    if isinstance(inputs, dict):
        inputs = [inputs[name] for name in sorted(inputs)]
    if not isinstance(inputs, list | tuple) or not all(hasattr(one, "shape") for one in inputs):
        return row_digests(np.asarray(inputs))
    return input_digests(inputs[0]) if len(inputs) == 1 else table_digests([input_digests(one) for one in inputs])


def set_digest(digests: Digests) -> str:
    """Return what names a set of rows, in any order: 32 hexadecimal digits of SHA-256 over the sorted digests."""
    ordered = np.sort(np.asarray(digests, dtype=np.uint64)).astype("<u8")
    return hashlib.sha256(ordered.tobytes()).hexdigest()[:32]


def repeated(digests: Digests) -> NDArray[np.bool_]:
    """Return which rows come more than once; all of them, the first included `(n,)`."""
    order = np.sort(digests)
    twice = order[1:][order[1:] == order[:-1]]
    if not twice.size:
        return np.zeros(len(digests), dtype=bool)
    place = np.searchsorted(twice, digests).clip(max=twice.size - 1)
    return np.asarray(twice[place] == digests)


def _number_table(arrays: list[NDArray[Any]], decimals: int | None) -> Digests:
    digests = np.empty(len(arrays[0]), np.uint64)
    step = max(1, _BLOCK_BYTES // (8 * len(arrays)))
    for start in range(0, len(digests), step):
        block = np.column_stack([array[start : start + step] for array in arrays])
        digests[start : start + step] = _number_digests(block if decimals is None else np.round(block, decimals))
    return digests


def _number_digests(block: NDArray[Any]) -> Digests:
    with np.errstate(over="ignore", invalid="ignore"):
        values = block.astype("<f4", order="C")
    values += np.float32(0.0)  # −0 becomes 0
    odd = values.shape[1] % 2
    if odd:
        values = np.concatenate([values, np.zeros((len(values), 1), "<f4")], axis=1)
    if not _all_small(values):
        np.nan_to_num(values, copy=False, nan=np.nan, posinf=np.inf, neginf=-np.inf)
        values[np.isnan(values)] = np.nan
        lost = _lost_by_float32(block)
        touched = np.flatnonzero(lost.any(axis=1))  # only those: a row's digest depends on the row alone
        digests = _mixed_rows(values.view("<u8"))
        if touched.size:
            digests[touched] ^= row_digests(lost[touched])
        return digests
    return _mixed_rows(values.view("<u8"))


def _all_small(values: NDArray[np.float32]) -> bool:
    """Return whether every value is finite and `float32` holds the whole numbers of its size."""
    flat = values.reshape(-1)
    with np.errstate(over="ignore", invalid="ignore"):
        if float(flat @ flat) < _EXACT**2:  # one pass, where minimum and maximum are two
            return True
    return bool(values.min() > -_EXACT and values.max() < _EXACT)


def _lost_by_float32(block: NDArray[Any]) -> NDArray[np.float64]:
    """Return what `float32` loses of whole numbers; of other numbers nothing counts as lost."""
    if block.dtype.kind == "f" and block.dtype.itemsize <= 4:
        return np.zeros(block.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        kept = block.astype(np.float32).astype(np.float64)
        if block.dtype.kind == "f":
            whole = np.isfinite(block) & (np.abs(block) < 2.0**53) & (block == np.trunc(block))
            return np.where(whole, block - kept, 0.0)
    fits = np.abs(kept) < 2.0**62  # beyond it, numpy's whole numbers overflow
    lost = (np.where(fits, block, 0).astype(np.int64) - np.where(fits, kept, 0.0).astype(np.int64)).astype(np.float64)
    lost[~fits] = [float(int(value) - int(near)) for value, near in zip(block[~fits], kept[~fits], strict=True)]
    return lost


def _mixed_rows(words: NDArray[np.uint64]) -> Digests:
    width = words.shape[1]
    words = words.astype(np.uint64, copy=False)  # the caller's own scratch: mixed in place
    words *= _ODD
    words ^= words >> np.uint64(32)
    return _final(words @ _constants(width) if width else np.zeros(len(words), np.uint64))


def _final(words: Digests) -> Digests:
    for shift, factor in _STEPS:
        words ^= words >> np.uint64(shift)
        words *= np.uint64(factor)
    words ^= words >> np.uint64(31)
    return words


@lru_cache(maxsize=64)
def _constants(width: int) -> NDArray[np.uint64]:
    """Return the odd factor of each word: splitmix64's sequence from 0."""
    sequence = _final(np.arange(1, width + 1, dtype=np.uint64) * _ODD)
    return np.asarray(sequence | np.uint64(1))


def _combined(columns: Iterable[Digests], n: int) -> Digests:
    stacked = list(columns)
    return _mixed_rows(np.stack(stacked, axis=1)) if stacked else np.zeros(n, np.uint64)


def _text_digests(column: NDArray[Any]) -> Digests:
    """Return a digest of each value's text; a value that comes often is read once."""
    known: dict[Any, int] = {}
    digests = np.empty(len(column), np.uint64)
    for row, value in enumerate(column.tolist()):
        text = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        if text not in known:
            known[text] = int.from_bytes(hashlib.md5(text, usedforsecurity=False).digest()[:8], "little")
        digests[row] = known[text]
    return digests
