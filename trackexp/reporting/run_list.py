"""Many runs as a table, a line of CSV or JSON each, without rich: a listing is over before that is imported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from trackexp.record import RunRecord, canonical_name, direction_of, dotted
from trackexp.record.query import flattened, getter
from trackexp.reporting.formats import duration, number, printable, shorten, value_text
from trackexp.reporting.run_data import damage_to_list

ALWAYS = ("id", "name", "state", "started_at", "runtime")
_METRICS = 3  # columns of metrics where nobody chose
_SETTINGS = 3  # columns of settings, likewise
_LOOKED_AT = 100  # runs by which the settings are chosen
_WIDEST, _NARROWEST = 40, 6  # characters of a column on a terminal
_GAP = 2
_FAMILIES = {"val": 0, "test": 1, "train": 2}
_QUIET = ("batch/", "probe/", "_")
_COLOURS = {"finished": "32", "running": "36", "unknown": "2"}
_OTHER_STATE = "1;33"


def default_columns(records: Sequence[RunRecord]) -> list[str]:
    """Return what to show of these runs: names, state, times, the metrics that most have, the settings that differ."""
    metrics: Counter[str] = Counter()
    for record in records:
        names = {canonical_name(key) for key, value in record.summary.items() if _is_number(flattened(value, key))}
        metrics.update(name for name in names if "/" in name and not name.startswith(_QUIET) and direction_of(name))
    ranked = sorted(metrics, key=lambda name: (-metrics[name], _FAMILIES.get(name.partition("/")[0], 3), name))
    named = any(record.title != record.id for record in records)
    always = [column for column in ALWAYS if named or column != "name"]
    return [*always, *ranked[:_METRICS], *_differing_settings(records[:_LOOKED_AT])]


def _differing_settings(records: Iterable[RunRecord]) -> list[str]:
    """Return the columns of the first settings, lists aside, that tell these runs apart."""
    values: dict[str, set[Any]] = {}
    for record in records:
        for key, value in dotted(record.settings).items():
            if value is None or isinstance(value, bool | int | float | str):
                values.setdefault(key, set()).add(value)
    telling = [key for key, found in values.items() if len(found) > 1]
    return [f"config.{key}" for key in telling[:_SETTINGS]]


def row_of(record: RunRecord, columns: Sequence[str]) -> list[Any]:
    """Return the values of a run; None where it has none.

    Raises:
        FilterError: A column that no run has.
    """
    return [getter(column)(record) for column in columns]


def cell_text(column: str, value: Any) -> str:
    """Return a value as people read it in a table; "–" for none.

    >>> cell_text("runtime", 75), cell_text("val/loss", 0.123456), cell_text("started_at", "2026-01-02T03:04:05Z")
    ('1 min 15 s', '0.1235', '2026-01-02 03:04')
    """
    if value is None:
        return "–"
    if column == "runtime":
        return duration(value)
    if column == "started_at":
        return str(value)[:16].replace("T", " ")
    if _is_number(value) and not column.startswith("config."):
        return number(value)
    if isinstance(value, list):
        return ", ".join(printable(item) for item in value)
    return value_text(value)


def run_to_row(record: RunRecord) -> dict[str, Any]:
    """Return what a listing knows of a run as JSON-ready data; `damage` is there only where there is some."""
    names = ("id", "name", "project", "entity", "group", "job_type", "tags", "notes", "state", "exit_code")
    data = {name: getattr(record, name) for name in names}
    data |= {"started_at": record.started_at, "runtime": record.runtime, "path": record.path}
    data |= {"config": record.settings, "summary": record.summary}
    return data | ({"damage": damage_to_list(record.damage)} if record.damage else {})


class TextTable:
    """A table that is written row by row; its columns are as wide as the first rows need.

    Args:
        columns: The names above them.
        width: Columns of the terminal; None: as wide as it gets.
        colour: Whether states are coloured.
    """

    def __init__(self, columns: Sequence[str], *, width: int | None, colour: bool) -> None:
        self._columns = list(columns)
        self._limit = width
        self._colour = colour
        self._widths: list[int] = []
        self._right: list[bool] = []

    def begin(self, rows: Sequence[Sequence[Any]]) -> tuple[str, int]:
        """Return the line of headings, fitted to these rows, and how many columns did not fit."""
        texts = [self._texts(row) for row in rows]
        self._widths = [max(map(len, column)) for column in zip(self._columns, *texts, strict=True)]
        self._right = [
            column == "runtime" or any(_is_number(row[place]) for row in rows)
            for place, column in enumerate(self._columns)
        ]
        left_out = self._fit(self._limit) if self._limit is not None else 0
        return self._joined([column[: self._widths[n]] for n, column in enumerate(self._shown)]), left_out

    def line(self, row: Sequence[Any]) -> str:
        """Return a row as a line, without blanks at its end."""
        texts = self._texts(row)[: len(self._widths)]
        if self._limit is not None:
            texts = [shorten(text, width) for text, width in zip(texts, self._widths, strict=True)]
        return self._joined(texts)

    @property
    def _shown(self) -> list[str]:
        return self._columns[: len(self._widths)]

    def _texts(self, row: Sequence[Any]) -> list[str]:
        return [cell_text(column, value) for column, value in zip(self._columns, row, strict=True)]

    def _fit(self, limit: int) -> int:
        """Narrow the widest columns, then leave out the last ones, until a line fits; return how many are left out."""
        self._widths = [min(width, _WIDEST) for width in self._widths]
        texts = [n for n, right in enumerate(self._right) if not right and self._shown[n] not in ("id", "state")]
        while self._length() > limit and texts and max(self._widths[n] for n in texts) > _NARROWEST:
            self._widths[max(texts, key=lambda n: self._widths[n])] -= 1
        before = len(self._widths)
        while len(self._widths) > 1 and self._length() > limit:
            self._widths.pop()
        return before - len(self._widths)

    def _length(self) -> int:
        return sum(self._widths) + _GAP * (len(self._widths) - 1)

    def _joined(self, texts: Sequence[str]) -> str:
        cells = []
        for text, width, right, column in zip(texts, self._widths, self._right, self._shown, strict=False):
            cell = text.rjust(width) if right else text.ljust(width)
            if self._colour and column == "state" and text != column:
                cell = f"\x1b[{_COLOURS.get(text, _OTHER_STATE)}m{cell}\x1b[0m"
            cells.append(cell)
        return (" " * _GAP).join(cells).rstrip()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
