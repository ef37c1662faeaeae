"""The metrics of every batch: one table of a run's files, a plain `.npy` with a named column a metric.

W&B's own history would hold them too, but one `run.log` a batch costs a training of short steps half of its speed. The
table is a structured array, so `numpy.load(path)["batch/loss"]` reads a column without trackexp. Columns: `batch/step`
(int64, counted over the whole run), `epoch` (int64, the run's), then one float64 column a metric; NaN where a batch had
none. It grows in place: its rows are counted by the size of the file, because the header is patched after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from trackexp.record import Damage, History, RunRecord, Series

# A resumed run must not overwrite the table that its first session has sent.
FIRST, LATER = "batch-history.npy", "batch-history-from-{step}.npy"
STEP, EPOCH = "batch/step", "epoch"
_NAME = re.compile(r"batch-history(?:-from-\d+)?\.npy")


def is_batch_file(name: str) -> bool:
    """Return whether a file of a run is such a table."""
    return _NAME.fullmatch(name) is not None


def read_batches(path: Path) -> tuple[NDArray[np.void], Damage | None]:
    """Return the rows of one table, by rising step, and what of it could not be read.

    Raises:
        OSError: The file cannot be opened.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        try:
            version = npy.read_magic(file)
            read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            _, _, dtype = read_header(file)
        except (ValueError, EOFError):
            return _no_rows(), Damage(0, size, "malformed", path)
        begin = file.tell()
        if dtype.names is None or dtype.hasobject or STEP not in dtype.names:
            return _no_rows(), Damage(0, size, "malformed", path)
        whole, rest = divmod(size - begin, dtype.itemsize)
        rows = np.fromfile(file, dtype, count=whole)
    damage = Damage(size - rest, rest, "truncated", path) if rest else None
    return rows[np.argsort(rows[STEP], kind="stable")], damage


def with_batch_files(record: RunRecord) -> RunRecord:
    """Return the record with every batch of the tables among its files."""
    tables = [file.path for file in record.files if file.path is not None and is_batch_file(file.name)]
    if not tables:
        return record
    whole, lost = with_batches(record.history, tables)
    return replace(record, history=whole, damage=(*record.damage, *lost))


def with_batches(history: History, paths: Iterable[Path]) -> tuple[History, tuple[Damage, ...]]:
    """Return the history with every batch of these tables in place of the means that the dashboard was given."""
    tables, damage = [], []
    for path in sorted(paths, key=lambda path: (len(path.name), path.name)):  # as they were begun
        try:
            rows, lost = read_batches(path)
        except OSError:
            continue
        tables.append(rows)
        damage += [lost] if lost else []
    tables = [rows for rows in tables if len(rows)]
    if not tables:
        return history, tuple(damage)
    names = dict.fromkeys(name for rows in tables for name in rows.dtype.names or () if name != EPOCH)
    return History({**history, **{name: _series(name, tables) for name in names}}), tuple(damage)


def _series(name: str, tables: list[NDArray[np.void]]) -> Series:
    """Join a column over the tables; where a resumed run repeats a step, the later session has it."""
    having = [rows for rows in tables if name in (rows.dtype.names or ())]
    steps = np.concatenate([rows[STEP] for rows in having]).astype(np.int64)
    values = np.concatenate([rows[name] for rows in having]).astype(np.float64)
    if len(having) > 1:
        _, last = np.unique(steps[::-1], return_index=True)
        keep = len(steps) - 1 - last
        steps, values = steps[keep], values[keep]
    return Series(name, steps, values)


def _no_rows() -> NDArray[np.void]:
    return np.empty(0, dtype=[(STEP, np.int64)])
