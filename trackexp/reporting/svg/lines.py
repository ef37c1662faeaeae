"""Curves over steps or thresholds, with bands, steps, marked points and reference lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from trackexp.reporting.formats import number, plural
from trackexp.reporting.svg.frame import (
    HEIGHT,
    TICK_ROOM,
    WIDTH,
    Box,
    Chart,
    Key,
    axes,
    box_for,
    heading,
    label,
    legend,
)
from trackexp.reporting.svg.markup import Element, element, place
from trackexp.reporting.svg.pointers import Guide, Mark, guide_line, marked
from trackexp.reporting.svg.scale import Kind, Scale, make_scale
from trackexp.reporting.svg.shapes import shape
from trackexp.reporting.svg.style import series_class
from trackexp.reporting.svg.thinning import Floats, pieces, thinned

Ends: TypeAlias = "tuple[float | None, float | None]"
VERTICES = 240  # of one curve
_MOST_NAMED = 12  # entries of a legend
_INSET = 6  # pixels between the extremes of curves and the ends of an axis that the curves themselves set
_BANDS = ("wide", "close")


@dataclass(frozen=True, eq=False, slots=True)
class Band:
    """What lies around a curve, such as min–max or a 95 % interval.

    Args:
        name: What it is.
        low: Lower edge at the curve's places `(n,)`.
        high: Upper edge `(n,)`.
    """

    name: str
    low: ArrayLike
    high: ArrayLike


@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """One curve.

    Args:
        name: Its name in the legend.
        x: Places, in any order `(n,)`.
        y: Values `(n,)`; what is not finite leaves a gap.
        bands: At most two, the wider one first.
        colour: Its number among the colours; default its place among the lines.
        muted: Whether it is background: grey, thin, and counted in the legend instead of named.
        stepped: Whether a value holds until the next place.
        dashed: Whether it is broken, because it is not like the others.
    """

    name: str
    x: ArrayLike
    y: ArrayLike
    bands: Sequence[Band] = ()
    colour: int | None = None
    muted: bool = False
    stepped: bool = False
    dashed: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class _Drawn:
    """A curve in numbers, sorted by place."""

    line: Line
    class_: str
    x: Floats
    y: Floats
    bands: tuple[tuple[str, Floats, Floats], ...]


def line_chart(
    lines: Sequence[Line],
    *,
    title: str,
    x_label: str = "",
    y_label: str = "",
    x_scale: Kind = "linear",
    y_scale: Kind = "linear",
    x_ends: Ends = (None, None),
    y_ends: Ends = (None, None),
    marks: Sequence[Mark] = (),
    guides: Sequence[Guide] = (),
    size: tuple[float, float] = (WIDTH, HEIGHT),
    vertices: int = VERTICES,
    with_legend: bool = True,
) -> Chart:
    """Draw curves over a common axis.

    Args:
        lines: Those that come first are drawn on top.
        title: Above the chart.
        x_label: Name of the horizontal axis.
        y_label: Name of the vertical one.
        x_scale: `"linear"`, `"log"`, or `"auto"`.
        y_scale: The same.
        x_ends: Where the axis must begin and end.
        y_ends: The same.
        marks: Points with a label.
        guides: Reference lines with a label.
        size: Width and height in pixels.
        vertices: The most of one curve; its extremes are always among them.
        with_legend: Whether names and bands are told below; not where a page tells them once for several charts.
    """
    drawn = [_drawn(curve, number) for number, curve in enumerate(lines)]
    keys = _keys(drawn) if with_legend else []
    labels = (x_label, y_label)
    across, heights = _numbers(drawn, marks, guides)
    box = box_for([text for _, text in make_scale(heights, 0, 1, kind=y_scale, ends=y_ends).ticks], keys, size, labels)
    x, y = _scales(box, across, heights, (x_scale, y_scale), (x_ends, y_ends))
    content = (
        *heading(title, size[0]),
        *axes(box, x, y, labels),
        *(part for guide in guides for part in guide_line(guide, x, y, box)),
        *_curves(drawn, x, y, box, vertices),
        *marked(marks, x, y, box),
        *legend(keys, *size),
    )
    return Chart(title, _description(drawn, marks, x_label), *size, content)


def _scales(
    box: Box, across: list[ArrayLike], heights: list[ArrayLike], kinds: tuple[Kind, Kind], ends: tuple[Ends, Ends]
) -> tuple[Scale, Scale]:
    ticks = int((box.right - box.left) / TICK_ROOM)
    inset = _INSET if ends[1] == (None, None) else 0
    return (
        make_scale(across, box.left, box.right, kind=kinds[0], ends=ends[0], most_ticks=ticks),
        make_scale(heights, box.bottom - inset, box.top + inset, kind=kinds[1], ends=ends[1]),
    )


def _numbers(
    drawn: Sequence[_Drawn], marks: Sequence[Mark], guides: Sequence[Guide]
) -> tuple[list[ArrayLike], list[ArrayLike]]:
    """Return what must be seen along each of the axes."""
    across: list[ArrayLike] = [
        *(curve.x for curve in drawn),
        [mark.x for mark in marks],
        [guide.x for guide in guides if guide.x is not None],
    ]
    heights: list[ArrayLike] = [
        *(edge for curve in drawn for edge in _edges(curve)),
        [mark.y for mark in marks],
        [guide.y for guide in guides if guide.y is not None],
    ]
    return across, heights


def _curves(drawn: Sequence[_Drawn], x: Scale, y: Scale, box: Box, vertices: int) -> list[Element]:
    """Return the curves, the first on top; or a word where none has a value."""
    found = [part for curve in reversed(drawn) for part in _curve(curve, x, y, max(4, vertices))]
    named = [curve for curve in drawn if not curve.line.muted]
    if len(named) > 1:
        found += [part for order, curve in enumerate(named) for part in _shape(curve, x, y, (order + 0.5) / len(named))]
    return found or [label("no finite value", (box.left + box.right) / 2, (box.top + box.bottom) / 2, "mid")]


def _drawn(curve: Line, number: int) -> _Drawn:
    x, y = np.asarray(curve.x, dtype=np.float64), np.asarray(curve.y, dtype=np.float64)
    order = np.argsort(x, kind="stable")
    bands = tuple(
        (band.name, np.asarray(band.low, dtype=np.float64)[order], np.asarray(band.high, dtype=np.float64)[order])
        for band in curve.bands
    )
    class_ = "rest" if curve.muted else series_class(number if curve.colour is None else curve.colour)
    if curve.dashed and " " not in class_:
        class_ += " dashed"
    return _Drawn(curve, class_, x[order], y[order], bands)


def _edges(curve: _Drawn) -> Iterator[Floats]:
    yield curve.y
    for _, low, high in curve.bands:
        yield low
        yield high


def _keys(drawn: Sequence[_Drawn]) -> list[Key]:
    named = [curve for curve in drawn if not curve.line.muted]
    keys = [
        Key(curve.line.name, curve.class_, "line", int(curve.class_[1]) if len(named) > 1 else None)
        for curve in named[:_MOST_NAMED]
    ]
    left = len(drawn) - len(keys)
    if len(drawn) == 1 and not drawn[0].bands:
        return []
    if left:
        keys.append(Key(f"{left} more" if keys else plural(left, "curve"), "rest"))
    bands = dict.fromkeys(
        (name, _BANDS[min(place, 1)]) for curve in drawn for place, (name, _, _) in enumerate(curve.bands)
    )
    return [*keys, *(Key(name, f"rest {class_}", "area") for name, class_ in bands)]


def _curve(curve: _Drawn, x: Scale, y: Scale, most: int) -> Iterator[Element]:
    across = x(curve.x)
    for place_, (name, low, high) in enumerate(curve.bands):
        area = _area(across, y(low), y(high), most)
        if area:
            tip = element("title", f"{curve.line.name}: {name}")
            yield element("path", tip, d=area, class_=f"{curve.class_.split()[0]} {_BANDS[min(place_, 1)]}")
    heights = y(curve.y)
    parts = [(across[part], heights[part]) for part in pieces(across, heights)]
    total = sum(px.size for px, _ in parts) or 1
    path = "".join(_path(px, py, max(4, most * px.size // total), curve.line.stepped) for px, py in parts)
    if path:
        yield element("path", element("title", curve.line.name), d=path, class_=f"curve {curve.class_}")
    for px, py in parts:  # a single point has no line to be seen by
        if px.size == 1:
            yield element("circle", cx=float(px[0]), cy=float(py[0]), r=3.0, class_=f"{curve.class_.split()[0]} plain")


def _shape(curve: _Drawn, x: Scale, y: Scale, share: float) -> Iterator[Element]:
    """Yield the curve's shape at a share of its way: each elsewhere, so that none covers another."""
    across, heights = x(curve.x), y(curve.y)
    good = np.flatnonzero(np.isfinite(across) & np.isfinite(heights))
    if good.size > 1:
        wanted = x.begin + share * (x.end - x.begin)
        here = good[int(np.abs(across[good] - wanted).argmin())]
        yield shape(int(curve.class_[1]), float(across[here]), float(heights[here]))


