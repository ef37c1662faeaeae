"""How inputs, targets and validation rows relate: rows that come twice, a shifted validation, one telling feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.keras.facts.data.arrays import class_ids
from trackexp.keras.facts.plain import number
from trackexp.record.facts import DataFacts, FeatureFacts

MAX_FEATURES = 1_024  # beyond it single features are not looked at: some 10 ms of matrix product
MAX_TARGETS = 16
MIN_ROWS = 20  # below it a correlation says nothing
_RANKED = 4  # features whose AUC is computed, the best correlated ones


@dataclass(frozen=True, slots=True)
class Rows:
    """Sampled rows, and how many rows there are in all (None: a stream)."""

    values: NDArray[Any]
    total: int | None


def relations(inputs: list[Rows], targets: list[Rows], validation: list[Rows]) -> DataFacts:
    """Return the facts that hold between arrays; what cannot be compared is None."""
    facts = DataFacts(duplicate_rows=None, validation_overlap=None, strongest_feature=None)
    if not inputs:
        return facts
    widest = max(range(len(inputs)), key=lambda index: inputs[index].values[0].size if len(inputs[index].values) else 0)
    train = inputs[widest]
    digests = _digests(train.values, train.values.dtype)
    if digests:
        facts["duplicate_rows"] = 1 - len(set(digests)) / len(digests)
    if len(validation) == len(inputs):
        facts.update(_overlap(digests, train, validation[widest]))
        facts.update(_shift(train.values, validation[widest].values))
    if targets and len(inputs) == 1:
        facts["strongest_feature"] = _strongest(train.values, targets[0].values)
    return facts


def _digests(rows: NDArray[Any], dtype: np.dtype[Any]) -> list[int]:
    """Return a number per row that equal rows share; none for objects, and for rows of another kind."""
    if (
        rows.dtype.kind not in "biufUS"
        or dtype.kind not in "biufUS"
        or (rows.dtype.kind in "US") != (dtype.kind in "US")
    ):
        return []
    flat = np.ascontiguousarray(rows.reshape(len(rows), -1).astype(dtype, copy=False))
    return [hash(row.tobytes()) for row in flat]


def _overlap(train_digests: list[int], train: Rows, validation: Rows) -> DataFacts:
    if train.values.shape[1:] != validation.values.shape[1:] or not train_digests or not train.total:
        return DataFacts()
    digests = _digests(validation.values, train.values.dtype)
    if not digests:
        return DataFacts()
    known = set(train_digests)
    hits = sum(digest in known for digest in digests)
    # of the training rows only a part was sampled: each hit stands for total/sampled of them
    share = hits / len(digests) * train.total / len(train_digests)
    return DataFacts(validation_overlap=min(1.0, share), validation_overlap_rows=hits)


def _shift(train: NDArray[Any], validation: NDArray[Any]) -> DataFacts:
    if train.shape[1:] != validation.shape[1:] or train.dtype.kind not in "iuf" or validation.dtype.kind not in "iuf":
        return DataFacts()
    if min(len(train), len(validation)) < MIN_ROWS:
        return DataFacts()
    with np.errstate(all="ignore"):  # NaN features compare as unshifted
        mean, std = _moments(train)
        other_mean, other_std = _moments(validation)
        error = np.sqrt(std**2 / len(train) + other_std**2 / len(validation))
        moved = np.abs(other_mean - mean)
        shifted = (moved > std) & (moved > 4 * error) & (std > 0)
        varying = (std > 0) & np.isfinite(other_std)
        scale = float(np.median(other_std[varying] / std[varying])) if varying.any() else None
    return DataFacts(shifted_features=float(shifted.mean()), validation_scale=number(scale))


def _moments(rows: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    flat = rows.reshape(len(rows), -1)
    return flat.mean(axis=0, dtype=np.float64), flat.std(axis=0, dtype=np.float64)


def _strongest(inputs: NDArray[Any], targets: NDArray[Any]) -> FeatureFacts | None:
    """Return the feature that goes best with a target; of classes, each is set against the rest."""
    if len(inputs) != len(targets) or len(inputs) < MIN_ROWS or inputs.dtype.kind not in "biuf":
        return None
    rows = inputs.reshape(len(inputs), -1)
    columns = _target_columns(targets)
    if rows.shape[1] > MAX_FEATURES or columns is None:
        return None
    with np.errstate(all="ignore"):  # constant and NaN columns give NaN, which is passed over
        left, right = _standardized(rows), _standardized(columns)
        correlation = np.abs(left.T @ right) / len(rows)
    correlation = np.nan_to_num(correlation, nan=0.0, posinf=0.0, neginf=0.0)
    best = np.argsort(correlation.max(axis=1))[::-1][:_RANKED]
    binary = bool(np.all((columns == 0) | (columns == 1)))
    scores = [(_auc(rows[:, i], columns[:, correlation[i].argmax()]) if binary else None, int(i)) for i in best]
    auc, index = max(scores, key=lambda score: score[0] or 0.0) if binary else (None, int(best[0]))
    return FeatureFacts(index=index, correlation=min(1.0, float(correlation[index].max())), auc=auc)


def _target_columns(targets: NDArray[Any]) -> NDArray[np.float64] | None:
    ids = class_ids(targets)
    if ids is not None:
        names = np.unique(ids)
        if 2 <= len(names) <= MAX_TARGETS:
            return np.asarray(ids[:, None] == (names if len(names) > 2 else names[1:]), dtype=np.float64)
    if targets.dtype.kind not in "biuf" or targets.ndim > 2 or targets[0].size > MAX_TARGETS:
        return None
    return targets.reshape(len(targets), -1).astype(np.float64)


def _standardized(columns: NDArray[Any]) -> NDArray[np.float64]:
    values = columns.astype(np.float64)
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0), dtype=np.float64)


def _auc(scores: NDArray[Any], positive: NDArray[np.float64]) -> float | None:
    """Return the area under the ROC curve of one feature, ties counted half, 0.5 or more whichever way it points."""
    from scipy.stats import rankdata

    ones = int(positive.sum())
    zeros = len(positive) - ones
    if not ones or not zeros or not np.all(np.isfinite(scores)):
        return None
    area = (rankdata(scores)[positive == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros)
    return float(max(area, 1 - area))
