"""A partition on disk: a table with one line a row, and its rules in a JSON file beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from trackexp.errors import UsageError
from trackexp.optional import require

if TYPE_CHECKING:
    from trackexp.partitioning.result import Partition

SCHEMA = 1
ROLES = ("id", "group")


def save_partition(part: Partition, path: Path) -> Path:
    """Write the partition; see `Partition.save`."""
    check_suffix(path)
    data: dict[str, Any] = {}
    names: dict[str, str] = {}
    for role in ROLES:
        values = getattr(part.table, role)
        if values is not None:
            names[role] = part.table.names.get(role, role)
            data[names[role]] = values
    if not data:
        data["row"] = np.arange(len(part))
    if part.table.time is not None:
        times = part.table.time
        names["time"] = part.table.names.get("time", "time")
        data[names["time"]] = times.view("datetime64[ns]") if times.dtype.kind == "i" else times
    data["part"] = part.column
    if part.fold is not None:
        data["fold"] = part.fold
    table = pd.DataFrame(data)
    said = {"schema": SCHEMA, "digest": part.digest, "columns": names, "rules": dict(part.rules),
            "left_out": dict(part.left_out)}  # fmt: skip
    try:
        if path.suffix == ".parquet":
            require("pyarrow", extra="parquet")
            table.to_parquet(path, index=False)
        else:
            table.to_csv(path, index=False)
        rules_file(path).write_text(json.dumps(said, indent=1, default=str) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written ({error.strerror}); name a file in a folder that exists."
        ) from error
    return path


def rules_file(path: Path) -> Path:
    """Return where the rules of a partition's file stand."""
    return path.with_name(path.name + ".json")


def check_suffix(path: Path) -> None:
    """Refuse a file that is no table."""
    if path.suffix not in (".csv", ".parquet"):
        raise UsageError(f"{path}: a partition is a .csv or .parquet file.")
