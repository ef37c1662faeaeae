"""Confusion matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError
from trackexp.reporting.formats import number, plural, shorten
from trackexp.reporting.svg.frame import (
    WIDTH,
    Box,
    Chart,
    heading,
    label,
    line,
    text_width,
)
from trackexp.reporting.svg.markup import Element, element

_MOST_CLASSES = 50
_KEPT = 40  # of more classes than that, those with the most confusions; the others are one
_LONGEST_NAME = 18
_MOST_TOLD = 10  # confusions in the description
_SHADE = "shade: square root of the share of the row"
_LEAST_CELL, _LARGEST_CELL = 15.0, 64.0


def confusion_matrix(
    counts: ArrayLike, class_names: Sequence[str], *, title: str = "Confusion matrix", width: float = WIDTH
) -> Chart:
    """Draw rows by true class and columns by predicted class; shades are shares of the row, square roots of them.

    Args:
        counts: Rows of data `(n_classes, n_classes)`; of more than fifty classes the most confused, the others as one.
        class_names: One a class.
        title: Above the chart.
        width: In pixels; more where the classes need it.

    Raises:
        UsageError: Counts that are no square, or names of another number.
    """
    numbers = np.asarray(counts, dtype=np.float64)
    if numbers.ndim != 2 or numbers.shape[0] != numbers.shape[1] or len(class_names) != len(numbers):
        raise UsageError(
            f"counts has the shape {numbers.shape} for {plural(len(class_names), 'class name')}: "
            "expected a square with one row and one column for each name."
        )
    description = _description(numbers, class_names)
    numbers, names = _condensed(numbers, list(class_names))
    box, cell = _room(names, width)
    wide = max(box.right + 4, width)
    content = [*heading(title, wide), *_names(names, box, cell)]
    content += [part for row in range(len(names)) for part in _row(numbers[row], row, names, box, cell)]
    content += _rules(len(names), box, cell)
    return Chart(title, description, wide, box.bottom + 26, tuple(content))


def _condensed(numbers: NDArray[np.float64], names: list[str]) -> tuple[NDArray[np.float64], list[str]]:
    """Return the classes that are most confused, in their order, and one more for all others."""
    if len(names) <= _MOST_CLASSES:
        return numbers, names
    errors = numbers.sum(axis=0) + numbers.sum(axis=1) - 2 * np.diag(numbers)
    kept = np.sort(np.argsort(-errors, kind="stable")[:_KEPT])
    place = np.full(len(names), _KEPT)
    place[kept] = np.arange(_KEPT)
    by_row = np.zeros((_KEPT + 1, len(names)))
    np.add.at(by_row, place, numbers)
    small = np.zeros((_KEPT + 1, _KEPT + 1))
    np.add.at(small.T, place, by_row.T)
    return small, [*(names[i] for i in kept), f"{len(names) - _KEPT} others"]


def _room(names: Sequence[str], width: float) -> tuple[Box, float]:
    longest = max((text_width(shorten(name, _LONGEST_NAME, keep_end=True)) for name in names), default=0.0)
    left, top = longest + 24, 26 + longest + 22
    cell = min(max((width - left - 4) / max(len(names), 1), _LEAST_CELL), _LARGEST_CELL)
    return Box(left, top, left + cell * len(names), top + cell * len(names)), cell


def _names(names: Sequence[str], box: Box, cell: float) -> Iterator[Element]:
    yield label("predicted →", box.left, 30.0, "small")
    yield label("true ↓", 0.0, box.top - 4, "small")
    for place, name in enumerate(names):
        middle = (place + 0.5) * cell
        yield label(name, box.left - 6, box.top + middle + 4, "end strong", most=_LONGEST_NAME)
        across = box.left + middle + 4
        text = shorten(name, _LONGEST_NAME, keep_end=True)
        turn = f"rotate(-90 {across:.1f} {box.top - 6:.1f})"
        yield element("text", text, x=across, y=box.top - 6, transform=turn, class_="strong")


def _row(counts: NDArray[np.float64], row: int, names: Sequence[str], box: Box, cell: float) -> Iterator[Element]:
    total = counts.sum() or 1.0
    top = box.top + row * cell
    for column in np.flatnonzero(counts).tolist():
        count, left = float(counts[column]), box.left + column * cell
        share = count / total
        tip = element("title", f"{names[row]} taken for {names[column]}: {number(count)} ({share:.1%})")
        yield element(
            "rect",
            tip,
            x=left,
            y=top,
            width=cell,
            height=cell,
            class_="heat" if row == column else "miss",
            fill_opacity=f"{max(share**0.5, 0.06):.2f}",
        )
        text = number(count) if count < 1e4 else f"{count / 1e3:.0f}k"
        size = min(12.0, cell * 0.62, cell / max(len(text), 1) * 1.55)
        yield element(
            "text", text, x=left + cell / 2, y=top + cell / 2 + size * 0.36, class_="mid strong", font_size=size
        )


def _rules(count: int, box: Box, cell: float) -> Iterator[Element]:
    for place in range(count + 1):
        yield line(box.left + place * cell, box.top, box.left + place * cell, box.bottom, "grid")
        yield line(box.left, box.top + place * cell, box.right, box.top + place * cell, "grid")
    yield label(_SHADE, 0.0, box.bottom + 18, "small")


def _description(numbers: NDArray[np.float64], names: Sequence[str]) -> str:
    total, right = numbers.sum(), np.diag(numbers).sum()
    said = ["One class." if len(names) == 1 else f"{len(names)} classes."]
    if total:
        said.append(f"{number(right)} of {number(total)} rows are right.")
    wrong = numbers.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_TOLD]
    for row, column in zip(*np.unravel_index(order, wrong.shape), strict=True):
        if wrong[row, column]:
            said.append(f"{names[row]} taken for {names[column]}: {number(float(wrong[row, column]))}.")
    return " ".join(said)