def _path(x: Floats, y: Floats, most: int, stepped: bool) -> str:
    kept = thinned(x, y, most)
    points = [f"{place(a)} {place(b)}" for a, b in zip(x[kept].tolist(), y[kept].tolist(), strict=True)]
    if not stepped:
        return "M" + "L".join(points)
    begin, *others = zip(x[kept].tolist(), y[kept].tolist(), strict=True)
    return f"M{place(begin[0])} {place(begin[1])}" + "".join(f"H{place(a)}V{place(b)}" for a, b in others)


def _area(x: Floats, low: Floats, high: Floats, most: int) -> str:
    """Return the path around a band; the axis points down, so its low edge has the larger pixels."""
    parts = []
    for part in pieces(x, low + high):
        px, py, qy = x[part], high[part], low[part]
        upper, lower = thinned(px, py, most // 2), thinned(px, qy, most // 2)[::-1]
        there = zip(px[upper].tolist(), py[upper].tolist(), strict=True)
        back = zip(px[lower].tolist(), qy[lower].tolist(), strict=True)
        parts.append("M" + "L".join(f"{place(a)} {place(b)}" for a, b in (*there, *back)) + "Z")
    return "".join(parts)


def _description(drawn: Sequence[_Drawn], marks: Sequence[Mark], x_label: str) -> str:
    """Say in words what the curves do; of many only the first."""
    said = [_in_words(curve, x_label) for curve in drawn[:_MOST_NAMED]]
    if len(drawn) > _MOST_NAMED:
        said.append(f"And {plural(len(drawn) - _MOST_NAMED, 'curve')} more.")
    said += [f"{mark.name}: {number(mark.x)}, {number(mark.y)}." for mark in marks]
    return " ".join(said) or "No curve."


def _in_words(curve: _Drawn, x_label: str) -> str:
    good = np.isfinite(curve.x) & np.isfinite(curve.y)
    x, y = curve.x[good], curve.y[good]
    if not y.size:
        return f"{curve.line.name}: no finite value."
    where = f"{x_label} " if x_label else ""
    return (
        f"{curve.line.name}: {number(y[0])} at {where}{number(x[0])}, {number(y[-1])} at {where}{number(x[-1])}; "
        f"lowest {number(y.min())}, highest {number(y.max())}."
    )
