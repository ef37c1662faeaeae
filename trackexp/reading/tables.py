"""Tables that a run logged, read from its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackexp.errors import UsageError, nearest
from trackexp.record import RunRecord

if TYPE_CHECKING:
    import pandas as pd

_WORD = "predictions"


def table_files(record: RunRecord) -> dict[str, Path]:
    """Return the tables that a run logged last under each key, and where they lie on this disk."""
    found: dict[str, Path] = {}
    folder = None if record.path is None else (record.path.parent if record.path.is_file() else record.path) / "files"
    for key, value in _entries(record.summary):
        if isinstance(value, Mapping) and value.get("_type") == "table-file" and folder is not None:
            found[key] = folder / str(value.get("path", ""))
    return found


def read_table(record: RunRecord, name: str | None = None) -> tuple[str, pd.DataFrame]:
    """Return a table's name and its rows; without a name that of predictions.

    Raises:
        UsageError: The run logged no such table, or it is not on this disk.
    """
    import pandas as pd

    tables = table_files(record)
    if not tables:
        raise UsageError(
            f"run {record.title} logged no tables; result.log(run) and `trackexp evaluate RUN` log their predictions."
        )
    key = _chosen(record, tables, name)
    path = tables[key]
    if not path.is_file():
        raise UsageError(f"the table {key} of run {record.title} is not on this disk: {path} is missing.")
    try:
        held: Any = json.loads(path.read_text(encoding="utf-8"))
        return key, pd.DataFrame(held["data"], columns=held["columns"])
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"the table {key} in {path} cannot be read: {error}") from error


def _chosen(record: RunRecord, tables: Mapping[str, Path], name: str | None) -> str:
    listed = ", ".join(sorted(tables))
    if name is not None:
        if name not in tables:
            raise UsageError(f"run {record.title} has no table {name!r}{nearest(name, tables)}; it has {listed}.")
        return name
    likely = [key for key in tables if key.rpartition("/")[2] == _WORD]
    if len(likely) == 1:
        return likely[0]
    if len(likely) > 1:
        raise UsageError(
            f"run {record.title} has {len(likely)} tables of predictions; pass --table with one of {listed}."
        )
    if len(tables) == 1:
        return next(iter(tables))
    raise UsageError(f"run {record.title} has no table of predictions; pass --table with one of {listed}.")


def _entries(summary: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return the entries of a summary, also of nested ones, by their full key."""
    found: list[tuple[str, Any]] = []
    for key, value in summary.items():
        if isinstance(value, Mapping) and "_type" not in value:
            found += _entries(value, f"{prefix}{key}/")
        else:
            found.append((f"{prefix}{key}", value))
    return found
