"""How inputs, targets and validation rows relate: rows that come twice, a shifted validation, one telling feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.fit.data.arrays import class_ids
from trackexp.fit.plain import number
from trackexp.record.facts import DataFacts, FeatureFacts, PaddingFacts

MAX_FEATURES = 1_024  # beyond it single features are not looked at: some 10 ms of matrix product
MAX_TARGETS = 16
MIN_ROWS = 20  # below it a correlation says nothing
MAX_LOOKED_UP = 1 << 18  # rows among which others are looked up one by one: some 30 ms
_KEY_COLUMNS = 12
_RANKED = 4  # features whose AUC is computed, the best correlated ones


@dataclass(frozen=True, slots=True)
class Rows:
    """Sampled rows, how many there are in all (None: a stream), which ones they are, and all of them if in memory."""

    values: NDArray[Any]
    total: int | None
    indices: NDArray[np.int64] | None = None
    memory: NDArray[Any] | None = None


@np.errstate(all="ignore")  # NaN, infinities and overflow make a comparison void; the user needs no warning of it
def relations(inputs: list[Rows], targets: list[Rows], validation: list[Rows]) -> DataFacts:
    """Return the facts that hold between arrays; what cannot be compared is None."""
    facts = DataFacts(duplicate_rows=None, validation_overlap=None, strongest_feature=None)
    if not inputs:
        return facts
    widest = max(range(len(inputs)), key=lambda index: inputs[index].values[:1].size)
    train = inputs[widest]
    valid = validation[widest] if len(validation) == len(inputs) else None
    facts.update(_repeats(train, valid))
    if valid is not None:
        facts.update(_shift(train.values, valid.values))
    if targets and len(inputs) == 1:
        facts["padding"] = _padding(train.values, targets[0].values)
        facts["strongest_feature"] = _strongest(train.values, targets[0].values)
    return facts


def _repeats(train: Rows, valid: Rows | None) -> DataFacts:
    if valid is not None and train.values.shape[1:] != valid.values.shape[1:]:
        valid = None
    memory = train.memory
    whole_rows = memory is not None and memory.shape[1:] == train.values.shape[1:]
    if memory is not None and whole_rows and memory.dtype.kind in "iuf" and len(memory) <= MAX_LOOKED_UP:
        return _exact_repeats(train, memory, valid)
    return _sampled_repeats(train, valid)


def _exact_repeats(train: Rows, memory: NDArray[Any], valid: Rows | None) -> DataFacts:
    """Look every sampled row up among all training rows, by a number made of its most varying columns."""
    columns = _varying_columns(train.values)
    keys = _keys(memory, columns)
    order = np.argsort(keys, kind="stable")
    own = np.arange(len(memory)) if train.indices is None else train.indices
    # of equal rows the first in `order` is the original, all others repeat it
    first = order[np.searchsorted(keys, _keys(train.values, columns), sorter=order)]
    repeated = (first != own) & _equal(memory, first, train.values)
    facts = DataFacts(duplicate_rows=float(repeated.mean()) if len(repeated) else None)
    if valid is not None and len(valid.values) and valid.values.dtype.kind in "iuf":
        rows = valid.values.astype(memory.dtype, copy=False)
        place = np.searchsorted(keys, _keys(rows, columns), sorter=order).clip(max=len(order) - 1)
        hits = _equal(memory, order[place], rows)
        facts["validation_overlap"], facts["validation_overlap_rows"] = float(hits.mean()), int(hits.sum())
    return facts


def _varying_columns(values: NDArray[Any]) -> list[tuple[int, ...]]:
    rows = values.reshape(len(values), -1)
    spread = np.nan_to_num(rows.std(axis=0, dtype=np.float64), posinf=0.0)
    # relative to its size, or the column with the largest numbers would drown all others
    best = np.argsort(spread / (np.abs(np.nan_to_num(rows[0])) + spread + 1e-30))[::-1][:_KEY_COLUMNS]
    return [tuple(int(axis) for axis in np.unravel_index(column, values.shape[1:])) for column in best]


def _keys(rows: NDArray[Any], columns: list[tuple[int, ...]]) -> NDArray[np.float64]:
    """Return a number per row that equal rows share; summed column by column, so that no blocking changes a digit."""
    keys = np.zeros(len(rows))
    for position, column in enumerate(columns):
        place: Any = (slice(None), *column)
        values = np.nan_to_num(rows[place].astype(np.float64))
        keys += values * np.sqrt(position + 2.0)
    return keys


def _equal(memory: NDArray[Any], indices: NDArray[np.int64], rows: NDArray[Any]) -> NDArray[np.bool_]:
    found = memory[indices].reshape(len(rows), -1)
    given = rows.reshape(len(rows), -1)
    same = found == given
    if memory.dtype.kind == "f":
        same |= np.isnan(found) & np.isnan(given)
    return np.asarray(same.all(axis=1))


def _sampled_repeats(train: Rows, valid: Rows | None) -> DataFacts:
    """Compare samples with samples: each hit stands for as many as the sample stands for rows."""
    digests = _digests(train.values, train.values.dtype)
    if not digests:
        return DataFacts()
    facts = DataFacts(duplicate_rows=1 - len(set(digests)) / len(digests))
    others = _digests(valid.values, train.values.dtype) if valid is not None else []
    if others and train.total:
        known = set(digests)
        hits = sum(digest in known for digest in others)
        facts["validation_overlap"] = min(1.0, hits / len(others) * train.total / len(digests))
        facts["validation_overlap_rows"] = hits
    return facts


def _digests(rows: NDArray[Any], dtype: np.dtype[Any]) -> list[int]:
    """Return a number per row that equal rows share; none for objects, and for rows of another kind."""
    kinds = {rows.dtype.kind, dtype.kind}
    if not (kinds <= set("biuf") or kinds == {"U"} or kinds == {"S"}):
        return []
    target = rows.dtype if dtype.kind in "US" else dtype
    flat = np.ascontiguousarray(rows.reshape(len(rows), -1).astype(target, copy=False))
    return [hash(tuple(row) if target.kind in "US" else row.tobytes()) for row in flat]


def _padding(ids: NDArray[Any], targets: NDArray[Any]) -> PaddingFacts | None:
    """Return where token ids and the targets of their positions are both 0; None for other data."""
    if ids.ndim != 2 or targets.shape not in (ids.shape, (*ids.shape, 1)) or ids.shape[1] < 2 or not ids.size:
        return None
    if ids.dtype.kind not in "iuf" or targets.dtype.kind not in "iuf" or (ids.dtype.kind == "f" and (ids % 1).any()):
        return None
    padded, unasked = ids == 0, targets.reshape(ids.shape) == 0
    both = float((padded & unasked).mean())
    return PaddingFacts(share=both, agreement=both / float(padded.mean()) if padded.any() else 0.0)


def _shift(train: NDArray[Any], validation: NDArray[Any]) -> DataFacts:
    if train.shape[1:] != validation.shape[1:] or train.dtype.kind not in "iuf" or validation.dtype.kind not in "iuf":
        return DataFacts()
    if min(len(train), len(validation)) < MIN_ROWS:
        return DataFacts()
    mean, std = _moments(train)
    other_mean, other_std = _moments(validation)
    error = np.sqrt(std**2 / len(train) + other_std**2 / len(validation))
    moved = np.abs(other_mean - mean)
    shifted = (moved > std) & (moved > 4 * error) & (std > 0)  # features with NaN compare as unshifted
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
    left, right = _standardized(rows), _standardized(columns)
    correlation = np.abs(left.T @ right) / len(rows)  # NaN of constant columns and of gaps is passed over
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
    ones = int(positive.sum())
    zeros = len(positive) - ones
    if not ones or not zeros or not np.all(np.isfinite(scores)):
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # scipy's rankdata; loading scipy.stats takes half a second
    area = (ranks[place][positive == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros)
    return float(max(area, 1 - area))
