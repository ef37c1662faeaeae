"""From rows to the units that stay together, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.partitioning.hashed import key_numbers
from trackexp.partitioning.table import Table, class_columns

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Units:
    """The units of a table, in the order in which ties are broken: drawn by the seed, the same in any order of rows.

    Args:
        of_row: The unit of each row `(n,)`.
        counts: What each unit brings: rows of each class, bin or label, then rows `(n_units, n_columns)`.
        columns: The names of all columns but the last.
    """

    of_row: Rows
    counts: NDArray[np.float64]
    columns: list[str]


def units_of(table: Table, together: Rows | None, seed: int) -> Units:
    """Return the units: rows, or rows of one group, or what `together` joins."""
    n = table.n
    unit = group_codes(table) if together is None else together
    size = n if unit is None else int(unit.max()) + 1
    order = _drawn(table, unit, size, seed)
    rank = np.empty(size, dtype=np.int64)
    rank[order] = np.arange(size)
    of_row = rank if unit is None else rank[unit]
    if table.target is None:
        return Units(of_row, np.bincount(of_row, minlength=size).astype(float)[:, None], [])
    columns, names = class_columns(table.target)
    if unit is None:
        counts = columns[order]
    else:
        counts = np.stack([np.bincount(of_row, weights=column, minlength=size) for column in columns.T], axis=1)
    rows = np.bincount(of_row, minlength=size).astype(float)
    counts = np.column_stack([counts, rows])
    seen = counts[:, :-1].sum(axis=0) > 0
    first = np.argsort(np.argmax(counts[:, :-1] > 0, axis=0), kind="stable")  # whatever the classes are called
    first = first[seen[first]]
    return Units(of_row, counts[:, [*first.tolist(), counts.shape[1] - 1]], [names[i] for i in first])


def group_codes(table: Table) -> Rows | None:
    """Return the group of each row as a number from 0; None without groups."""
    if table.group is None:
        return None
    values = table.group if table.group.dtype.kind != "O" else table.group.astype(str)
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)


def _drawn(table: Table, unit: Rows | None, size: int, seed: int) -> Rows:
    """Return the units in an order that the seed draws: by their keys, so that the order of the rows is no matter."""
    keys = table.group if unit is not None and table.group is not None else table.id
    if keys is None:
        return np.random.default_rng(seed).permutation(size)
    codes, names = pd.factorize(keys if keys.dtype.kind != "O" else keys.astype(str))  # each key is hashed once
    numbers = key_numbers(np.asarray(names), f"{seed}")[codes]
    least = np.full(size, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(least, np.arange(size) if unit is None else unit, numbers)
    return np.argsort(least, kind="stable")
