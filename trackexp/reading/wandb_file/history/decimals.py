"""Many decimal numbers as they are mostly written, `0.0123`, `-4.5` or `17`, to float64: exactly what `float` says.

Eight digits at a time are read as one 64-bit word. The digits as a whole number and the power of ten they are divided
by are both exact, so that one division rounds once: in double precision when the number is below 2**53, else in the
64 bits of x86's extended precision, where what lies halfway between two doubles is left to `float`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trackexp.reading.wandb_file.history.bodies import Bodies, Places

Words = NDArray[np.uint64]
Mask = NDArray[np.bool_]

_WORD = 8
_LONGEST = 4  # digits before the point; more of them are rare
_MOST = 19  # digits that 64 bits hold whatever they are
_POINT, _MINUS = ord("."), ord("-")
_KEPT = np.array([(1 << 64) - (1 << 8 * (_WORD - count)) for count in range(_WORD + 1)], np.uint64)
_ZEROS, _OVER_NINE, _HIGH = (np.uint64(byte * 0x0101010101010101) for byte in (ord("0"), 0x80 - 10, 0x80))
_DOUBLE_TENS = np.array([float(10**power) for power in range(_MOST + 1)])
_TENS = np.array([10**power for power in range(_MOST + 1)], np.uint64)
_EXTENDED = np.finfo(np.longdouble).nmant == 63
_HALFWAY, _BELOW = np.uint64(0x400), np.uint64(0x7FF)  # the eleven bits that a double does not hold


def read_decimals(bodies: Bodies, start: Places, stop: Places) -> tuple[NDArray[np.float64], Mask]:
    """Return the numbers, and which texts were plain enough to be read here."""
    data = bodies.data
    minus = data[start] == _MINUS
    start = start + minus
    whole = np.zeros(len(start), np.int64)
    for digits in range(_LONGEST, 0, -1):
        whole[data[start + digits] == _POINT] = digits
    rest = stop - start - whole - 1
    integral = ((whole == 0) | (rest < 0)) & (stop - start <= _WORD)
    whole = np.where(integral, stop - start, whole)
    rest[integral] = 0
    plain = (whole > 0) & (integral | (rest > 0)) & (rest + whole <= _MOST)

    windows = np.ndarray((len(bodies.buffer) - _WORD,), "V8", bodies.buffer, strides=(1,))
    number, odd = np.zeros(len(start), np.uint64), np.zeros(len(start), np.uint64)
    parts: list[tuple[Places, Places, Places | int]] = [(start + whole, whole, rest)]
    parts += [(stop - skipped, rest - skipped, skipped) for skipped in range(0, int(rest.max(initial=0)), _WORD)]
    for end, count, scale in parts[: 2 + _MOST // _WORD]:
        word = windows[np.maximum(end - _WORD, 0)].view(np.uint64) ^ _ZEROS
        word &= _KEPT[np.clip(count, 0, _WORD)]
        odd |= word | (word + _OVER_NINE)
        number += _value(word) * _TENS[np.minimum(np.maximum(scale, 0), _MOST)]
    plain &= (odd & _HIGH) == 0
    value, exact = _divided(number, np.clip(rest, 0, _MOST))
    return np.where(minus, -value, value), plain & exact


def _value(word: Words) -> Words:
    """Return eight digits, the first in the lowest byte, as a number: pairs, then fours, then all."""
    word = (word * np.uint64(10 * 256 + 1)) >> np.uint64(8)
    word = ((word & np.uint64(0x00FF00FF00FF00FF)) * np.uint64(100 * 65536 + 1)) >> np.uint64(16)
    return ((word & np.uint64(0x0000FFFF0000FFFF)) * np.uint64((10_000 << 32) + 1)) >> np.uint64(32)


def _divided(number: Words, power: Places) -> tuple[NDArray[np.float64], Mask]:
    """Return the number by that power of ten, and where the result is rounded once."""
    exact = number < np.uint64(1 << 53)
    value = number.astype(np.float64) / _DOUBLE_TENS[power]
    large = np.flatnonzero(~exact)
    if _EXTENDED and len(large):
        long = number[large].astype(np.longdouble) / _TENS[power[large]].astype(np.longdouble)
        value[large] = long.astype(np.float64)
        exact[large] = (long.view(np.uint64)[::2] & _BELOW) != _HALFWAY
    return value, exact
