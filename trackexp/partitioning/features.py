"""The features of a table as numbers, and those that give its target away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from trackexp.partitioning.duplicates.perceptual import thumbnails
from trackexp.partitioning.table import Table, class_codes, target_kind
from trackexp.stats import auc

_WIDE = 256  # columns of one feature beyond which it is not spread out
_CELLS = 8  # pixels of a picture's side that are kept for the classifier
_MOST_ROWS = 20_000
_MOST_CLASSES = 20
_LEAST_ROWS = 20


def feature_matrix(table: Table) -> tuple[NDArray[np.float64], list[str]]:
    """Return the features as numbers `(n, d)` with NaN for gaps, and their names.

    Texts and categories count by how common they are; of pictures 8 × 8 grey values remain.
    """
    columns: list[NDArray[np.float64]] = []
    names: list[str] = []
    for name, values in table.features.items():
        spread = _as_numbers(values)
        if spread is None:
            continue
        columns.append(spread)
        names += [name] if spread.shape[1] == 1 else [f"{name}[{i}]" for i in range(spread.shape[1])]
    matrix = np.concatenate(columns, axis=1) if columns else np.empty((table.n, 0))
    return np.where(np.isfinite(matrix), matrix, np.nan), names


def telling_features(table: Table) -> tuple[tuple[str, float], ...]:
    """Return each single feature's power to tell the target, the best first.

    Of classes and labels it is the largest area under the ROC curve of one class against the rest, whichever way it
    points; of categories that were counted on half the rows and tested on the other; of numbers |Spearman's ρ|.
    """
    target = table.target
    if target is None or table.n < _LEAST_ROWS:
        return ()
    rows = np.linspace(0, table.n - 1, min(table.n, _MOST_ROWS)).astype(np.int64)
    wanted = _wanted(target, rows)
    found: list[tuple[str, float]] = []
    for name, values in table.features.items():
        power = _power(values[rows], wanted, target_kind(target) == "numbers")
        if power is not None:
            found.append((name, power))
    return tuple(sorted(found, key=lambda pair: -pair[1]))


def _as_numbers(values: NDArray[Any]) -> NDArray[np.float64] | None:
    if values.ndim >= 3 and values.dtype.kind in "uif":
        small = thumbnails(values) if values.ndim <= 4 else values
        step = small.shape[1] // _CELLS or 1
        return np.asarray(small[:, ::step, ::step].reshape(len(values), -1), dtype=np.float64)
    if values.dtype.kind in "iufb":
        flat = values.reshape(len(values), -1).astype(np.float64)
        return flat if flat.shape[1] <= _WIDE else None
    if values.ndim > 1:
        return None
    if values.dtype.kind in "mM":
        return values.astype("datetime64[ns]").astype(np.int64).astype(np.float64)[:, None]
    codes = pd.factorize(values.astype(str))[0]
    if len(np.unique(codes)) > len(codes) / 2:  # nearly every text its own: no category
        return None
    return np.bincount(codes)[codes].astype(np.float64)[:, None]


def _wanted(target: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    kind = target_kind(target)
    if kind == "labels":
        return np.asarray(target[rows], dtype=np.float64)[:, :_MOST_CLASSES]
    if kind == "numbers":
        return np.asarray(target[rows], dtype=np.float64).reshape(len(rows), -1)
    codes, names = class_codes(target)
    common = np.argsort(-np.bincount(codes, minlength=len(names)))[:_MOST_CLASSES]
    return np.asarray(codes[rows][:, None] == common[: 1 if len(names) == 2 else None], dtype=np.float64)


def _power(values: NDArray[Any], wanted: NDArray[np.float64], numbers: bool) -> float | None:
    if values.dtype.kind in "iufb" and values.ndim == 1:
        scores = values.astype(np.float64)
        fine = np.isfinite(scores)
        if fine.sum() < _LEAST_ROWS or np.ptp(scores[fine]) == 0:
            return None
        if numbers:
            return abs(float(spearmanr(scores[fine], wanted[fine, 0]).statistic))
        return max(_area(scores[fine], column) for column in wanted[fine].T)
    if values.ndim > 1 or numbers:
        return None
    codes, names = pd.factorize(values.astype(str))
    if len(names) > len(codes) / 4:
        return None
    even = np.arange(len(codes)) % 2 == 0
    powers = []
    for column in wanted.T:
        counted = np.bincount(codes[even], minlength=len(names))
        rate = np.bincount(codes[even], weights=column[even], minlength=len(names)) / np.maximum(counted, 1)
        powers.append(_area(rate[codes[~even]], column[~even]))
    return max(powers)


def _area(scores: NDArray[np.float64], column: NDArray[np.float64]) -> float:
    if not 0 < column.sum() < len(column):
        return 0.5
    area = auc(column.astype(np.int64), scores).value
    return max(area, 1 - area)
