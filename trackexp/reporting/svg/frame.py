"""What stands around a drawing: title, axes with ticks, legend; and the chart as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trackexp.reporting.formats import shorten
from trackexp.reporting.svg.markup import Element, Node, Raw, element, place, render
from trackexp.reporting.svg.scale import Scale
from trackexp.reporting.svg.shapes import shape
from trackexp.reporting.svg.style import standalone_rules

WIDTH, HEIGHT = 460, 290
TICK_ROOM = 58  # pixels along the axis that a label wants
_CHAR = 6.7  # pixels of a character at 12 px, on the safe side of the usual fonts
_ROW = 18  # of the legend
_SWATCH = 32
_LONGEST_NAME = 34  # characters in a legend
_EDGE = 12


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing from data.

    Args:
        title: What it shows; also its name for who hears the page.
        description: The same in words with its numbers, for who cannot see it.
        width: In pixels; pages scale it to the room there is.
        height: In pixels.
        content: What is drawn.
    """

    title: str
    description: str
    width: float
    height: float
    content: tuple[Node, ...]

    def inline(self) -> Element:
        """Return the chart as it stands in a page, which brings the colours."""
        return self._element()

    def to_svg(self) -> str:
        """Return the chart as the text of an SVG file, in light and in dark."""
        whole = self._element(element("style", Raw(standalone_rules())), xmlns="http://www.w3.org/2000/svg")
        return render(whole) + "\n"

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _element(self, *before: Node, **attributes: str) -> Element:
        return element(
            "svg",
            element("title", self.title),
            element("desc", self.description),
            before,
            self.content,
            **attributes,
            class_="chart",
            role="img",
            viewBox=f"0 0 {place(self.width)} {place(self.height)}",
            width=self.width,
            height=self.height,
        )


@dataclass(frozen=True, slots=True)
class Box:
    """Where the data are drawn, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend.

    Args:
        name: Its text.
        class_: The class that paints the sample.
        shape: `"line"`, `"dot"` or `"area"`.
        number: Of the colour whose shape the line bears; None for a line without.
    """

    name: str
    class_: str
    shape: str = "line"
    number: int | None = None


def text_width(text: str) -> float:
    """Return about how many pixels a text takes at 12 px; wide characters of East Asia count twice.

    >>> text_width("val/loss") < text_width("validation/loss")
    True
    """
    return sum(_CHAR * (1.8 if ord(char) > 0x2E7F else 1) for char in text)


def label(text: str, x: float, y: float, class_: str | None = None, *, most: int = 200) -> Element:
    """Return a text at a place; where it is cut, the whole is its tooltip."""
    short = shorten(text, most, keep_end=True)
    return element("text", short, element("title", text) if short != text else None, x=x, y=y, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Element:
    """Return a straight line."""
    return element("path", d=f"M{place(x1)} {place(y1)}L{place(x2)} {place(y2)}", class_=class_)


def rectangle(x: float, y: float, width: float, height: float, class_: str, *inside: Node) -> Element:
    """Return a rectangle that may hold a tooltip."""
    return element("rect", inside, x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), class_=class_)


def heading(title: str, width: float) -> Iterator[Element]:
    """Yield the title's text."""
    most = int((width - _EDGE) / (_CHAR * 1.15))
    yield label(title, 0.0, 13.0, "title", most=max(most, 8))


def box_for(y_labels: Sequence[str], keys: Sequence[Key], size: tuple[float, float], labels: tuple[str, str]) -> Box:
    """Return where there is room for the data.

    Args:
        y_labels: The tick labels left of it.
        keys: The legend below it.
        size: Width and height of the chart.
        labels: Names of the two axes; "" for none.
    """
    left = max((text_width(text) for text in y_labels), default=0.0) + 10
    top = 24 + (20 if labels[1] else 6)
    below = 20 + (17 if labels[0] else 0) + legend_height(keys, size[0])
    return Box(max(left, 26.0), float(top), size[0] - _EDGE, size[1] - below)


def axes(box: Box, x: Scale, y: Scale, labels: tuple[str, str]) -> Iterator[Element]:
    """Yield the grid of the vertical axis, both tick rows, and the names of the axes."""
    for value, text in y.ticks:
        height = y.at(value)
        yield line(box.left, height, box.right, height, "grid")
        yield label(text, box.left - 6, height + 4, "end")
    yield line(box.left, box.bottom, box.right, box.bottom, "axis")
    for value, text in x.ticks:
        across = x.at(value)
        yield line(across, box.bottom, across, box.bottom + 4, "axis")
        half = text_width(text) / 2
        end = across + half > box.right + _EDGE
        yield label(text, box.right + _EDGE if end else across, box.bottom + 17, "end" if end else "mid")
    if labels[1]:
        yield label(labels[1], 0.0, 33.0)
    if labels[0]:
        yield label(labels[0], (box.left + box.right) / 2, box.bottom + 34, "mid")


def legend_height(keys: Sequence[Key], width: float) -> float:
    """Return how high the legend is."""
    rows = max((row for row, _, _ in _placed(keys, width)), default=-1) + 1
    return rows * _ROW + (8 if rows else 0)


def legend(keys: Sequence[Key], width: float, height: float) -> Iterator[Element]:
    """Yield the legend at the bottom of a chart, in as many rows as it takes."""
    top = height - legend_height(keys, width) + _ROW / 2 + 4
    for row, left, key in _placed(keys, width):
        middle = top + row * _ROW
        if key.shape == "line":
            yield line(left, middle, left + 26, middle, f"curve {key.class_}")
            if key.number is not None:
                yield shape(key.number, left + 13, middle)
        elif key.shape == "dot":
            yield element("circle", cx=left + 10, cy=middle, r=4.5, class_=key.class_)
        else:
            yield rectangle(left, middle - 5, 18, 10, key.class_)
        yield label(key.name, left + _SWATCH, middle + 4, "strong", most=_LONGEST_NAME)


def _placed(keys: Sequence[Key], width: float) -> Iterator[tuple[int, float, Key]]:
    """Yield row and left edge of each entry."""
    row, left = 0, 2.0
    for key in keys:
        wide = _SWATCH + text_width(shorten(key.name, _LONGEST_NAME, keep_end=True)) + 12
        if left > 2 and left + wide > width:
            row, left = row + 1, 2.0
        yield row, left, key
        left += wide
