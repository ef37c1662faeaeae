"""A partition: which part, and which fold, every row of a table is in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError, nearest
from trackexp.partitioning.hashed import assign_by_hash, key_numbers, sql_of
from trackexp.partitioning.report import PartitionReport, report_on
from trackexp.partitioning.storage import save_partition
from trackexp.partitioning.table import Table, read_table
from trackexp.partitioning.timed import left_out_by_gap, left_out_by_group
from trackexp.partitioning.units import group_codes

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Partition:
    """Which part, and which fold, every row is in; made by `partition`.

    Args:
        names: The parts.
        codes: The part of each row, as its place in `names`; −1 where a row was left out `(n,)`.
        fold: The fold that validates each row; −1 where none does, None without folds `(n,)`.
        rules: What it was made by: shares, columns, seed.
        table: The rows.
        left_out: How many rows were left out, by the reason.
    """

    names: tuple[str, ...]
    codes: Rows
    fold: Rows | None
    rules: Mapping[str, Any]
    table: Table
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, part: str) -> Rows:
        """Return the positions of a part's rows, ascending `(n_part,)`."""
        if part not in self.names:
            raise UsageError(f"no part {part!r}{nearest(part, self.names)}; there are: {', '.join(self.names)}.")
        return np.flatnonzero(self.codes == self.names.index(part))

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {size:,}" for name, size in self.sizes.items())
        folds = "" if self.fold is None else f"; {self.rules['folds']} folds"
        out = int((self.codes < 0).sum()) if self.names else 0
        return f"<Partition of {len(self):,} rows: {sizes}{folds}{f'; {out:,} left out' if out else ''}>"

    @property
    def sizes(self) -> dict[str, int]:
        """How many rows each part has."""
        counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.names))
        return dict(zip(self.names, counts.tolist(), strict=True))

    @property
    def column(self) -> NDArray[np.object_]:
        """The part of each row by name, in the frame's order; "" where it was left out `(n,)`."""
        return np.array([*self.names, ""], dtype=object)[self.codes]

    def folds(self) -> list[tuple[Rows, Rows]]:
        """Return the positions of training and validation rows of every fold: a scikit-learn `cv=`.

        Raises:
            UsageError: The partition has no folds.
        """
        if self.fold is None:
            raise UsageError("the partition has no folds; ask for them: partition(…, folds=5).")
        return [(self._trained_on(number), np.flatnonzero(self.fold == number)) for number in range(self.n_folds)]

    @property
    def n_folds(self) -> int:
        """How many folds there are; 0 without."""
        return 0 if self.fold is None else int(self.rules["folds"])

    def apply(self, frame: Any) -> Any:
        """Return the frame with the fields `part` and, with folds, `fold` added; the frame itself is not changed.

        Raises:
            UsageError: It has another number of rows.
        """
        added: dict[str, NDArray[Any]] = {"part": self.column}
        if self.fold is not None:
            added["fold"] = self.fold
        return _with_columns(frame, added, len(self))

    def assign(self, batch: Any) -> Any:
        """Return a batch of rows with the field `part` added, for chunks of a table too large to hold.

        By hash any row has its part, whether it was seen before or not; else the row's id (or group) must be known.

        Raises:
            UsageError: There is neither an id nor a group column, or a key is not known.
        """
        key = self._key_column()
        keys = np.asarray(batch[key])
        if self.rules["by"] == "hash":
            codes = assign_by_hash(keys, self.rules["parts"], str(self.rules["seed"]))
        else:
            known = pd.Series(self.codes, index=pd.Index(self._keys().astype(str)))
            known = known[~known.index.duplicated()]
            found = known.reindex(keys.astype(str))
            if found.isna().any():
                unknown = keys[np.asarray(found.isna())][:3].tolist()
                raise UsageError(f"{key} {unknown} are not in the partition; by='hash' gives a part to any key.")
            codes = found.to_numpy(dtype=np.int64)
        return _with_columns(batch, {"part": np.array([*self.names, ""], dtype=object)[codes]}, len(keys))

    def sql(self, dialect: str = "duckdb") -> str:
        """Return the SQL expression that gives a row's part.

        Args:
            dialect: `"duckdb"`, `"postgres"`, `"spark"` or `"bigquery"`.

        Raises:
            UsageError: The parts are not by hash of a column: only those are a function of a row's key.
        """
        if self.rules["by"] != "hash":
            raise UsageError(f"by={self.rules['by']!r} depends on all rows; only by='hash' is an expression in SQL.")
        return sql_of(self._key_column(), self.rules["parts"], str(self.rules["seed"]), dialect)

    @cached_property
    def digest(self) -> str:
        """What names this partition: 16 hexadecimal digits over rules, parts and folds."""
        order = np.argsort(key_numbers(self.table.id, "")) if self.table.id is not None else slice(None)
        said = hashlib.sha256(json.dumps(dict(self.rules), sort_keys=True, default=str).encode())
        for codes in (self.codes, self.fold):
            said.update(b"-" if codes is None else codes[order].astype("<i8").tobytes())
        return said.hexdigest()[:16]

    def report(self) -> PartitionReport:
        """Return what proves the partition, or speaks against it: tables and findings."""
        return report_on(self)

    def save(self, path: str | Path) -> Path:
        """Write the partition as `.csv` or `.parquet`, one line a row, with its rules in a `.json` beside it."""
        return save_partition(self, Path(path))

    def facts(self) -> dict[str, Any]:
        """Return what a run records of it, JSON-ready."""
        return {
            "digest": self.digest,
            "rules": {key: value for key, value in self.rules.items() if value is not None},
            "rows": self.sizes,
            "left_out": dict(self.left_out),
        }

    def _trained_on(self, number: int) -> Rows:
        assert self.fold is not None
        if self.table.time is None:
            return np.flatnonzero((self.fold >= 0) & (self.fold != number))
        blocks = np.where(self.fold == number, 1, np.where(self._walked() & (self.fold < number), 0, -1))
        rows = np.flatnonzero(blocks >= 0)
        out = left_out_by_gap(self.table.time[rows], blocks[rows], float(self.rules["gap_size"]))
        group = group_codes(self.table)
        if group is not None:
            out |= left_out_by_group(group[rows], blocks[rows])
        return np.asarray(rows[(blocks[rows] == 0) & ~out])

    def _walked(self) -> NDArray[np.bool_]:
        """Return which rows the folds are made of, those before the first validated block included."""
        kept = np.array([name not in HELD_OUT for name in self.names] + [False])
        return kept[self.codes] if self.names else np.ones(len(self), dtype=bool)

    def _key_column(self) -> str:
        name = self.table.names.get("group") or self.table.names.get("id")
        if name is None:
            raise UsageError("rows are known by a column: make the partition with id= or group= as a column's name.")
        return name

    def _keys(self) -> NDArray[Any]:
        keys = self.table.group if "group" in self.table.names else self.table.id
        assert keys is not None
        return keys


