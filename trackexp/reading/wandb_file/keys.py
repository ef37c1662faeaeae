"""Which of many short byte strings are the same, without looking at them one by one.

A dictionary of the strings takes ten times as long, and the reading of a whole run would take two thirds longer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_WORD = 8
_BITS = 12  # of the table: 4096 places for what is rarely more than a hundred keys
_ODD = np.uint64(0x9E3779B97F4A7C15)  # the golden ratio in 64 bits, whose products spread well
_MASKS = np.array([(1 << 8 * length) - 1 for length in range(_WORD + 1)], np.uint64)

Words = NDArray[np.uint64]
Places = NDArray[np.int64]


def distinct(buffer: bytes, start: Places, length: Places) -> tuple[Places, Places]:
    """Return for every string the index of its kind, and for every kind one string that is of it.

    The kinds are numbered in no particular order. Strings of different length are taken for different although they
    may agree up to trailing zero bytes.
    """
    words = _words(buffer, start, length)
    everyone = np.arange(len(start))
    example = np.empty(len(start), np.int64)
    table = np.empty(1 << _BITS, np.int64)
    open_ones, parts, turn = everyone, words, 0
    while len(open_ones):
        slot = _hash(parts, turn)
        table[slot] = open_ones
        chosen = table[slot]
        same = (length if turn == 0 else length[open_ones]) == length[chosen]
        for part, word in zip(parts, words, strict=True):
            same &= part == word[chosen]
        if same.all():
            if turn == 0:
                example = chosen
            else:
                example[open_ones] = chosen
            break
        example[open_ones[same]] = chosen[same]
        open_ones, turn = open_ones[~same], turn + 1
        parts = [word[open_ones] for word in words]
    examples = np.flatnonzero(example == everyone)
    kind = np.empty(len(start), np.int64)
    kind[examples] = np.arange(len(examples))
    return kind[example], examples


def _words(buffer: bytes, start: Places, length: Places) -> list[Words]:
    """Return the strings as columns of 64 bits, zeros after their end."""
    count = max(1, -(-int(length.max(initial=0)) // _WORD))
    least = min(count, 2)  # words that most have
    matrix = _at(buffer, start, least)
    kept = np.arange(int(length.max(initial=0)) + 1)
    masks = [_MASKS[np.clip(kept - n * _WORD, 0, _WORD)] for n in range(count)]
    words = [matrix[:, n] & masks[n][length] for n in range(least)]
    if count > least:
        long = np.flatnonzero(length > least * _WORD)
        matrix = _at(buffer, start[long] + least * _WORD, count - least)
        for n in range(least, count):
            word = np.zeros(len(start), np.uint64)
            word[long] = matrix[:, n - least] & masks[n][length[long]]
            words.append(word)
    return words


def _at(buffer: bytes, start: Places, count: int) -> Words:
    """Return so many words from each place on, as rows."""
    windows = np.ndarray((len(buffer) - count * _WORD,), f"V{count * _WORD}", buffer, strides=(1,))
    found: Words = windows[start].view(np.uint64).reshape(len(start), count)
    return found


def _hash(words: list[Words], turn: int) -> Places:
    mixed: Words = np.full(1, 2 * turn + 1, np.uint64)
    for word in words:
        mixed = (word ^ mixed) * _ODD
    places: Places = (mixed >> np.uint64(64 - _BITS)).view(np.int64)
    return places
