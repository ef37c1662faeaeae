"""A log into windows: of so many rows, or of a time; the whole where nothing is asked."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import numpy as np

from trackexp.errors import UsageError
from trackexp.monitoring.table import PredictionTable

_UNITS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)")
_MOST = 10_000


def split(table: PredictionTable, window: str | int | None) -> tuple[list[tuple[str, PredictionTable]], list[str]]:
    """Return the windows by name in the order of time, and what is to be said about them.

    Args:
        table: The log.
        window: Rows, or a time such as `"1d"`; None takes all as one.

    Raises:
        UsageError: It is neither, or the log has no times.

    >>> [name for name, _ in split(PredictionTable({"a": np.arange(5.0)}), 2)[0]]
    ['rows 1 to 2', 'rows 3 to 4', 'rows 5 to 5']
    """
    notes: list[str] = []
    if window is not None and len(table) == 0:
        return [], ["the log holds no rows"]
    if table.times is not None and len(table):
        back = int((np.diff(table.times) < 0).sum())
        if back:
            notes.append(f"the clock steps back {back} times in the log: its rows are put in the order of their times")
            order = np.argsort(table.times, kind="stable")
            counts = table.requests, table.refused, table.lost
            table = table.rows(order)
            object.__setattr__(table, "requests", counts[0])
            object.__setattr__(table, "refused", counts[1])
            object.__setattr__(table, "lost", counts[2])
    if window is None:
        return [("all", table)], notes
    if str(window).isdigit():
        size = int(window)
        if size < 1 or len(table) / size > _MOST:
            raise UsageError(f"--window {window} gives {len(table)} rows too many windows; expected more rows each.")
        starts = range(0, len(table), size)
        return [
            (f"rows {start + 1} to {min(start + size, len(table))}", table.rows(slice(start, start + size)))
            for start in starts
        ], notes
    return _by_time(table, str(window)), notes


def _by_time(table: PredictionTable, window: str) -> list[tuple[str, PredictionTable]]:
    form = _FORM.fullmatch(window.strip().lower())
    if form is None or float(form[1]) == 0:
        raise UsageError(f"--window {window!r} is no window; expected rows such as 1000, or a time such as 1d or 6h.")
    if table.times is None:
        raise UsageError("the log has no times to cut it by; expected a column `time`, or --window in rows.")
    size = float(form[1]) * _UNITS[form[2]]
    known = np.isfinite(table.times)
    cells = np.floor(np.where(known, table.times, 0) / size)
    numbers = np.unique(cells[known])
    if len(numbers) > _MOST:
        raise UsageError(f"--window {window} gives {len(numbers):,} windows; expected at most {_MOST:,}.")
    return [
        (datetime.fromtimestamp(number * size, UTC).strftime("%Y-%m-%d %H:%M"), table.rows(known & (cells == number)))
        for number in numbers.tolist()
    ]
