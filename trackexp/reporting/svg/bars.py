"""Bars of named values with intervals, and histograms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trackexp.reporting.formats import number, plural, shorten
from trackexp.reporting.svg.frame import (
    HEIGHT,
    TICK_ROOM,
    WIDTH,
    Box,
    Chart,
    axes,
    box_for,
    heading,
    label,
    line,
    rectangle,
    text_width,
)
from trackexp.reporting.svg.markup import Element, element
from trackexp.reporting.svg.pointers import Guide, guide_line
from trackexp.reporting.svg.scale import Scale, make_scale
from trackexp.reporting.svg.style import series_class

_BAR = 16  # pixels of one bar
_ROW = 24
_MOST_BARS = 60
_LONGEST_NAME = 30


@dataclass(frozen=True, slots=True)
class Bar:
    """A named value, with its interval where there is one.

    Args:
        name: Left of the bar.
        value: Its length; NaN leaves the bar out, its name stays.
        low: Lower end of the interval, or None.
        high: Upper end, or None.
        colour: Its number among the colours; None is grey.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    colour: int | None = 0


def bars(items: Sequence[Bar], *, title: str, x_label: str = "", from_zero: bool = True, width: float = WIDTH) -> Chart:
    """Draw horizontal bars, one a row, each with its number; of more than sixty the first.

    Args:
        items: From the top down.
        title: Above the chart.
        x_label: Name of the axis.
        from_zero: Whether the axis holds zero; without it dots stand for bars, whose length would mean nothing.
        width: In pixels.
    """
    shown = items[:_MOST_BARS]
    ends = [end for bar in shown for end in (bar.value, bar.low, bar.high) if end is not None]
    left = max((text_width(shorten(bar.name, _LONGEST_NAME, keep_end=True)) for bar in shown), default=0.0) + 12
    numbers = max((text_width(number(bar.value)) for bar in shown), default=0.0) + 12
    top, bottom = 26.0, 26.0 + _ROW * len(shown) + 4
    below = 22 + (17 if x_label else 0) + (18 if len(items) > len(shown) else 0)
    box = Box(left, top, max(width - numbers, left + 60), bottom)
    ticks = max(2, int((box.right - box.left) / TICK_ROOM))
    x = make_scale([ends, [0.0] if from_zero else []], box.left, box.right, most_ticks=ticks)
    content = [*heading(title, width), *_columns(box, x, x_label)]
    for row, bar in enumerate(shown):
        content += _bar(bar, top + row * _ROW + _ROW / 2, x, box, from_zero)
    if len(items) > len(shown):
        content.append(label(f"… and {len(items) - len(shown)} more", 0.0, bottom + below - 4))
    said = " ".join(f"{bar.name}: {_in_words(bar)}." for bar in shown)
    return Chart(title, said or "No bar.", width, bottom + below, tuple(content))


def histogram(
    values: ArrayLike,
    *,
    title: str,
    x_label: str,
    y_label: str = "count",
    edges: ArrayLike | None = None,
    guides: Sequence[Guide] = (),
    size: tuple[float, float] = (WIDTH, HEIGHT),
) -> Chart:
    """Draw how often values occur.

    Args:
        values: The values; or with `edges`, how many lie in each bin `(n,)`.
        title: Above the chart.
        x_label: What the values are.
        y_label: What is counted.
        edges: Of the bins, rising `(n + 1,)`; default by the rule of Freedman and Diaconis, at most 60.
        guides: Reference lines at a place of the horizontal axis.
        size: Width and height in pixels.
    """
    counts, bounds = _counted(values) if edges is None else (np.asarray(values, float), np.asarray(edges, float))
    probe = make_scale([counts, [0.0]], 0, 1)
    box = box_for([text for _, text in probe.ticks], [], size, (x_label, y_label))
    ticks = int((box.right - box.left) / TICK_ROOM)
    x = make_scale(
        [bounds, [guide.x for guide in guides if guide.x is not None]], box.left, box.right, most_ticks=ticks
    )
    y = make_scale([counts, [0.0]], box.bottom, box.top)
    content = [*heading(title, size[0]), *axes(box, x, y, (x_label, y_label))]
    for count, low, high in zip(counts.tolist(), bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if count:
            begin, end, height = x.at(low), x.at(high), y.at(count)
            tip = element("title", f"{number(low)} to {number(high)}: {number(count)}")
            wide = max(end - begin - 1, 1.0)
            content.append(rectangle(begin, height, wide, box.bottom - height, "s0 plain", tip))
    content += [part for guide in guides for part in guide_line(guide, x, y, box)]
    total = int(counts.sum())
    most = int(counts.argmax()) if counts.size else 0
    said = f"{plural(total, 'value')} from {number(bounds[0])} to {number(bounds[-1])}"
    said += (
        f"; most, {number(counts[most])}, from {number(bounds[most])} to {number(bounds[most + 1])}." if total else "."
    )
    return Chart(title, said, *size, tuple(content))


def _counted(values: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.asarray(values, dtype=np.float64).ravel()
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return np.zeros(1), np.array([0.0, 1.0])
    quarter, three_quarters = np.quantile(numbers, [0.25, 0.75])
    span = float(np.ptp(numbers))
    if span <= 1e-9 * float(np.abs(numbers).max()):  # one value: no bins between its neighbours
        around = max(abs(float(numbers[0])) * 0.1, 0.5)
        return np.array([float(numbers.size)]), np.array([numbers[0] - around, numbers[0] + around])
    wanted = 2 * (three_quarters - quarter) / numbers.size ** (1 / 3)
    bins = min(60, max(5, math.ceil(span / wanted))) if span < 1e6 * wanted else 10
    return np.histogram(numbers, bins=bins)


def _columns(box: Box, x: Scale, x_label: str) -> Iterator[Element]:
    for value, text in x.ticks:
        across = x.at(value)
        yield line(across, box.top, across, box.bottom, "grid")
        yield label(text, across, box.bottom + 15, "mid")
    if x_label:
        yield label(x_label, (box.left + box.right) / 2, box.bottom + 32, "mid")


def _bar(bar: Bar, middle: float, x: Scale, box: Box, from_zero: bool) -> Iterator[Element]:
    yield label(bar.name, box.left - 8, middle + 4, "strong end", most=_LONGEST_NAME)
    end = box.left
    if math.isfinite(bar.value):
        paint = "rest" if bar.colour is None else series_class(bar.colour).split()[0]
        place = x.at(bar.value)
        tip = element("title", f"{bar.name}: {_in_words(bar)}")
        if from_zero:
            begin = x.at(0.0)
            yield rectangle(min(begin, place), middle - _BAR / 2, abs(place - begin), _BAR, f"{paint} plain", tip)
        else:
            yield element("circle", tip, cx=place, cy=middle, r=5.0, class_=f"{paint} plain")
        end = place
        if bar.low is not None and bar.high is not None and math.isfinite(bar.low + bar.high):
            low, high = x.at(bar.low), x.at(bar.high)
            yield line(low, middle, high, middle, "whisker")
            yield line(low, middle - 4, low, middle + 4, "whisker")
            yield line(high, middle - 4, high, middle + 4, "whisker")
            end = max(end, high)
    text = number(bar.value) if math.isfinite(bar.value) else "–"
    yield label(text, max(end, x.at(0.0) if from_zero else end) + 6, middle + 4, "strong halo")


def _in_words(bar: Bar) -> str:
    interval = "" if bar.low is None or bar.high is None else f" ({number(bar.low)} to {number(bar.high)})"
    return f"{number(bar.value)}{interval}" if math.isfinite(bar.value) else "none"
