"""A curve the size of a word."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from trackexp.reporting.formats import number
from trackexp.reporting.svg.frame import Chart
from trackexp.reporting.svg.markup import element, place
from trackexp.reporting.svg.scale import make_scale
from trackexp.reporting.svg.style import series_class
from trackexp.reporting.svg.thinning import pieces, thinned

_WIDTH, _HEIGHT, _EDGE = 96.0, 22.0, 3.0
_VERTICES = 48


def sparkline(values: ArrayLike, *, title: str, colour: int | None = 0) -> Chart:
    """Draw values in their order, without axes; the last one is a dot.

    Args:
        values: What is not finite leaves a gap `(n,)`.
        title: Its name for who hears the page.
        colour: Its number among the colours; None is grey.
    """
    numbers = np.asarray(values, dtype=np.float64)
    x = make_scale([], _EDGE, _WIDTH - _EDGE, ends=(0.0, max(numbers.size - 1.0, 1.0)))(np.arange(numbers.size))
    y = make_scale([numbers], _HEIGHT - _EDGE, _EDGE)(numbers)
    paint = "rest" if colour is None else series_class(colour).split()[0]
    parts = list(pieces(x, y))
    path = ""
    for part in parts:
        px, py = x[part], y[part]
        kept = thinned(px, py, _VERTICES)
        path += "M" + "L".join(
            f"{place(a)} {place(b)}" for a, b in zip(px[kept].tolist(), py[kept].tolist(), strict=True)
        )
    content = [element("path", d=path, class_=f"curve {paint}")] if path else []
    if parts:
        last = parts[-1].stop - 1
        content.append(element("circle", cx=float(x[last]), cy=float(y[last]), r=2.5, class_=f"{paint} plain"))
    finite = numbers[np.isfinite(numbers)]
    said = (
        f"{number(finite[0])} to {number(finite[-1])}; lowest {number(finite.min())}, highest {number(finite.max())}."
        if finite.size
        else "No finite value."
    )
    return Chart(title, said, _WIDTH, _HEIGHT, tuple(content))
