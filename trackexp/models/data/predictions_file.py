"""Predictions that are there already, `.csv`, `.parquet` or `.npz`: answers and probabilities, and no model needed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError
from trackexp.evaluation import (
    Evaluation,
    MultiLabelEvaluation,
    RegressionEvaluation,
    evaluate,
    evaluate_batches,
    evaluate_regression,
)
from trackexp.evaluation.arrays import PREFIXES, as_array
from trackexp.evaluation.checks import explained
from trackexp.models.data.arrays import npz_member, npz_names
from trackexp.models.data.source import DataOptions
from trackexp.models.data.tables import TARGETS, read_columns, read_pieces, table_bytes
from trackexp.models.outputs import are_numbers, class_targets

STREAMED_BYTES = 500_000_000  # of a table; a larger one is read piece by piece, and sums are kept
_PIECE = 100_000  # rows
_MOST_VALUES = 50  # of a column of words that rows are sliced by; more of them are names of rows
SUFFIXES = (".csv", ".parquet", ".npz")
_PROBABILITIES = ("y_prob", "probabilities", "y_score", "p")
_POSITIVE = ("y_prob", "probability", "p", "score")
_PREDICTIONS = ("prediction", "y_pred", "predicted")
_NOT_CLASSES = frozenset(
    {"id", "row", "row_id", "index", "input", "part", "group", "category", "entropy", "probability",
     "prediction != target", "target - probability", "Unnamed: 0", *_POSITIVE, *_PREDICTIONS}
)  # fmt: skip

Result = Evaluation | MultiLabelEvaluation | RegressionEvaluation


def is_predictions_file(path: Path) -> bool:
    """Return whether a file has a suffix that predictions come in."""
    return path.is_file() and path.suffix in SUFFIXES


def read_predictions(path: Path, options: DataOptions, *, calibration_bins: int = 15) -> tuple[Result, list[str]]:
    """Return the evaluation of a file of predictions, and what is to be said about how it was read.

    A table has the columns id, target, and one of probabilities for each class, named by it (`cat` or `p_cat`), or
    one `probability` of the positive class; or target and prediction, both numbers. An `.npz` has `y_true` and
    `y_prob`.

    Raises:
        UsageError: The columns are not these, or do not fit each other.
    """
    if path.suffix == ".npz":
        told: list[str] = []
        truth, prob, names, extras = _of_npz(path)
    elif table_bytes(path) > STREAMED_BYTES:
        return _streamed(path, options, calibration_bins)
    else:
        columns, told = read_columns(path, options)
        frame = pd.concat(read_pieces(path, _PIECE, options)) if columns else pd.DataFrame()
        if frame.empty:
            raise UsageError(f"{path} holds no rows.")
        truth, prob, names, extras = _of_table(path, frame, options)
    if prob.ndim == 1 and extras.pop("numbers", False):
        result = evaluate_regression(truth, prob, part=options.part, ids=extras.get("ids"))
        return result, [*told, "target and prediction are numbers: a regression"]
    names = options.class_names or names
    truth, names, notes = class_targets(truth, prob, names, shared=_shared(prob))
    task: Any = "multilabel" if truth.ndim == 2 else None
    result = evaluate(
        truth, prob, task=task, class_names=names, part=options.part, calibration_bins=calibration_bins,
        source=path.name, **extras,
    )  # fmt: skip
    return result, [*told, *notes]


def _streamed(path: Path, options: DataOptions, calibration_bins: int) -> tuple[Result, list[str]]:
    """Evaluate a table that is too large to hold, piece by piece: its first piece says what the columns mean."""
    pieces = (_of_table(path, frame, options) for frame in read_pieces(path, _PIECE, options) if len(frame))
    first = next(pieces, None)
    if first is None:
        raise UsageError(f"{path} holds no rows.")
    if "numbers" in first[3]:
        raise UsageError(f"{path} holds a regression of more than {STREAMED_BYTES:,} bytes; expected fewer rows.")
    shared = _shared(first[1])
    _, names, notes = class_targets(first[0], first[1], options.class_names or first[2], shared=shared)

    def pairs() -> Iterator[tuple[Any, Any]]:
        for truth, prob, _, _ in itertools.chain([first], pieces):
            yield class_targets(truth, prob, names, shared=shared)[0], prob

    result = evaluate_batches(pairs(), class_names=names, part=options.part, calibration_bins=calibration_bins)
    told = (
        f"{result.n:,} rows are more than are kept: numbers and the worst errors are from all of them; knees, profit "
    )
    how = read_columns(path, options)[1]
    return result, [*how, *notes, told + "curves and slices need the rows, and are left out"]


Read = tuple[NDArray[Any], NDArray[Any], "tuple[str, ...] | None", dict[str, Any]]


def _of_npz(path: Path) -> Read:
    held = npz_names(path)
    target = next((name for name in TARGETS if name in held), None)
    prob = next((name for name in _PROBABILITIES if name in held), None)
    if target is None or prob is None:
        told = ", ".join(held) or "nothing"
        data = "; as data of a model: trackexp evaluate MODEL --data " + str(path) if "x" in held else ""
        raise UsageError(f"{path} holds {told}; predictions are the arrays y_true and y_prob{data}.")
    extras: dict[str, Any] = {name: npz_member(path, name) for name in ("ids", "groups") if name in held}
    names = tuple(str(name) for name in npz_member(path, "class_names")) if "class_names" in held else None
    return npz_member(path, target), npz_member(path, prob), names, extras


def _of_table(path: Path, frame: pd.DataFrame, options: DataOptions) -> Read:
    columns = [str(name) for name in frame.columns]
    target = options.target or next((name for name in TARGETS if name in columns), None)
    if target is None or target not in columns:
        raise UsageError(
            f"{path} has no column {options.target or 'target'}; there are {', '.join(columns[:20])}. Name it with "
            "--target COLUMN."
        )
    missing = np.flatnonzero(frame[target].isna())
    if missing.size:
        raise UsageError(f"{path} has no {target} in row {missing[0]} and {missing.size - 1} more.")
    truth = as_array(frame[target], target)
    extras: dict[str, Any] = {"ids": frame["id"].to_numpy()} if "id" in columns else {}
    group = options.group or "group"
    if group in columns and frame[group].notna().all():
        extras["groups"] = frame[group].to_numpy().astype(str)
    classes = [name for name in columns if _is_class(frame, name, target, group)]
    labels = {str(label) for label in np.unique(truth.astype(str)).tolist()}
    one = any(name in columns for name in _POSITIVE) and not labels <= set(classes)
    prefixed = _prefixed(classes)
    classes = prefixed or ([] if one else classes)
    extras["attributes"] = _attributes(frame, {target, group, *classes}, numbers=bool(prefixed) or one)
    if len(classes) > 1:
        prob = as_array(frame[classes], "the probabilities").astype(np.float64)
        return truth, prob, _class_names(classes), extras
    return _of_one_column(path, frame, classes, truth, extras)


def _of_one_column(
    path: Path, frame: pd.DataFrame, classes: list[str], truth: NDArray[Any], extras: dict[str, Any]
) -> Read:
    said = next((name for name in _PREDICTIONS if name in frame), None)
    positive = next((name for name in (*_POSITIVE, *classes) if name in frame), None)
    if positive is None:
        if said is not None and frame[said].dtype.kind in "fiu" and are_numbers(truth.astype(float, copy=False)):
            return truth, frame[said].to_numpy(dtype=float), None, {**extras, "numbers": True}
        raise UsageError(
            f"{path} holds {', '.join(map(str, frame.columns[:20]))}, but no probabilities; expected a column per "
            "class, named by it, or one `probability` of the positive class."
        )
    if frame[positive].dtype.kind not in "fiub":
        raise UsageError(f"the column {positive} of {path} holds no numbers; expected probabilities.")
    p = as_array(frame[positive], positive).astype(np.float64)
    names = _two_names(truth, frame[said].to_numpy() if said is not None else truth)
    if said is not None and positive == "probability" and names is not None:  # our own tables: that of the prediction
        p = np.where(frame[said].astype(str).to_numpy() == names[1], p, 1 - p)
    elif said is not None and positive == "probability":
        raise UsageError(
            f"{path} holds the probability of each prediction, of more than two classes; expected a column per class."
        )
    return truth, p, names, extras


def _prefixed(columns: list[str]) -> list[str]:
    """Return the columns of one prefix such as `p_`, which tells classes from other numbers."""
    families = [[name for name in columns if name.startswith(prefix)] for prefix in PREFIXES]
    return next((family for family in families if len(family) > 1), [])


def _attributes(frame: pd.DataFrame, known: set[str], *, numbers: bool) -> dict[str, NDArray[Any]]:
    """Return the columns beside the known ones, such as a camera or an age: errors are sliced by them."""
    found: dict[str, NDArray[Any]] = {}
    for name in frame.columns:
        if str(name) in _NOT_CLASSES | known:
            continue
        if frame[name].dtype.kind in "fiub":
            found |= {str(name): frame[name].to_numpy()} if numbers else {}
        elif 1 < frame[name].nunique() <= _MOST_VALUES:
            found[str(name)] = frame[name].fillna("missing").astype(str).to_numpy()
    return found


def _two_names(truth: NDArray[Any], said: NDArray[Any]) -> tuple[str, ...] | None:
    found = sorted({str(label) for label in (*truth.tolist(), *said.tolist())})
    if set(found) <= {"0", "1"}:
        return ("0", "1")
    return (found[0], found[1]) if len(found) == 2 else None


def _is_class(frame: pd.DataFrame, name: str, target: str, group: str) -> bool:
    return name not in _NOT_CLASSES | {target, group} and frame[name].dtype.kind in "fiub"


def _class_names(columns: list[str]) -> tuple[str, ...]:
    """Return class names, without a prefix that all of them have."""
    for prefix in PREFIXES:
        if all(name.startswith(prefix) and len(name) > len(prefix) for name in columns):
            return tuple(name.removeprefix(prefix) for name in columns)
    return tuple(columns)


def _shared(prob: NDArray[Any]) -> bool:
    """Return whether rows share out 1, or 100, up to what rounding explains."""
    if prob.ndim == 1:
        return True
    sums = prob[:8192].sum(axis=1)
    if not np.isfinite(sums).all():
        return True  # the evaluation refuses it, by its rows
    unit = 100 if 50 < float(np.median(sums)) < 150 else 1
    allowed, _ = explained(prob[:8192], unit)
    return bool(np.abs(sums - unit).max() < max(1e-2 * unit, min(allowed, unit / 2)))
