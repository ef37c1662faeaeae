"""Many records in one buffer: where the history or summary message of each lies, found for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]

OTHER, HISTORY, SUMMARY = 0, 2, 3  # fields of Record; 0 where the shape is not the plain one
PADDING = bytes(512)  # whatever a lying length points at stays inside the buffer
_AHEAD = bytes(32)  # digits are looked at in words that may begin before their text
_NUM = 0x08  # tag of Record.num, which every release writes first
_KIND = np.zeros(256, np.uint8)
_KIND[[HISTORY << 3 | 2, SUMMARY << 3 | 2]] = HISTORY, SUMMARY
_LONGEST = 4  # bytes of a length: up to 256 MiB

# glibc gives freed memory back to the system at once, and every batch would fault its pages in again (a fifth of the
# time), until it has seen a larger block freed: it then keeps twice as much. Nothing is touched, so this costs nothing.
np.empty(4 << 20, np.uint8)


@dataclass(frozen=True, slots=True)
class Bodies:
    """The records of a batch: `kind`, `start` and `stop` of each message in `buffer`; `data` is the same as numbers."""

    buffer: bytes
    data: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    start: Places
    stop: Places


def locate(payloads: Sequence[bytes]) -> Bodies:
    """Find the message of every record, as `locate_in` does, of records that do not lie in one buffer yet."""
    stop = len(_AHEAD) + np.cumsum(np.fromiter(map(len, payloads), np.int64, len(payloads)))
    begin = np.empty_like(stop)
    begin[:1], begin[1:] = len(_AHEAD), stop[:-1]
    return locate_in(b"".join([_AHEAD, *payloads, PADDING]), begin, stop)


def locate_in(buffer: bytes, begin: Places, stop: Places) -> Bodies:
    """Find the message of every record that is `num`, then history or summary, and nothing after it.

    Args:
        buffer: Ends with `PADDING`.
        begin: Where each record begins.
        stop: Where it ends.
    """
    data = np.frombuffer(buffer, np.uint8)
    _, position, sound = varints(data, begin + 1)
    kind = _KIND[data[position]]
    length, start, minimal = varints(data, position + 1)
    plain = sound & minimal & (data[begin] == _NUM) & (start + length == stop)
    return Bodies(buffer, data, np.where(plain, kind, np.uint8(OTHER)), start, stop)


def varints(data: NDArray[np.uint8], position: Places) -> tuple[Places, Places, NDArray[np.bool_]]:
    """Return the number at each position, where it ends, and whether it is one of at most four bytes."""
    byte = data[position]
    more = byte >= 0x80
    if not more.any():
        return byte.astype(np.int64), position + 1, ~more
    value = (byte & 0x7F).astype(np.int64)
    last, shift = position, 7
    while more.any() and shift < 7 * _LONGEST:
        last = last + more
        byte = data[last]
        value |= np.where(more, (byte & 0x7F).astype(np.int64) << shift, 0)
        more &= byte >= 0x80
        shift += 7
    return value, last + 1, ~more
