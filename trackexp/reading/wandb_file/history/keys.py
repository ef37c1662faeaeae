"""Which of many short byte strings are the same, without looking at them one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WORD = 8
_BITS = 12  # of the table: 4096 places for what is rarely more than a hundred keys
_ODD = 0x9E3779B97F4A7C15  # the golden ratio in 64 bits, whose products spread well
_MASKS = np.array([(1 << 8 * length) - 1 for length in range(_WORD + 1)], np.uint64)

Words = NDArray[np.uint64]
Places = NDArray[np.int64]


def distinct(buffer: bytes, start: Places, length: Places) -> tuple[Places, Places]:
    """Return for every string the index of its kind, and for every kind one string that is of it.

    The kinds are numbered in no particular order. Strings of different length are taken for different although they
    may agree up to trailing zero bytes.
    """
    words = _words(buffer, start, length)
    example = np.empty(len(start), np.int64)
    table = np.empty(1 << _BITS, np.int64)
    open_ones, turn = np.arange(len(start)), 0
    while len(open_ones):
        parts = words if len(open_ones) == len(start) else [word[open_ones] for word in words]
        slot = _hash(parts, turn)
        table[slot] = open_ones
        chosen = table[slot]
        different = np.zeros(len(open_ones), np.uint64)
        for part, word in zip(parts, words, strict=True):
            different |= part ^ word[chosen]
        same = different == 0
        if same.all():
            example[open_ones] = chosen
            break
        example[open_ones[same]] = chosen[same]
        open_ones, turn = open_ones[~same], turn + 1
    examples = np.flatnonzero(example == np.arange(len(start)))
    kind = np.empty(len(start), np.int64)
    kind[examples] = np.arange(len(examples))
    return kind[example], examples


def _words(buffer: bytes, start: Places, length: Places) -> list[Words]:
    """Return the strings as columns of 64 bits, zeros after their end; the last column is the lengths."""
    windows = np.ndarray((len(buffer) - _WORD,), "V8", buffer, strides=(1,))
    columns: list[Words] = []
    longest = int(length.max(initial=0))
    for skipped in range(0, longest, _WORD):
        word = windows[start + skipped].view(np.uint64)
        columns.append(word & _MASKS[np.maximum(np.minimum(length - skipped, _WORD), 0)])
    return [*columns, length.astype(np.uint64)]


def _hash(words: list[Words], turn: int) -> Places:
    mixed = np.full(len(words[0]), 2 * turn + 1, np.uint64)
    for word in words:
        mixed ^= word
        mixed *= np.uint64(_ODD)
        mixed ^= mixed >> np.uint64(29)
    return ((mixed * np.uint64(_ODD)) >> np.uint64(64 - _BITS)).view(np.int64)
