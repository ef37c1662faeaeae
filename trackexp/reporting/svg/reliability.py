"""Reliability diagrams: whether what a model claims is right as often as it claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trackexp.reporting.formats import number, plural
from trackexp.reporting.svg.frame import (
    WIDTH,
    Box,
    Chart,
    Key,
    axes,
    box_for,
    heading,
    label,
    legend,
    line,
    rectangle,
)
from trackexp.reporting.svg.markup import Element, element
from trackexp.reporting.svg.scale import Scale, make_scale

_COUNTS = 62  # pixels of the panel below, which shows how many rows stand behind each bar
_LEGEND = (
    Key("observed", "s0 plain", "area"),
    Key("gap to the confidence", "gap", "area"),
    Key("perfectly calibrated", "guide"),
)


@dataclass(frozen=True, eq=False, slots=True)
class ReliabilityBins:
    """What was seen in each bin of confidence; bins without rows hold NaN.

    Args:
        low: Lower ends of the bins `(n,)`.
        high: Upper ends `(n,)`.
        count: Rows in each `(n,)`.
        confidence: Their mean confidence `(n,)`.
        accuracy: The share that was right `(n,)`.
        accuracy_low: Lower end of its interval `(n,)`.
        accuracy_high: Upper end `(n,)`.
    """

    low: ArrayLike
    high: ArrayLike
    count: ArrayLike
    confidence: ArrayLike
    accuracy: ArrayLike
    accuracy_low: ArrayLike
    accuracy_high: ArrayLike


def reliability_diagram(
    bins: ReliabilityBins,
    *,
    title: str,
    x_label: str = "confidence",
    y_label: str = "share that is right",
    size: tuple[float, float] = (WIDTH, 400),
) -> Chart:
    """Draw observed shares against confidence, with intervals, and the number of rows behind each below."""
    rows = _rows(bins)
    total = float(rows[:, 2].sum())
    whole = box_for(["0.0"], _LEGEND, size, (x_label, y_label))
    box = Box(whole.left, whole.top, whole.right, whole.bottom - _COUNTS - 12)
    below = Box(whole.left, whole.bottom - _COUNTS, whole.right, whole.bottom)
    x = make_scale([[0.0, 1.0]], box.left, box.right, whole=False)
    y = make_scale([[0.0, 1.0]], box.bottom, box.top, whole=False)
    content = [*heading(title, size[0]), *_grid(box, y, y_label)]
    for row in rows:
        content += _bin(row, x, y)
    content.append(line(x.at(0), y.at(0), x.at(1), y.at(1), "guide"))
    content += [part for row in rows for part in _interval(row, x, y)]
    counts = make_scale([rows[:, 2], [0.0]], below.bottom, below.top, most_ticks=3)
    content += axes(below, x, counts, (x_label, ""))
    for low, high, count, *_ in rows.tolist():
        if count:
            tip = element("title", f"{number(low)} to {number(high)}: {plural(int(count), 'row')}")
            top, begin = counts.at(count), x.at(low)
            content.append(rectangle(begin + 0.5, top, x.at(high) - begin - 1, below.bottom - top, "rest plain", tip))
    content.append(label("rows", below.right, below.top + 10, "end small halo"))
    content += legend(_LEGEND, *size)
    return Chart(title, _description(rows, total), *size, tuple(content))


def _rows(bins: ReliabilityBins) -> NDArray[np.float64]:
    columns = (
        bins.low,
        bins.high,
        bins.count,
        bins.confidence,
        bins.accuracy,
        bins.accuracy_low,
        bins.accuracy_high,
    )
    return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])


def _grid(box: Box, y: Scale, y_label: str) -> Iterator[Element]:
    for value, text in y.ticks:
        height = y.at(value)
        yield line(box.left, height, box.right, height, "grid")
        yield label(text, box.left - 6, height + 4, "end")
    yield label(y_label, 0.0, 33.0)


def _bin(row: NDArray[np.float64], x: Scale, y: Scale) -> Iterator[Element]:
    """Yield the bar of a bin and, from its end to the mean confidence, the gap."""
    low, high, count, confidence, accuracy = row[:5].tolist()
    if not count:
        return
    begin, wide = x.at(low) + 0.5, x.at(high) - x.at(low) - 1
    tip = element(
        "title",
        f"confidence {number(confidence)}, right {number(accuracy)} "
        f"({number(row[5])} to {number(row[6])}), {plural(int(count), 'row')}",
    )
    yield rectangle(begin, y.at(accuracy), wide, y.at(0) - y.at(accuracy), "s0 plain", tip)
    upper, lower = max(confidence, accuracy), min(confidence, accuracy)
    yield rectangle(begin, y.at(upper), wide, y.at(lower) - y.at(upper), "gap")


def _interval(row: NDArray[np.float64], x: Scale, y: Scale) -> Iterator[Element]:
    low, high, count, _, _, lower, upper = row.tolist()
    if count and np.isfinite(lower + upper):
        middle = x.at((low + high) / 2)
        yield line(middle, y.at(lower), middle, y.at(upper), "whisker")
        for end in (lower, upper):
            yield line(middle - 3, y.at(end), middle + 3, y.at(end), "whisker")


def _description(rows: NDArray[np.float64], total: float) -> str:
    filled = [row for row in rows.tolist() if row[2]]
    said = [f"{plural(int(total), 'row')} in {plural(len(filled), 'bin')}."]
    said += [
        f"Confidence {number(row[3])}: right {number(row[4])} ({number(row[5])} to {number(row[6])}), "
        f"{plural(int(row[2]), 'row')}."
        for row in filled
    ]
    return " ".join(said)
