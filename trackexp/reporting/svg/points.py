"""Points in a plane: a scatter, and the runs that no other beats in both of two metrics."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from trackexp.reporting.formats import number, plural, shorten
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
    text_width,
)
from trackexp.reporting.svg.markup import Element, element, place
from trackexp.reporting.svg.scale import Kind, Scale, make_scale
from trackexp.reporting.svg.style import series_class

Goal = Literal["min", "max"]
_MOST_POINTS = 600  # drawn one by one; of more, those that would lie on one another are drawn once
_MOST_NAMED = 10  # labels beside points
_CELL = 3  # pixels within which points lie on one another


@dataclass(frozen=True, slots=True)
class Point:
    """One point.

    Args:
        name: In its tooltip, and beside it where it is `strong`.
        x: Where it lies.
        y: The same.
        colour: Its number among the colours; None is grey.
        strong: Whether it is larger and named.
    """

    name: str
    x: float
    y: float
    colour: int | None = 0
    strong: bool = False


def scatter(
    points: Sequence[Point],
    *,
    title: str,
    x_label: str,
    y_label: str,
    x_scale: Kind = "linear",
    y_scale: Kind = "linear",
    keys: Sequence[tuple[str, int | None]] = (),
    size: tuple[float, float] = (WIDTH, HEIGHT),
    stairs: Sequence[tuple[float, float]] = (),
) -> Chart:
    """Draw points; those that are not finite are counted in the description.

    Args:
        points: Later ones lie on top.
        title: Above the chart.
        x_label: Name of the horizontal axis.
        y_label: Name of the vertical one.
        x_scale: `"linear"`, `"log"`, or `"auto"`.
        y_scale: The same.
        keys: The legend: what each colour means.
        size: Width and height in pixels.
        stairs: Corners of a dashed line, in numbers.
    """
    good = [point for point in points if _has_place(point.x, x_scale) and _has_place(point.y, y_scale)]
    legend_keys = [Key(name, "rest plain" if c is None else f"{series_class(c)} plain", "dot") for name, c in keys]
    xs, ys = [point.x for point in good], [point.y for point in good]
    probe = make_scale([ys], 0, 1, kind=y_scale)
    box = box_for([text for _, text in probe.ticks], legend_keys, size, (x_label, y_label))
    inset = 8  # so that no point is cut by an axis
    ticks = int((box.right - box.left) / TICK_ROOM)
    x = make_scale([xs], box.left + inset, box.right - inset, kind=x_scale, most_ticks=ticks)
    y = make_scale([ys], box.bottom - inset, box.top + inset, kind=y_scale)
    content = (
        *heading(title, size[0]),
        *axes(box, x, y, (x_label, y_label)),
        *_stairs(stairs, x, y),
        *_dots(good, x, y, box),
        *legend(legend_keys, *size),
    )
    return Chart(title, _description(points, good, x_label, y_label), *size, content)


def pareto(
    points: Sequence[Point],
    *,
    goals: tuple[Goal, Goal],
    title: str,
    x_label: str,
    y_label: str,
    x_scale: Kind = "linear",
    y_scale: Kind = "linear",
    size: tuple[float, float] = (WIDTH, HEIGHT),
) -> Chart:
    """Draw points with the front of those that no other beats: named, and joined by stairs.

    Args:
        points: One a run; their colour and strength are set here.
        goals: For each axis whether lower or higher is better.
        title: Above the chart.
        x_label: Name of the horizontal axis.
        y_label: Name of the vertical one.
        x_scale: `"linear"`, `"log"`, or `"auto"`.
        y_scale: The same.
        size: Width and height in pixels.
    """
    front = set(pareto_front([(point.x, point.y) for point in points], goals))
    beaten = [replace(point, colour=None, strong=False) for i, point in enumerate(points) if i not in front]
    best = sorted((replace(points[i], colour=0, strong=True) for i in front), key=lambda point: (point.x, point.y))
    names = (f"x: {_WORDS[goals[0]]} is better", f"y: {_WORDS[goals[1]]} is better")
    keys = [("beaten by none", 0), ("beaten in both", None)] if beaten else [("beaten by none", 0)]
    return scatter(
        [*beaten, *best],
        title=title,
        x_label=f"{x_label} ({names[0][3:]})",
        y_label=f"{y_label} ({names[1][3:]})",
        x_scale=x_scale,
        y_scale=y_scale,
        keys=keys,
        size=size,
        stairs=_corners([(point.x, point.y) for point in best], goals),
    )


_WORDS = {"min": "lower", "max": "higher"}


def pareto_front(points: Sequence[tuple[float, float]], goals: tuple[Goal, Goal]) -> list[int]:
    """Return the places of the points that no other beats: none is as good in both and better in one.

    >>> pareto_front([(1, 5), (2, 3), (3, 4), (4, 1)], ("min", "min"))
    [0, 1, 3]
    """
    signs = [1 if goal == "min" else -1 for goal in goals]
    turned = [
        (x * signs[0], y * signs[1], place)
        for place, (x, y) in enumerate(points)
        if math.isfinite(x) and math.isfinite(y)
    ]
    front: list[int] = []
    best = (math.inf, math.inf)
    for x, y, index in sorted(turned):
        if y < best[1] or (x, y) == best:
            front.append(index)
            best = (x, y)
    return sorted(front)


def _has_place(value: float, kind: Kind) -> bool:
    return math.isfinite(value) and (kind != "log" or value > 0)


def _corners(front: Sequence[tuple[float, float]], goals: tuple[Goal, Goal]) -> list[tuple[float, float]]:
    """Return the corners of the stairs between points sorted by x: every step runs through what is beaten."""
    corners = list(front[:1])
    for (x, y), (next_x, next_y) in pairwise(front):
        corners += [(next_x, y) if goals[0] == "min" else (x, next_y), (next_x, next_y)]
    return corners


def _stairs(corners: Sequence[tuple[float, float]], x: Scale, y: Scale) -> Iterator[Element]:
    places = [(x.at(a), y.at(b)) for a, b in corners]
    if len(corners) > 1 and all(math.isfinite(a + b) for a, b in places):
        path = "L".join(f"{place(a)} {place(b)}" for a, b in places)
        yield element("path", d=f"M{path}", class_="guide")


def _dots(points: Sequence[Point], x: Scale, y: Scale, box: Box) -> Iterator[Element]:
    """Yield the dots, the strong ones last, and the names of the first of them where there is room."""
    ordered = sorted(points, key=lambda point: point.strong)
    if len(ordered) > _MOST_POINTS:
        yield from _cloud([point for point in ordered if not point.strong], x, y)
        ordered = [point for point in ordered if point.strong][-_MOST_POINTS:]
    taken: list[tuple[float, float, float]] = []
    texts: list[Element] = []
    for point in ordered:
        across, height = x.at(point.x), y.at(point.y)
        tip = element("title", f"{point.name}: {number(point.x)}, {number(point.y)}") if point.name else None
        radius = 5.5 if point.strong else 3.5
        yield element("circle", tip, cx=across, cy=height, r=radius, class_=f"{_paint(point.colour)} dot")
        if point.strong and len(texts) < _MOST_NAMED:
            texts += _name(point.name, across, height, taken, box)
    yield from texts


def _cloud(points: Sequence[Point], x: Scale, y: Scale) -> Iterator[Element]:
    """Yield one path a colour: points without tooltips, those that lie on one another once."""
    for colour in dict.fromkeys(point.colour for point in points):
        own = [point for point in points if point.colour == colour]
        across, height = x([point.x for point in own]), y([point.y for point in own])
        cells = dict.fromkeys(zip((across // _CELL).tolist(), (height // _CELL).tolist(), strict=True))
        path = "".join(f"M{place((a + 0.5) * _CELL)} {place((b + 0.5) * _CELL)}h0" for a, b in cells)
        yield element("path", d=path, class_=f"cloud {_paint(colour)}")


def _paint(colour: int | None) -> str:
    return "rest" if colour is None else series_class(colour).split()[0]


def _name(
    name: str, across: float, height: float, taken: list[tuple[float, float, float]], box: Box
) -> Iterator[Element]:
    """Yield the name right or left of its point, or nothing where other names leave no room."""
    text = shorten(name, 28, keep_end=True)
    wide = text_width(text)
    for begin in (across + 9, across - 9 - wide):
        free = all(abs(height - other) > 13 or begin > end or begin + wide < start for start, end, other in taken)
        if free and box.left <= begin and begin + wide <= box.right + 10:
            taken.append((begin, begin + wide, height))
            yield label(text, begin, height + 4, "strong halo")
            return


def _description(points: Sequence[Point], good: Sequence[Point], x_label: str, y_label: str) -> str:
    said = [f"{plural(len(good), 'point')}: {x_label} across, {y_label} upwards."]
    if len(points) > len(good):
        said.append(f"{plural(len(points) - len(good), 'point')} without a finite place left out.")
    strong = [point for point in good if point.strong][:_MOST_NAMED]
    said += [f"{point.name}: {number(point.x)}, {number(point.y)}." for point in strong]
    return " ".join(said)
