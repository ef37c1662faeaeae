"""A partition read back from its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from trackexp.errors import UsageError
from trackexp.optional import require
from trackexp.partitioning.result import Partition, partition_of_column
from trackexp.partitioning.storage import ROLES, check_suffix, rules_file


def read_partition(path: str | Path) -> Partition:
    """Read a partition back from the file that `Partition.save` or `trackexp partition --out` wrote.

    A table of any origin with a column `part` is read too; its rules are then not known.

    Raises:
        UsageError: There is no such file, or no column `part` in it.
    """
    path = Path(path)
    check_suffix(path)
    if not path.is_file():
        raise UsageError(f"{path} is no file; expected a partition written by save() or --out.")
    if path.suffix == ".parquet":
        require("pyarrow", extra="parquet")
        table = pd.read_parquet(path)
    else:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    if "part" not in table:
        raise UsageError(f"{path} has no column 'part', only {', '.join(map(str, table.columns))}.")
    beside = rules_file(path)
    said = json.loads(beside.read_text("utf-8")) if beside.is_file() else {}
    roles = {role: name for role, name in said.get("columns", {}).items() if name in table}
    if not said:
        roles = {role: role for role in ROLES if role in table}
    if "time" in roles and said["rules"].get("gap_size") is not None:
        table[roles["time"]] = _times(table[roles["time"]])
    found = partition_of_column(table, "part", least=0 if "fold" in table else 2, **roles)
    fold = table["fold"].to_numpy(dtype=np.int64) if "fold" in table else None
    if not said:
        rules = {**found.rules, "folds": None if fold is None else int(fold.max()) + 1}
        return Partition(found.names, found.codes, fold, rules, found.table, found.left_out)
    names = tuple(said["rules"]["parts"]) or found.names
    codes = np.array([*(names.index(name) for name in found.names), -1])[found.codes]
    return Partition(names, codes, fold, said["rules"], found.table, said["left_out"])


def _times(column: pd.Series[Any]) -> Any:
    """Return times as they were written: dates, or numbers."""
    try:
        return column.astype(float) if column.dtype == object or column.dtype == str else column
    except ValueError:
        return column
