from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackexp.reporting.html import Cell, Column, Row, figure, table
from trackexp.reporting.svg.markup import render

Parse = Callable[[str], Any]


def test_headings_and_rows_say_what_they_head(parsed: Parse):
    """A caption, a scope for each heading, and a region that a keyboard can scroll."""
    seen = parsed(render(table("Runs", ["run", Column("val/loss", numeric=True)], [["a", figure(1.0)]])))

    assert ["col", "col", "row"] == [head["scope"] for head in seen.all("th")]
    assert [("region", "Runs", "0")] == [(d["role"], d["aria-label"], d["tabindex"]) for d in seen.all("div")]
    assert 1 == len(seen.all("caption"))


def test_only_what_can_be_sorted_says_so(parsed: Parse):
    """A column of pictures has no order; the one by which rows come is told."""
    columns = ["run", Column("loss", True, "descending"), Column("curve", sortable=False)]
    seen = parsed(render(table("t", columns, [["a", figure(2.0), ""], ["b", figure(1.0), ""]])))

    assert ["none", "descending", None] == [head.get("aria-sort") for head in seen.all("th")[:3]]


def test_a_single_row_is_not_sortable(parsed: Parse):
    """There is nothing to sort."""
    seen = parsed(render(table("t", ["run"], [["a"]])))

    assert not any("aria-sort" in head for head in seen.all("th"))


def test_numbers_are_sorted_by_what_they_are_not_by_how_they_look(parsed: Parse):
    """1.5e-09 comes before 0.2, and none comes last."""
    cells = [figure(1.5e-9), figure(0.2), figure(None), figure(float("nan")), figure(3.0, "3 s"), figure(float("-inf"))]
    seen = parsed(render(table("t", ["run", Column("x", True)], [Row(["a", cell], "best") for cell in cells])))

    assert ["1.5e-09", "0.2", "", "", "3.0", "-Infinity"] == [cell["data-value"] for cell in seen.all("td")]
    assert ["best"] * 6 == [row.get("class") for row in seen.all("tr")[1:]]


def test_long_tables_can_be_filtered(parsed: Parse):
    """From the thirteenth row on."""
    few, many = (parsed(render(table("t", ["run"], [[Cell(str(i))] for i in range(n)]))) for n in (12, 13))

    assert (None, "Filter rows") == (few.all("table")[0].get("data-filter"), many.all("table")[0].get("data-filter"))
