"""Runs as rows of the page's table: as `trackexp ls` shows them, with how far the running ones have come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from trackexp.record import RunRecord, canonical_name, direction_of, dotted, worst_first
from trackexp.record.query import flattened, getter, parse_filter
from trackexp.reporting.formats import json_ready, printable
from trackexp.reporting.run_list import default_columns
from trackexp.viewing.board import Board, Entry

SCHEMA = 1
_LONGEST = 500  # characters of a cell
_SYSTEM = {"cpu": "cpu", "memory": "memory_percent", "gpu": "gpu.0.gpu"}
_MOST_COLUMNS = 2_000
_EXACT = 1 << 53  # whole numbers up to here are numbers in a browser, too


class Table:
    """What one viewer sees of a board: which runs, and which columns of them.

    Args:
        board: Where the runs are from.
        condition: As for `trackexp ls --filter`; empty: all runs.
        columns: Names of columns; none: those that tell these runs apart.
        metric: One that the columns are to have among them.

    Raises:
        FilterError: The filter cannot be read, or a column is none that a run can have.
    """

    def __init__(self, board: Board, condition: str = "", columns: Sequence[str] = (), metric: str = "") -> None:
        self._board = board
        self._test: Callable[[RunRecord], bool] = parse_filter(condition) if condition.strip() else lambda _record: True
        self._chosen = list(dict.fromkeys(columns))
        self._metric = metric
        self.columns: list[str] = []
        self._getters: list[Callable[[RunRecord], Any]] = []
        self._shown: set[str] = set()
        for column in (*self._chosen, *filter(None, [metric])):
            getter(column)

    def since(self, version: int) -> dict[str, Any]:
        """Return the rows that came or changed after a version of the board, and the keys of those that went."""
        news = self._board.since(version)
        if version == 0:
            self._choose([entry.record for entry in news.changed])
            self._shown.clear()
        rows, removed = [], [key for key in news.removed if key in self._shown or version]
        for entry in news.changed:
            if self._test(entry.record):
                self._shown.add(entry.key)
                rows.append(self._row(entry))
            elif version:
                self._shown.discard(entry.key)
                removed.append(entry.key)
        return {
            "schema": SCHEMA,
            "version": news.version,
            "whole": version == 0,
            "columns": self.columns if version == 0 else None,
            "better": {name: direction_of(name) for name in self.columns} if version == 0 else None,
            "rows": rows,
            "removed": removed,
            "notices": notices_of(self._board),
        }

    def _choose(self, records: Sequence[RunRecord]) -> None:
        found = self._chosen or default_columns(records)
        if self._metric and self._metric not in found:
            found = [*found, self._metric]
        self.columns = list(found)
        self._getters = [getter(column) for column in self.columns]

    def _row(self, entry: Entry) -> list[Any]:
        """Return key, title, state, findings, progress and cells: a list, because 10,000 of them are sent at once."""
        record = entry.record
        findings = [[one.code, str(one.severity)] for one in worst_first(record.findings)[:9]]
        progress = {**entry.progress, **self._system(entry)} if entry.live is not None else None
        cells = [_cell(read(record)) for read in self._getters]
        return [entry.key, printable(record.title)[:_LONGEST], str(record.state), findings, progress, cells]

    def _system(self, entry: Entry) -> dict[str, float]:
        found = self._board.system(entry)
        return {name: found[key] for name, key in _SYSTEM.items() if key in found}


def notices_of(board: Board) -> list[str]:
    """Return what of the places cannot be seen, in sentences."""
    said = [f"{place} is not there yet; the page follows it as soon as it is" for place in board.folders.missing()]
    lost = board.unreadable
    if lost:
        more = f" and {len(lost) - 3:,} more" if len(lost) > 3 else ""
        said.append(f"no run can be read, yet or any more, in {', '.join(map(printable, lost[:3]))}{more}")
    return said


def column_names(records: Sequence[RunRecord]) -> list[str]:
    """Return what a column, an axis or a filter may name, for a choice; of very many runs, what a sample has."""
    config: dict[str, None] = {}
    metrics: dict[str, None] = {}
    for record in records[:: max(1, len(records) // 200)]:
        config.update(dict.fromkeys(f"config.{key}" for key in dotted(record.settings)))
        for key, value in record.summary.items():
            if isinstance(flattened(value, key), int | float) and not key.startswith("_"):
                name = canonical_name(key)
                metrics[name if "/" in name else f"summary.{key}"] = None
    fields = ("id", "name", "project", "group", "job_type", "tags", "notes", "state", "started_at", "runtime", "script")
    return [*fields, *sorted(metrics), *sorted(config)][:_MOST_COLUMNS]


def _cell(value: Any) -> Any:
    """Return a value that JSON and a page can take: texts cut, what is nested as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT else str(value)
    if isinstance(value, float):
        return json_ready(value)
    if isinstance(value, list):
        return ", ".join(printable(item) for item in value)[:_LONGEST]
    return printable(value if isinstance(value, str) else json_ready(value))[:_LONGEST]
