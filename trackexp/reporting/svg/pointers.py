"""What points at a place of a drawing: marked points with their labels, reference lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trackexp.reporting.formats import number
from trackexp.reporting.svg.frame import Box, label, line, text_width
from trackexp.reporting.svg.markup import Element, element
from trackexp.reporting.svg.scale import Scale


@dataclass(frozen=True, slots=True)
class Mark:
    """A point worth pointing at: a best value, a knee, the threshold in use."""

    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Guide:
    """A straight reference line at a place of one axis, such as what flagging nothing costs."""

    name: str
    x: float | None = None
    y: float | None = None


def guide_line(guide: Guide, x: Scale, y: Scale, box: Box) -> Iterator[Element]:
    """Yield a reference line across the drawing, with its name at the end."""
    if guide.y is not None and np.isfinite(height := y.at(guide.y)):
        yield line(box.left, height, box.right, height, "guide")
        yield label(guide.name, box.right, height - 5, "end halo", most=40)
    if guide.x is not None and np.isfinite(across := x.at(guide.x)):
        yield line(across, box.top, across, box.bottom, "guide")
        left = across + text_width(guide.name) > box.right
        yield label(guide.name, across + (-5 if left else 5), box.top + 10, "end halo" if left else "halo", most=40)


def marked(marks: Sequence[Mark], x: Scale, y: Scale, box: Box) -> Iterator[Element]:
    """Yield the points, then their labels, each moved away from those that are already there."""
    taken: list[tuple[float, float, float]] = []
    texts = []
    for mark in marks:
        across, height = x.at(mark.x), y.at(mark.y)
        if not (np.isfinite(across) and np.isfinite(height)):
            continue
        tip = element("title", f"{mark.name}: {number(mark.x)}, {number(mark.y)}")
        yield element("circle", tip, cx=across, cy=height, r=5.0, class_="ink dot")
        wide = text_width(mark.name)
        left = across + wide + 10 > box.right + 8
        begin = max(across - wide - 9, box.left) if left else across + 9
        below = height - 8 < box.top
        baseline = height + 16 if below else height - 8
        while any(abs(baseline - other) < 13 and begin < end and start < begin + wide for start, end, other in taken):
            baseline += 14
        taken.append((begin, begin + wide, baseline))
        texts.append(label(mark.name, begin, baseline, "strong halo", most=40))
    yield from texts
