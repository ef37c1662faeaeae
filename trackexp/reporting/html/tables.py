"""Tables that sort by a click and stay whole without a script."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trackexp.reporting.formats import number
from trackexp.reporting.svg.markup import Content, Element, Value, element

_FILTER_FROM = 12  # rows: fewer are seen at one glance


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Args:
        title: Its heading.
        numeric: Whether its cells are numbers: to the right, digits below digits.
        order: `"ascending"` or `"descending"` where the rows come sorted by it.
        sortable: Whether a click on its heading sorts.
    """

    title: str
    numeric: bool = False
    order: str = "none"
    sortable: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, and by what it is sorted.

    Args:
        content: Text or elements.
        value: The number behind it; NaN and None come last, whichever way the rows are sorted.
        by_value: Whether `value` sorts; otherwise the text does.
        class_: Of the cell.
    """

    content: Content
    value: float | None = None
    by_value: bool = False
    class_: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Cells, and what sets the row apart: the class `"best"` or `"out"`."""

    cells: Sequence[Cell | str]
    class_: str = ""


def figure(value: float | None, text: str | None = None, class_: str = "") -> Cell:
    """Return a cell of a number, by default with four significant digits; "–" for none.

    >>> figure(0.031234).content, figure(None).content
    ('0.03123', '–')
    """
    known = value is not None and not math.isnan(value)
    return Cell(text or (number(value) if known else "–"), value if known else None, True, class_)


def table(
    caption: str,
    columns: Sequence[Column | str],
    rows: Sequence[Row | Sequence[Cell | str]],
    *,
    hide_caption: bool = False,
    filter_by: str = "Filter rows",
) -> Element:
    """Return a table that scrolls sideways where it is too wide; the first cell of each row heads it.

    Args:
        caption: What it shows.
        columns: From the left.
        rows: From the top; with more than twelve there is a field that filters them.
        hide_caption: Whether only who hears the page needs the caption.
        filter_by: Name of that field.
    """
    titled = [column if isinstance(column, Column) else Column(column) for column in columns]
    sorts = len(rows) > 1
    heads = [
        element(
            "th",
            column.title,
            scope="col",
            class_="num" if column.numeric else None,
            aria_sort=column.order if column.sortable and sorts else None,
        )
        for column in titled
    ]
    filtered = len(rows) > _FILTER_FROM
    whole = element(
        "table",
        element("caption", caption, class_="hidden" if hide_caption else None),
        element("thead", element("tr", heads)),
        element("tbody", (_row(row if isinstance(row, Row) else Row(row), titled) for row in rows)),
        class_=" ".join(filter(None, ("sortable" if sorts else "", "filtered" if filtered else ""))) or None,
        data_filter=filter_by if filtered else None,
    )
    return element("div", whole, class_="scroll", role="region", aria_label=caption, tabindex=0)


def _row(row: Row, columns: Sequence[Column]) -> Element:
    return element("tr", _cells(row, columns), class_=row.class_ or None)


def _cells(row: Row, columns: Sequence[Column]) -> Iterator[Element]:
    for place, (cell, column) in enumerate(zip(row.cells, columns, strict=True)):
        one = Cell(cell) if isinstance(cell, str) else cell
        named: dict[str, Value] = {
            "class_": " ".join(filter(None, ("num" if column.numeric else "", one.class_))) or None
        }
        if one.by_value:
            named["data_value"] = "" if one.value is None else repr(float(one.value)).replace("inf", "Infinity")
        if place == 0:
            yield element("th", one.content, scope="row", **named)
        else:
            yield element("td", one.content, **named)
