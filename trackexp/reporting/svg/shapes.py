"""A shape for each colour, so that curves can be told apart by who sees colours otherwise."""

from __future__ import annotations

from trackexp.reporting.svg.markup import Element, element, place
from trackexp.reporting.svg.style import SERIES

# Circle, square, triangles, diamond, cross.
_SHAPES = (
    "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
    "m-3.6 -3.6h7.2v7.2h-7.2z",
    "m0 -4.8l4.6 8h-9.2z",
    "m0 -5.2l4.6 5.2l-4.6 5.2l-4.6 -5.2z",
    "m0 4.8l4.6 -8h-9.2z",
    "m-1.7 -4.7h3.4v3h3v3.4h-3v3h-3.4v-3h-3v-3.4h3z",
    "m4.8 0l-8 -4.6v9.2z",
    "m-4.8 0l8 -4.6v9.2z",
)


def shape(number: int, x: float, y: float) -> Element:
    """Return the shape that goes with the n-th colour, at a place."""
    return element(
        "path", d=f"M{place(x)} {place(y)}{_SHAPES[number % len(_SHAPES)]}", class_=f"s{number % SERIES} dot"
    )


def sample(number: int | None) -> Element:
    """Return a short piece of the n-th curve with its shape, for a legend outside of a chart; None is grey."""
    paint = "rest" if number is None else f"s{number % SERIES}"
    stroke = element("path", d="M0 7L26 7", class_=f"curve {paint}")
    mark = None if number is None else shape(number, 13, 7)
    return element(
        "svg", stroke, mark, class_="chart sample", viewBox="0 0 26 14", width=26, height=14, aria_hidden="true"
    )
