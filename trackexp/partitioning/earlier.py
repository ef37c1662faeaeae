"""An earlier partition: what has a part keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.partitioning.loading import read_partition
from trackexp.partitioning.result import Partition
from trackexp.partitioning.table import Table

Rows = NDArray[np.int64]

_COMPARED = ("by", "group", "id", "time")


def fixed_parts(
    previous: Any, table: Table, unit_of_row: Rows, shares: Mapping[str, float], rules: Mapping[str, Any]
) -> Rows:
    """Return the part that each unit has already, else −1 `(n_units,)`.

    Args:
        previous: A `Partition`, a file of one, or the part names of the rows `(n,)`, empty for new ones.
        table: The rows.
        unit_of_row: The unit of each row `(n,)`.
        shares: The parts.
        rules: What the new partition is made by.

    Raises:
        UsageError: It was made by other rules, or a group has rows in two parts.
    """
    if isinstance(previous, str | Path):
        previous = read_partition(previous)
    names = list(shares)
    if isinstance(previous, Partition):
        _check_rules(previous, shares, rules)
        codes = _looked_up(previous, table, names)
    else:
        codes = _of_column(previous, table, names)
    units = int(unit_of_row.max()) + 1
    fixed = np.full(units, -1, dtype=np.int64)
    known = codes >= 0
    fixed[unit_of_row[known]] = codes[known]
    torn = known & (fixed[unit_of_row] != codes)
    if torn.any():
        row = int(np.flatnonzero(torn)[0])
        said = f" (group {table.group[row]!r})" if table.group is not None else ""
        raise UsageError(
            f"previous= has rows of one group in two parts: row {row}{said}; "
            "a partition of these groups cannot keep both. Mend the earlier one first."
        )
    return fixed


def _check_rules(previous: Partition, shares: Mapping[str, float], rules: Mapping[str, Any]) -> None:
    differing = []
    if set(previous.names) != set(shares):
        differing.append(f"parts {', '.join(previous.names)} there and {', '.join(shares)} here")
    for key in _COMPARED:
        then, now = previous.rules.get(key), rules.get(key)
        if key in previous.rules and then != now and then != "column":
            differing.append(f"{key}={then!r} there and {now!r} here")
    if differing:
        raise UsageError(f"previous= was made by other rules: {'; '.join(differing)}.")


def _looked_up(previous: Partition, table: Table, names: list[str]) -> Rows:
    renumbered = np.array([*(names.index(name) for name in previous.names), -1])
    codes = np.full(table.n, -1, dtype=np.int64)
    pairs = [(previous.table.group, table.group), (previous.table.id, table.id)]
    if all(old is None or new is None for old, new in pairs):
        raise UsageError("previous= finds its rows again by id= or group=; neither is in both partitions.")
    for old, new in pairs:
        if old is None or new is None:
            continue
        known = pd.Series(renumbered[previous.codes], index=pd.Index(old.astype(str)))
        known = known[known >= 0]
        known = known[~known.index.duplicated()]
        found = known.reindex(new.astype(str)).fillna(-1).to_numpy(dtype=np.int64)
        codes = np.where(found >= 0, found, codes)
    return codes


def _of_column(previous: Any, table: Table, names: list[str]) -> Rows:
    values = np.asarray(previous)
    if values.ndim != 1 or len(values) != table.n:
        raise UsageError(f"previous= has {values.size:,} values; expected a Partition, its file, or a part name a row.")
    texts = ["" if missing else str(value) for value, missing in zip(values.tolist(), pd.isna(values), strict=True)]
    unknown = sorted({text for text in texts if text and text not in names})
    if unknown:
        raise UsageError(
            f"previous= names parts that are not here: {', '.join(unknown)}; there are: {', '.join(names)}."
        )
    return np.array([names.index(text) if text else -1 for text in texts], dtype=np.int64)
