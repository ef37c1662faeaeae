"""Rows that are equal, or nearly so: in tables, texts and images; what belongs together because of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from trackexp.errors import UsageError
from trackexp.partitioning.duplicates.bands import near_fingerprints
from trackexp.partitioning.duplicates.perceptual import fingerprints, same_picture
from trackexp.partitioning.duplicates.texts import near_texts
from trackexp.partitioning.table import Table
from trackexp.stats import table_digests

Rows = NDArray[np.int64]
Pairs = NDArray[np.int64]
"""Two rows a line `(m, 2)`; of many rows that are equal each is paired with the next one only."""

_GRID = 1e-3  # of a column's standard deviation: numbers that differ by less are nearly equal
_HAMMING = 3  # bits of 64 in which the fingerprints of two near-duplicate images may differ
_LONG = 20  # characters on average: a column of such texts is text, not categories


def exact_duplicates(table: Table) -> Pairs:
    """Return rows all of whose features are equal; the target, the id, the group and the time are no features."""
    columns = _flat(table)
    return equal_pairs(table_digests(columns)) if columns else _none()


def near_duplicates(table: Table) -> Pairs:
    """Return rows whose features are nearly equal.

    Numbers may differ by a thousandth of their column's standard deviation: two grids, shifted by half a cell, so that
    an edge of one is no edge of the other. Images are compared by a perceptual hash (Hamming distance of at most 3 of
    64) and then by their pixels, long texts by their shingles (Jaccard of at least 0.8); other columns must be equal.

    Raises:
        UsageError: The table has no features.
    """
    if not table.features:
        raise UsageError("duplicates are told by the features, and the table has no column besides those with a role.")
    special: list[Pairs] = []
    plain: list[NDArray[Any]] = []
    for values in table.features.values():
        if _is_pictures(values):
            special.append(_near_pictures(values))
        elif _is_text(values):
            special.append(near_texts(values.astype(str).tolist()))
        else:
            plain.append(values)
    if special:  # pictures and texts decide; the columns beside them are notes on them
        return np.concatenate(special)
    grids = [equal_pairs(table_digests([_celled(column, shift) for column in plain])) for shift in (0.0, 0.5)]
    return np.concatenate(grids)


def equal_pairs(digests: NDArray[np.uint64]) -> Pairs:
    """Return each row with the next one of the same digest."""
    order = np.argsort(digests, kind="stable")
    same = digests[order][1:] == digests[order][:-1]
    return np.stack([order[:-1][same], order[1:][same]], axis=1)


def joined(pairs: Pairs, group: Rows) -> Rows:
    """Return the component of each row `(n,)`: rows of one group, and of groups that a pair joins.

    Args:
        pairs: Rows that belong together.
        group: The group of each row as a number from 0; each row its own where there are none.
    """
    size = int(group.max()) + 1
    links = group[pairs]
    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)[group]


def _flat(table: Table) -> list[NDArray[Any]]:
    return list(table.features.values())


def _none() -> Pairs:
    return np.empty((0, 2), dtype=np.int64)


def _is_pictures(values: NDArray[Any]) -> bool:
    return values.ndim >= 3 and values.dtype.kind in "uif" and min(values.shape[1:3]) >= 8


def _is_text(values: NDArray[Any]) -> bool:
    if values.dtype.kind not in "OUS" or not len(values):
        return False
    some = values[:: max(1, len(values) // 1_000)].tolist()
    return all(isinstance(value, str) for value in some) and float(np.mean([len(value) for value in some])) >= _LONG


def _celled(column: NDArray[Any], shift: float) -> NDArray[Any]:
    if column.dtype.kind != "f":
        return column
    values = column.astype(np.float64)
    with np.errstate(all="ignore"):
        step = _GRID * float(np.nanstd(np.where(np.isfinite(values), values, np.nan)))
        return np.floor(values / step + shift) if np.isfinite(step) and step > 0 else values


def _near_pictures(pictures: NDArray[Any]) -> Pairs:
    found, thumbs = fingerprints(pictures)
    pairs = near_fingerprints(found, _HAMMING)
    return pairs[same_picture(thumbs, pairs)]
