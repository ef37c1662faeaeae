"""From numbers to places, and which numbers stand at an axis."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Kind = Literal["linear", "log", "auto"]
_LARGEST = 1e300  # beyond it differences overflow
_DECADES = 3  # from where a positive axis chosen by "auto" is logarithmic
_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis: its range in numbers, its range in pixels, and its ticks.

    Args:
        low: Number at `begin`.
        high: Number at `end`.
        begin: Pixel; of a vertical axis the lower end.
        end: Pixel.
        log: Whether places go with the logarithm.
        ticks: Numbers with their labels.
    """

    low: float
    high: float
    begin: float
    end: float
    log: bool
    ticks: tuple[tuple[float, str], ...]

    def __call__(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels of numbers; NaN where one has no place: what is not finite, 0 on a logarithmic axis."""
        numbers = np.asarray(values, dtype=np.float64)
        numbers = np.where(np.isfinite(numbers), np.clip(numbers, -_LARGEST, _LARGEST), np.nan)
        low, high = self.low, self.high
        if self.log:
            with np.errstate(invalid="ignore", divide="ignore"):
                numbers = np.where(
                    numbers > 0, np.log10(np.maximum(np.where(numbers > 0, numbers, 1), 1 / _LARGEST)), np.nan
                )
            low, high = math.log10(low), math.log10(high)
        with np.errstate(over="ignore"):  # a width near the smallest number there is, and a mark far outside of it
            share = np.clip((numbers - low) / (high - low), -_LARGEST, _LARGEST)
        return np.asarray(self.begin + share * (self.end - self.begin), dtype=np.float64)

    def at(self, value: float) -> float:
        """Return the pixel of one number."""
        return float(self(value))


def make_scale(
    values: Iterable[ArrayLike],
    begin: float,
    end: float,
    *,
    kind: Kind = "linear",
    ends: tuple[float | None, float | None] = (None, None),
    most_ticks: int = 6,
    whole: bool | None = None,
) -> Scale:
    """Return an axis that holds all finite numbers.

    Args:
        values: Arrays of numbers that must be seen.
        begin: Pixel of the lower end.
        end: Pixel of the upper end.
        kind: `"auto"` is logarithmic where positive numbers span three powers of ten.
        ends: Where the axis must begin and end whatever the numbers say.
        most_ticks: How many labels there is room for.
        whole: Whether only whole numbers make sense at the ticks; default whether all numbers are.
    """
    arrays = [np.asarray(array, dtype=np.float64).ravel() for array in values]
    numbers = np.concatenate(arrays) if arrays else np.empty(0)
    numbers = np.clip(numbers[np.isfinite(numbers)], -_LARGEST, _LARGEST)
    log = _is_log(numbers, kind)
    if log:
        numbers = numbers[numbers > 0]
    low, high = (float(numbers.min()), float(numbers.max())) if numbers.size else (1.0, 10.0) if log else (0.0, 1.0)
    low = low if ends[0] is None else ends[0]
    high = high if ends[1] is None else ends[1]
    if whole is None:
        whole = bool(numbers.size and (numbers == np.floor(numbers)).all())
    low, high = _widened(low, high, log=log, whole=whole)
    ticks = log_ticks(low, high, most_ticks) if log else nice_ticks(low, high, most_ticks, whole=whole)
    return Scale(low, high, begin, end, log, tuple(zip(ticks, tick_labels(ticks), strict=True)))


def nice_ticks(low: float, high: float, most: int = 6, *, whole: bool = False) -> list[float]:
    """Return at most so many round numbers in a range, their step 1, 2 or 5 times a power of ten.

    Args:
        low: Begin of the range.
        high: End of the range, above it.
        most: How many; at least 2.
        whole: Whether only whole numbers make sense, such as epochs.

    >>> nice_ticks(0, 1), nice_ticks(1, 3, whole=True)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [1.0, 2.0, 3.0])
    """
    span = high - low
    power = 10.0 ** math.floor(math.log10(span / most))
    steps = (factor * power for factor in (1, 2, 5, 10, 20, 50, 100))
    step = next(step for step in steps if math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) < most)
    if whole:
        step = max(1.0, step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, 1 - math.floor(math.log10(step)))
    return [round(count * step, decimals) + 0.0 for count in range(first, last + 1)]


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return powers of ten in a range, every so many if they are too many; with their 2- and 5-fold if few.

    >>> log_ticks(0.001, 1), log_ticks(1, 30)
    ([0.001, 0.01, 0.1, 1.0], [1.0, 2.0, 5.0, 10.0, 20.0])
    """
    first, last = math.floor(math.log10(low) + 1e-9), math.floor(math.log10(high) + 1e-9)
    every = max(1, math.ceil((last - first + 1) / most))
    factors: tuple[int, ...] = (1,)
    for finer in ((1, 3), (1, 2, 5), tuple(range(1, 10))):
        fits = [f for e in range(first, last + 1) for f in finer if low * 0.999 <= f * 10.0**e <= high * 1.001]
        if every == 1 and len(fits) <= most:
            factors = finer
    exponents = range(first, last + 1, every)
    found = [float(f"{factor}e{exponent}") for exponent in exponents for factor in factors]
    return [tick for tick in found if low * 0.999 <= tick <= high * 1.001] or [low, high]


def tick_labels(ticks: list[float]) -> list[str]:
    """Return the labels of one axis, with as many decimals as tell them apart, and units of thousands.

    >>> tick_labels([0.0, 0.5, 1.0]), tick_labels([0.0, 5000.0, 10000.0]), tick_labels([1e-7, 1e-6])
    (['0', '0.5', '1'], ['0', '5k', '10k'], ['1e-7', '1e-6'])
    """
    largest = max(map(abs, ticks), default=0.0)
    gaps = [abs(b - a) for a, b in pairwise(ticks) if b != a]
    finest = min(gaps, default=largest) or 1.0
    if largest >= 1e15 or 0 < largest < 1e-4 or finest < 1e-7 * largest:
        return [_scientific(tick) for tick in ticks]
    unit, suffix = next(((unit, name) for unit, name in _UNITS if largest >= max(unit, 1e4)), (1.0, ""))
    return [_plain(tick / unit) + (suffix if tick else "") for tick in ticks]


def _plain(value: float) -> str:
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    if abs(value) < 1e-4:
        text = _scientific(value)
    return text.replace("-", "−")


def _scientific(value: float) -> str:
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{value:.4e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def _is_log(numbers: NDArray[Any], kind: Kind) -> bool:
    if kind == "auto":
        return bool(numbers.size and numbers.min() > 0 and numbers.max() >= numbers.min() * 10**_DECADES)
    return kind == "log"


def _widened(low: float, high: float, *, log: bool, whole: bool) -> tuple[float, float]:
    """Return a range that has a width: of a single number its surroundings."""
    if log:
        low, high = max(low, 1 / _LARGEST), max(high, 1 / _LARGEST)
        return (low, high) if high > low * 1.001 else (low / 2, high * 2)
    if high - low > max(1e-9 * max(abs(low), abs(high)), 1e-290):
        return low, high
    middle = (low + high) / 2
    around = 1.0 if whole and abs(middle) < 1e9 else max(abs(middle) * 0.1, 1e-280) if middle else 1.0
    return middle - around, middle + around
