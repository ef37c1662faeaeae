"""Rows that W&B's own process could no longer take: in a file of ours beside the run's, read as the run's.

One line a row that was sent, `{"step": 7, "items": {"loss": "0.5"}}`, the values as JSON texts; lines of one step are
one row. The last rows before the process ended are in it too, since nobody knows which of them it had written: of those
the run's own file counts.
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from trackexp.reading.places import LATER_ROWS
from trackexp.reading.wandb_file.columns import MOST_NAMES, numbers_in
from trackexp.record import Damage, History, RunRecord, Series

_LONGEST_LINE = 1 << 24  # bytes
_MOST_LINES = 10_000_000


def with_later_rows(record: RunRecord) -> RunRecord:
    """Return the record with the rows of the file beside it, where there is one."""
    path = None if record.path is None else record.path.parent / LATER_ROWS
    if path is None or not path.is_file():
        return record
    last = max((int(series.steps[-1]) for series in record.history.values() if len(series)), default=-1)
    columns, lost = _columns(path, last)
    series = dict(record.history)
    for name, points in columns.items():
        if name in series or len(series) < MOST_NAMES:
            series[name] = _extended(series.get(name), name, points)
    damage = (Damage(lost, path.stat().st_size - lost, "malformed", path),) if lost is not None else ()
    return replace(record, history=History(series), damage=(*record.damage, *damage))


def _columns(path: Path, last: int) -> tuple[dict[str, dict[int, float]], int | None]:
    """Return the numbers by name and step, of steps behind the last one known, and where the first bad line begins."""
    columns: dict[str, dict[int, float]] = {}
    lost: int | None = None
    place = 0
    with path.open("rb") as file:
        for line in islice(iter(lambda: file.readline(_LONGEST_LINE), b""), _MOST_LINES):
            try:
                row = json.loads(line)
                step = int(row["step"])
                numbers = [numbers_in(str(key), str(text).encode()) for key, text in row["items"].items()]
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
                lost = place if lost is None else lost
            else:
                if last < step < 1 << 62:
                    for name, value in ((name, value) for found in numbers for name, value in found.items()):
                        columns.setdefault(name, {})[step] = value
            place += len(line)
    return columns, lost


def _extended(known: Series | None, name: str, points: dict[int, float]) -> Series:
    steps = sorted(points)
    later = np.array(steps, np.int64), np.array([points[step] for step in steps], np.float64)
    if known is None:
        return Series(name, *later)
    return Series(name, np.concatenate([known.steps, later[0]]), np.concatenate([known.values, later[1]]))
