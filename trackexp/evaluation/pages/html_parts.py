"""Tables of a page: lines of numbers, data frames, and the money with the thresholds that matter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from trackexp.evaluation.pages.plots import profit_plot
from trackexp.reporting import number
from trackexp.reporting.html import Cell, Column, Content, Element, figure, figures, note, table

if TYPE_CHECKING:
    from trackexp.evaluation.profit import Profit
    from trackexp.stats import Interval

INTERVAL = "95 % interval"  # heading of a column of intervals
_MONEY = {"choice": "choice", "threshold": "threshold", "false_positives": "false positives",
          "false_negatives": "false negatives", "average_cost": "cost a unit", "saving_per_unit": "saving a unit",
          "total_saving": "total saving", "low": "from", "high": "to"}  # fmt: skip


def interval_text(interval: Interval | None) -> str:
    """Return an interval as text; nothing where there is none."""
    if interval is None or not math.isfinite(interval.low + interval.high):
        return ""
    return span(number(interval.low), number(interval.high))


def span(low: str, high: str) -> str:
    """Return two ends as text."""
    return f"{low} – {high}"


def sheet(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Element:
    """Return lines whose numbers are right-aligned and sort as numbers, and whose intervals stay on one line."""
    numeric = [bool(rows) and not isinstance(rows[0][place], str) for place in range(len(columns))]
    heads = [Column(name, is_number) for name, is_number in zip(columns, numeric, strict=True)]
    lines = [
        [
            Cell(value, class_="nowrap") if name == INTERVAL else _cell(value)
            for name, value in zip(columns, row, strict=True)
        ]
        for row in rows
    ]
    return table(caption, heads, lines, hide_caption=True)


def frame_table(caption: str, frame: pd.DataFrame) -> Element:
    """Return a data frame as a table."""
    numeric = [frame[name].dtype.kind in "fiu" for name in frame.columns]
    heads = [Column(str(name).replace("_", " "), kind) for name, kind in zip(frame.columns, numeric, strict=True)]
    rows = [[_cell(value) for value in line] for line in frame.itertuples(index=False, name=None)]
    return table(caption, heads, rows)


def money_content(profit: Profit) -> Content:
    """Return the profit curve with the thresholds that matter as a table."""
    lines = profit.table()
    shown = lines[[name for name in _MONEY if name in lines]].replace([np.inf, -np.inf], np.nan).rename(columns=_MONEY)
    what = "the total saving" if profit.business.units and profit.business.baseline is not None else (
        "the saving a unit" if profit.business.baseline is not None else "the cost a unit"
    )  # fmt: skip
    prevalence = f"{profit.prevalence:.3%} of the units are {profit.positive}"
    given = ", as in these rows" if profit.business.prevalence is None else ", as given for production"
    return [
        figures([profit_plot(profit)]),
        frame_table("Thresholds that matter", shown),
        note(f"From and to are the 95 % interval of {what}. {prevalence}{given}."),
        note("A threshold is chosen on validation rows, and its money reported on test rows."),
    ]


def _cell(value: Any) -> Cell | str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | np.bool_):
        return "" if value is None else "yes" if value else "no"
    if isinstance(value, int | float | np.number):
        return figure(float(value))
    return str(value)
