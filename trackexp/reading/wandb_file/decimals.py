"""Many decimal numbers as they are mostly written, `0.0123`, `-4.5` or `17`, to float64: exactly what `float` says.

Eight digits at a time are read as one 64-bit word. The digits as a whole number and the power of ten they are divided
by are both exact, so that one division rounds once: in double precision when the number is below 2**53, else in the
64 bits of x86's extended precision, where what lies halfway between two doubles is left to `float`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trackexp.reading.wandb_file.bodies import Bodies, Places

Words = NDArray[np.uint64]
Mask = NDArray[np.bool_]

_WORD = 8
_LONGEST = _WORD  # digits before the point; more of them are rare
_MOST = 19  # digits that 64 bits hold whatever they are
_POINT, _MINUS, _PLUS, _E = map(ord, ".-+e")
_KEPT = np.array([(1 << 64) - (1 << 8 * (_WORD - count)) for count in range(_WORD + 1)], np.uint64)
_KEPT_OF_TWO = _KEPT[np.clip(np.arange(_MOST + 1)[:, None] - [_WORD, 0], 0, _WORD)].view(f"V{2 * _WORD}").ravel()
_ZEROS, _OVER_NINE, _HIGH = (np.uint64(byte * 0x0101010101010101) for byte in (ord("0"), 0x80 - 10, 0x80))
_DOUBLE_TENS = np.array([float(10**power) for power in range(_MOST + 1)])
_TENS = np.array([10**power for power in range(_MOST + 1)], np.uint64)
_EXTENDED = np.finfo(np.longdouble).nmant == 63
_HALFWAY, _BELOW = np.uint64(0x400), np.uint64(0x7FF)  # the eleven bits that a double does not hold


def read_decimals(bodies: Bodies, start: Places, stop: Places) -> tuple[NDArray[np.float64], Mask, Mask]:
    """Return the numbers, which texts were plain enough to be read here, and which of them are nothing but digits."""
    data = bodies.data
    minus = data[start] == _MINUS
    start = start + minus
    stop, exponent, plain = _without_exponent(data, start, stop)
    length = stop - start
    whole = _before_the_point(data, start)
    rest = length - whole - 1
    integral = ((whole == 0) | (rest < 0)) & (length <= _WORD)
    whole = np.where(integral, length, whole)
    rest[integral] = 0
    plain &= (whole > 0) & (integral | (rest > 0)) & (rest + whole <= _MOST)
    rest = np.minimum(np.maximum(rest, 0), _MOST)

    number, odd = _after_the_point(bodies.buffer, stop, rest)
    digit = data[start] - np.uint8(ord("0"))
    odd |= digit > 9
    number += digit * _TENS[rest]
    others = np.flatnonzero(whole != 1)
    if len(others):
        word, wrong = _digits(bodies.buffer, (start + whole)[others], np.minimum(whole[others], _WORD))
        number[others] += (word - digit[others]) * _TENS[rest[others]]
        odd[others] |= wrong
    power = rest - exponent
    plain &= ~odd & (power >= 0) & (power <= _MOST)
    value, exact = _divided(number, np.clip(power, 0, _MOST))
    plain &= exact
    return np.where(minus, -value, value), plain, plain & integral & ~minus & (exponent == 0)


def _without_exponent(data: NDArray[np.uint8], start: Places, stop: Places) -> tuple[Places, Places, Mask]:
    """Return where the digits end, the power of ten of an exponent such as `e+09` or `e-7`, and which have a sound one.

    A text without one has the power 0.
    """
    power, sound = np.zeros(len(start), np.int64), np.ones(len(start), np.bool_)
    short = data[stop - 3] == _E
    chosen = np.flatnonzero(short | (data[stop - 4] == _E))
    if len(chosen):
        ends = stop[chosen]
        at = ends - np.where(short[chosen], 3, 4)
        sign, tens, ones = data[at + 1], data[ends - 2] - np.uint8(ord("0")), data[ends - 1] - np.uint8(ord("0"))
        tens[short[chosen]] = 0
        power[chosen] = (10 * tens.astype(np.int64) + ones) * np.where(sign == _MINUS, -1, 1)
        sound[chosen] = ((sign == _MINUS) | (sign == _PLUS)) & (tens <= 9) & (ones <= 9) & (at > start[chosen])
        stop = stop.copy()
        stop[chosen] = np.maximum(at, start[chosen])
    return stop, power, sound


def _before_the_point(data: NDArray[np.uint8], start: Places) -> Places:
    """Return how many digits stand before the point; 0 where none was found."""
    whole: Places = (data[start + 1] == _POINT).astype(np.int64)
    others = np.flatnonzero(whole == 0)
    if len(others):
        begin, found = start[others], np.zeros(len(others), np.int64)
        for digits in range(_LONGEST, 1, -1):
            found[data[begin + digits] == _POINT] = digits
        whole[others] = found
    return whole


def _after_the_point(buffer: bytes, stop: Places, count: Places) -> tuple[Words, Mask]:
    """Return so many last digits as a number, and where one of them is no digit."""
    windows = np.ndarray((len(buffer) - 2 * _WORD,), f"V{2 * _WORD}", buffer, strides=(1,))
    word = windows[stop - 2 * _WORD].view(np.uint64)
    word ^= _ZEROS
    word &= _KEPT_OF_TWO[count].view(np.uint64)
    wrong = ((word | (word + _OVER_NINE)) & _HIGH).reshape(-1, 2)
    value = _value(word)
    number, odd = value[::2] * _TENS[_WORD] + value[1::2], (wrong[:, 0] | wrong[:, 1]) != 0
    long = np.flatnonzero(count > 2 * _WORD)
    if len(long):
        first, also_wrong = _digits(buffer, stop[long] - 2 * _WORD, count[long] - 2 * _WORD)
        number[long] += first * _TENS[2 * _WORD]
        odd[long] |= also_wrong
    return number, odd


def _digits(buffer: bytes, stop: Places, count: Places) -> tuple[Words, Mask]:
    """Return the number that up to eight digits before `stop` are, and where one of them is none."""
    windows = np.ndarray((len(buffer) - _WORD,), f"V{_WORD}", buffer, strides=(1,))
    word = windows[stop - _WORD].view(np.uint64) ^ _ZEROS
    word &= _KEPT[np.maximum(count, 0)]
    return _value(word), ((word | (word + _OVER_NINE)) & _HIGH) != 0


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
