"""The table that is partitioned: its columns by name, whatever library holds it, and what is to be respected in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError, nearest
from trackexp.partitioning.times import read_times

TargetKind = Literal["classes", "numbers", "labels"]

_NAMED = 5  # rows named in an error
_FEW_VALUES = 20  # whole numbers of more different values than this, and than √n, are numbers and no classes
_BINS = 10
_LEAST_PER_BIN = 20


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with what a partition respects of them; each array has one entry a row, or is None.

    Args:
        n: How many rows.
        features: Every other column by name.
        target: Classes, numbers, or labels `(n, n_labels)`, as given.
        group: What keeps rows together.
        time: As int64 nanoseconds, or float64.
        id: What names a row for good.
        names: The names of the columns in their roles, for messages: `{"target": "mold"}`.
    """

    n: int
    features: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    target: NDArray[Any] | None = None
    group: NDArray[Any] | None = None
    time: NDArray[Any] | None = None
    id: NDArray[Any] | None = None
    names: Mapping[str, str] = field(default_factory=dict)


def read_table(frame: Any, *, without: Iterable[str] = (), **roles: Any) -> Table:
    """Return the table of a frame.

    Args:
        frame: A DataFrame of pandas or polars, a table of pyarrow, a mapping of arrays, or a number of rows.
        without: Further columns that are no features, such as that of the parts.
        roles: `target`, `group`, `time` and `id`, each the name of a column, an array or None.

    Raises:
        UsageError: There are no rows, no such column, or a value is missing where one is needed.
    """
    n, columns = _columns(frame)
    if n == 0:
        raise UsageError("the table has 0 rows; expected at least two, one for each part.")
    found: dict[str, NDArray[Any] | None] = {}
    names: dict[str, str] = {}
    for role, given in roles.items():
        found[role] = None if given is None else _column(role, given, columns, n)
        if isinstance(given, str):
            names[role] = given
    for role in ("target", "group", "id"):
        if found.get(role) is not None:
            _check_complete(role, names.get(role, role), found[role])
    times = found.get("time")
    if times is not None:
        found["time"] = read_times(times, names.get("time", "time"))
    used = {*names.values(), *without}
    features = {name: values for name, values in columns.items() if name not in used and len(values) == n}
    return Table(n, features, names=names, **found)


def target_kind(target: NDArray[Any]) -> TargetKind:
    """Return what a target is: classes, numbers (binned by their quantiles), or several labels a row."""
    if target.ndim == 2 and target.shape[1] > 1:
        return "labels"
    values = target.reshape(len(target))
    if values.dtype.kind not in "iuf":
        return "classes"
    if values.dtype.kind == "f" and not np.array_equal(values, np.round(values)):
        return "numbers"
    different = len(np.unique(values))
    return "numbers" if different > max(_FEW_VALUES, np.sqrt(len(values))) else "classes"


def class_columns(target: NDArray[Any]) -> tuple[NDArray[np.float64], list[str]]:
    """Return what each row counts for `(n, n_columns)`: its class, its bin or its labels; and their names."""
    kind = target_kind(target)
    if kind == "labels":
        if not np.isin(target, (0, 1)).all():
            raise UsageError("a target of several columns must hold only 0 and 1: one label a column.")
        return np.asarray(target, dtype=np.float64), [str(i) for i in range(target.shape[1])]
    codes, names = class_codes(target)
    return np.asarray(np.eye(len(names))[codes]), names


def class_codes(target: NDArray[Any]) -> tuple[NDArray[np.int64], list[str]]:
    """Return the class or bin of each row `(n,)`, and their names in order."""
    values = target.reshape(len(target))
    if target_kind(target) == "numbers":
        bins = int(np.clip(len(values) // _LEAST_PER_BIN, 1, _BINS))
        edges = np.unique(np.quantile(values.astype(np.float64), np.linspace(0, 1, bins + 1)[1:-1]))
        ends = ["-inf", *(f"{edge:.4g}" for edge in edges), "inf"]
        codes = np.searchsorted(edges, values.astype(np.float64), side="right")
        return codes, [f"{low} to {high}" for low, high in pairwise(ends)]
    codes, classes = (
        pd.factorize(values, sort=True) if _sortable(values) else pd.factorize(values.astype(str), sort=True)
    )
    return np.asarray(codes, dtype=np.int64), [str(name) for name in classes]


def _sortable(values: NDArray[Any]) -> bool:
    return values.dtype.kind != "O" or len({type(value) for value in values.tolist()}) == 1


def _columns(frame: Any) -> tuple[int, dict[str, NDArray[Any]]]:
    if isinstance(frame, bool) or (isinstance(frame, int | np.integer) and frame < 0):
        raise UsageError(f"frame is {frame!r}; expected a table, a mapping of arrays, or a number of rows.")
    if isinstance(frame, int | np.integer):
        return int(frame), {}
    if isinstance(frame, Mapping):
        names = list(frame)
    else:
        listed = getattr(frame, "column_names", None)  # pyarrow
        names = list(getattr(frame, "columns", ())) if listed is None else list(listed)
        if (not hasattr(frame, "__len__") and listed is None) or isinstance(frame, np.ndarray):
            raise UsageError(
                f"frame is a {type(frame).__name__}; expected a DataFrame, a table, a mapping of arrays, or a number "
                "of rows (with target=, group=, … as arrays)."
            )
    if not names and not hasattr(frame, "index"):
        raise UsageError("the table has no columns; give a number of rows instead, with target=, group=, … as arrays.")
    columns = {str(name): np.asarray(frame[name]) for name in names}
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise UsageError(f"columns of different lengths: {lengths}; expected one value a row in each.")
    return (next(iter(lengths.values())) if lengths else len(frame)), columns


def _column(role: str, given: Any, columns: Mapping[str, NDArray[Any]], n: int) -> NDArray[Any]:
    if isinstance(given, str):
        if given not in columns:
            there = ", ".join(list(columns)[:20]) or "none"
            raise UsageError(f"{role}={given!r} is no column{nearest(given, columns)}; there are: {there}.")
        return columns[given]
    values = np.asarray(given)
    if values.ndim == 0 or len(values) != n:
        raise UsageError(f"{role} has {values.size} values; expected one a row, {n:,}.")
    return values


def _check_complete(role: str, name: str, values: NDArray[Any] | None) -> None:
    if values is None or values.dtype.kind in "iubSU":
        return
    missing: NDArray[np.bool_] = np.asarray(pd.isna(values))
    if missing.ndim > 1:
        missing = np.asarray(missing.reshape(len(missing), -1).any(axis=1))
    if missing.any():
        rows = np.flatnonzero(missing)
        named = ", ".join(map(str, rows[:_NAMED].tolist())) + (", …" if len(rows) > _NAMED else "")
        raise UsageError(
            f"{role} {name!r} is missing in {len(rows):,} of {len(values):,} rows (row {named}); "
            "fill it in or leave these rows out first."
        )
