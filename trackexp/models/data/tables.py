"""`.csv` and `.parquet` with a column of answers, read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError, nearest
from trackexp.evaluation.arrays import as_array
from trackexp.models.data.csv_file import MOST_VALUES, csv_form, csv_pieces
from trackexp.models.data.source import Batch, DataOptions, scaled
from trackexp.optional import require

TARGETS = ("target", "label", "y", "y_true", "class")
_IDS = ("id", "row_id", "index")
_GROUPS = ("group",)
_NOT_FEATURES = ("part", "category")


@dataclass(eq=False)
class TableSource:
    """Rows of a table on the disk; every column but target, id and group is a feature."""

    path: Path
    options: DataOptions
    n: int | None = None
    class_names: tuple[str, ...] | None = None
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name = self.path.name
        columns, notes = read_columns(self.path, self.options)
        self.notes += notes
        self.target = _column(self.path, columns, self.options.target, TARGETS, "target")
        self.id = next((name for name in _IDS if name in columns), None)
        known = self.options.group or next((name for name in _GROUPS if name in columns), None)
        self.group = None if known is None else _column(self.path, columns, known, _GROUPS, "group")
        apart = {self.target, self.id, self.group, *_NOT_FEATURES}
        self.features = [name for name in columns if name not in apart]
        if not self.features:
            raise UsageError(f"{self.path} has only {', '.join(columns)}; expected columns of features beside them.")

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the rows in their order."""
        empty = True
        for frame in read_pieces(self.path, size, self.options):
            if not len(frame):
                continue
            empty = False
            yield Batch(
                scaled(frame[self.features], self.options.scale),
                self._targets(frame),
                None if self.id is None else frame[self.id].tolist(),
                None if self.group is None else frame[self.group].to_numpy(),
            )
        if empty:
            raise UsageError(f"{self.path} holds no rows.")

    def take(self, rows: NDArray[np.intp]) -> Any:
        """Return the features of some rows."""
        found: dict[int, list[Any]] = {}
        wanted = set(rows.tolist())
        start = 0
        for frame in read_pieces(self.path, 50_000, self.options):
            inside = [row for row in wanted if start <= row < start + len(frame)]
            found.update({row: frame[self.features].iloc[row - start].tolist() for row in inside})
            start += len(frame)
        return [found[row] for row in rows.tolist()]

    def _targets(self, frame: pd.DataFrame) -> NDArray[Any]:
        missing = np.flatnonzero(frame[self.target].isna())
        if missing.size:
            row = frame.index[missing[0]]
            raise UsageError(f"{self.path} has no {self.target} in row {row} and {missing.size - 1} more.")
        return as_array(frame[self.target], self.target)


def read_columns(path: Path, options: DataOptions) -> tuple[list[str], list[str]]:
    """Return the names of a table's columns, and how it is written where that is not plain."""
    if path.suffix == ".parquet":
        return [str(name) for name in _parquet(path).schema_arrow.names], []
    form = csv_form(path, options.encoding)
    return list(form.columns), list(form.notes)


def read_pieces(path: Path, size: int, options: DataOptions) -> Iterator[pd.DataFrame]:
    """Yield a table piece by piece, its rows numbered through."""
    if path.suffix != ".parquet":
        texts = [name for name in (options.target, options.group) if name]
        yield from csv_pieces(path, csv_form(path, options.encoding), size, texts)
        return
    file, start = _parquet(path), 0
    size = max(1, min(size, MOST_VALUES // max(file.metadata.num_columns, 1)))
    for piece in file.iter_batches(batch_size=size):
        frame = piece.to_pandas()
        frame.index = pd.RangeIndex(start, start + len(frame))
        start += len(frame)
        yield frame


def table_bytes(path: Path) -> int:
    """Return how much memory a table takes, about: of a `.parquet` file by its rows, since it may be packed tightly."""
    if path.suffix != ".parquet":
        return path.stat().st_size
    metadata = _parquet(path).metadata
    return int(metadata.num_rows) * int(metadata.num_columns) * 8


def _parquet(path: Path) -> Any:
    pyarrow = require("pyarrow.parquet", extra="parquet")
    try:
        return pyarrow.ParquetFile(path)
    except (ValueError, OSError) as error:
        raise UsageError(f"{path} cannot be read as a table: {error}") from error


def _column(path: Path, columns: list[str], asked: str | None, usual: tuple[str, ...], what: str) -> str:
    wanted = (asked,) if asked else usual
    found = next((name for name in wanted if name in columns), None)
    if found is None:
        near = nearest(asked, columns) if asked else ""
        raise UsageError(
            f"{path} has no column {' or '.join(wanted)}{near}; there are {', '.join(columns[:20])}. "
            f"Name it with --{what} COLUMN."
        )
    return found