HELD_OUT = ("test", "holdout")


def _with_columns(frame: Any, columns: Mapping[str, NDArray[Any]], n: int) -> Any:
    if isinstance(frame, Mapping):
        if any(len(values) != n for values in frame.values()):
            raise UsageError(f"the batch's arrays are not of {n:,} rows, and the partition is.")
        return {**frame, **columns}
    if isinstance(frame, int | np.integer):
        return pd.DataFrame(dict(columns))
    if len(frame) != n:
        raise UsageError(f"the frame has {len(frame):,} rows, and the partition {n:,}: apply it to the one it is of.")
    if isinstance(frame, pd.DataFrame):
        return frame.assign(**columns)
    if hasattr(frame, "with_columns"):  # polars
        return frame.with_columns(
            **{name: type(frame[:0].to_series(0))(name, values.tolist()) for name, values in columns.items()}
        )
    for name, values in columns.items():  # pyarrow
        frame = frame.append_column(name, [values.tolist()])
    return frame


def partition_of_column(frame: Any, part: Any, *, least: int = 2, **roles: Any) -> Partition:
    """Return the partition that a column of part names says, whoever made it.

    Raises:
        UsageError: There is no such column, or fewer than two parts are in it.
    """
    column = part if isinstance(part, str) else "part"
    table = read_table(frame, without=(column,), **roles)
    values = np.asarray(frame[part]) if isinstance(part, str) and _has(frame, part) else part
    if isinstance(values, str):
        raise UsageError(f"part={part!r} is no column of the table{nearest(part, table.features)}.")
    values = np.asarray(values)
    if len(values) != table.n:
        raise UsageError(f"part has {len(values):,} values; expected one a row, {table.n:,}.")
    texts = np.array(
        ["" if missing else str(value) for value, missing in zip(values.tolist(), pd.isna(values), strict=True)]
    )
    names = tuple(dict.fromkeys(name for name in texts.tolist() if name))
    if len(names) < least:
        raise UsageError(
            f"the column {column!r} names {len(names)} part(s): {', '.join(names)}; expected at least two."
        )
    codes = np.array([names.index(name) if name else -1 for name in texts.tolist()], dtype=np.int64)
    shares = {name: float((codes == i).sum() / max(1, (codes >= 0).sum())) for i, name in enumerate(names)}
    rules = {"parts": shares, "by": "column", "folds": None, "seed": None, "gap_size": 0.0, **dict(table.names)}
    out = {"no part named": int((codes < 0).sum())} if (codes < 0).any() else {}
    return Partition(names, codes, None, rules, table, out)


def _has(frame: Any, column: str) -> bool:
    names = frame if isinstance(frame, Mapping) else getattr(frame, "column_names", getattr(frame, "columns", ()))
    return column in list(names)
