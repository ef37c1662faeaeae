"""What a model said about rows whose answer is known: the noun that every evaluation starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from trackexp.errors import UsageError, nearest
from trackexp.evaluation.arrays import as_array, column_names, match_columns
from trackexp.evaluation.checks import class_indices

Task = Literal["binary", "multiclass", "multilabel"]
FloatArray = NDArray[np.floating[Any]]

# Rows read at once: small enough for the second-level cache at ten classes, large enough to hide numpy's call costs.
BLOCK_ROWS = 8192


@dataclass(frozen=True, eq=False)
class Predictions:
    """Rows with their known answer and the probabilities that a model gave; the arrays are not copied.

    Args:
        y_true: Class indices `(n,)`, or 0/1 `(n, n_classes)` for multi-label.
        y_prob: Probabilities: `(n,)` of the positive class for binary, else `(n, n_classes)`.
        class_names: One name a class, in the order of the columns; two names for binary.
        task: `"binary"` (1-D probabilities), `"multiclass"` (rows sum to 1) or `"multilabel"` (columns stand alone).
        ids: Each row's name, for errors, tables and pairing with another model; None: the row's number.
        inputs: What the model saw, `(n, …)`, for galleries.
        groups: Each row's group `(n,)`: site, patient, camera.
        part: Which part the rows are, such as `"valid"` or `"test"`.
        source: Where they come from: a file, a model, a run.
        attributes: What else is known of each row, by name: camera, age, time of day; errors are sliced by it.
        notes: How the values were taken where that is not plain: reordered columns, percentages, rounded numbers.
    """

    y_true: NDArray[np.integer[Any]]
    y_prob: FloatArray
    class_names: tuple[str, ...]
    task: Task
    ids: NDArray[Any] | None = None
    inputs: Any = None
    groups: NDArray[Any] | None = None
    part: str | None = None
    source: str | None = None
    attributes: Mapping[str, NDArray[Any]] | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self.y_prob.shape[0])

    def __repr__(self) -> str:
        part = f", part={self.part!r}" if self.part else ""
        return f"Predictions({len(self)} rows, {len(self.class_names)} classes, {self.task}{part})"

    @property
    def n_classes(self) -> int:
        """Number of classes; 2 for binary."""
        return len(self.class_names)

    @property
    def columns(self) -> FloatArray:
        """Probabilities as one column per class: for binary, 1 - p beside p."""
        return np.stack([1 - self.y_prob, self.y_prob], axis=1) if self.task == "binary" else self.y_prob

    def id_of(self, rows: ArrayLike) -> list[Any]:
        """Return the ids of row numbers, which are the row numbers themselves where no ids were given."""
        numbers = np.asarray(rows)
        found: list[Any] = (numbers if self.ids is None else self.ids[numbers]).tolist()
        return found

    def take(self, rows: NDArray[Any]) -> Predictions:
        """Return the given rows, by number or by mask."""
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        return Predictions(
            self.y_true[rows],
            self.y_prob[rows],
            self.class_names,
            self.task,
            np.asarray(self.id_of(rows)),
            None if self.inputs is None else part_of_rows(self.inputs, rows),
            None if self.groups is None else self.groups[rows],
            self.part,
            self.source,
            None if self.attributes is None else {name: values[rows] for name, values in self.attributes.items()},
            self.notes,
        )


def make_predictions(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    ids: ArrayLike | None = None,
    inputs: Any = None,
    groups: ArrayLike | None = None,
    part: str | None = None,
    source: str | None = None,
    task: Task | None = None,
    attributes: Mapping[str, ArrayLike] | None = None,
) -> Predictions:
    """Check shapes and labels and return `Predictions`; values of the probabilities are checked where they are read.

    Raises:
        UsageError: Shapes, names or labels that do not fit each other.
    """
    y_true, notes = _same_rows(y_true, y_prob)
    prob, truth = _probabilities(y_prob), as_array(y_true, "y_true")
    if truth.ndim == 2 and truth.shape[1] == 1:
        truth = truth[:, 0]
    if truth.dtype == object and pd.api.types.infer_dtype(truth, skipna=False) in ("integer", "boolean"):
        truth = np.array(truth.tolist())
    n = prob.shape[0]
    if truth.ndim == 0 or truth.shape[0] != n:
        raise UsageError(f"y_true has shape {truth.shape}, y_prob {prob.shape}; expected one target and one row each.")
    if n == 0:
        raise UsageError("there are no rows to evaluate.")
    truth, prob, names, moved = _by_column(y_true, truth, y_prob, prob, class_names)
    task = _task(truth, prob, task)
    known = _names(names, 2 if prob.ndim == 1 else prob.shape[1])
    labels = _multilabel(truth, prob) if task == "multilabel" else class_indices(truth, known, names is not None)
    return Predictions(
        labels,
        prob,
        known,
        task,
        _aligned(ids, n, "ids"),
        _check_inputs(inputs, n),
        _aligned(groups, n, "groups"),
        part,
        source,
        None if not attributes else {name: _known(values, n, name) for name, values in attributes.items()},
        (*notes, *moved),
    )


def _by_column(
    y_true: Any, truth: NDArray[Any], y_prob: Any, prob: FloatArray, class_names: Sequence[str] | None
) -> tuple[NDArray[Any], FloatArray, Sequence[str] | None, list[str]]:
    """Return answers and probabilities in the order of the classes, by the names of a frame's columns where it has any.

    Returns:
        The answers, the probabilities, the names of the classes where they are known, and what was moved.
    """
    held = column_names(y_prob) if prob.ndim == 2 else None
    if held is None or len(held) != prob.shape[1] or (class_names is not None and len(class_names) != len(held)):
        return truth, prob, class_names, []
    wanted = None if class_names is None else _names(class_names, len(held))
    order, names = match_columns(held, wanted, _labels(truth))
    moved = []
    if order != list(range(len(order))):
        prob = np.ascontiguousarray(prob[:, order])
        moved = [f"the columns of y_prob were put in the order of the classes: {', '.join(names[:10])}"]
    return _same_columns(y_true, truth, held, order), prob, names, moved


def _same_rows(y_true: Any, y_prob: Any) -> tuple[Any, list[str]]:
    """Return the answers in the order of the probabilities where both are frames whose index names the same rows."""
    given, wanted = getattr(y_true, "index", None), getattr(y_prob, "index", None)
    if not (isinstance(given, pd.Index) and isinstance(wanted, pd.Index)):
        return y_true, []
    plain = isinstance(given, pd.RangeIndex) or isinstance(wanted, pd.RangeIndex)
    if plain or len(given) != len(wanted) or given.equals(wanted) or not (given.is_unique and wanted.is_unique):
        return y_true, []
    if not given.isin(wanted).all():
        return y_true, []
    return y_true.loc[wanted], ["the rows of y_true were put in the order of y_prob's, by the index of both"]


def _labels(truth: NDArray[Any]) -> frozenset[str]:
    """Return every label that occurs as text, whole numbers without a decimal point; nothing of several a row."""
    if truth.ndim != 1:
        return frozenset()
    if truth.dtype.kind == "f":
        truth = truth[np.isfinite(truth) & (np.floor(truth) == truth)].astype(np.int64)
    found = np.unique(truth.astype(str) if truth.dtype.kind == "O" else truth)
    return frozenset(map(str, found.tolist()))


def _same_columns(y_true: Any, truth: NDArray[Any], held: list[str], order: list[int]) -> NDArray[Any]:
    """Return answers of several columns in the order of the classes, by the names that both frames have."""
    theirs = column_names(y_true) if truth.ndim == 2 else None
    if theirs is None or truth.shape[1] != len(held):
        return truth[:, order] if truth.ndim == 2 and theirs is None and truth.shape[1] == len(held) else truth
    if set(theirs) != set(held):
        raise UsageError(
            f"y_true has the columns {', '.join(theirs[:10])}, y_prob {', '.join(held[:10])}; expected the same names."
        )
    return truth[:, [theirs.index(held[place]) for place in order]]


def joined_predictions(parts: Sequence[Predictions], part: str | None) -> Predictions:
    """Return the rows of all parts, which have the same classes."""
    first = parts[0]
    return Predictions(
        np.concatenate([p.y_true for p in parts]),
        np.concatenate([p.y_prob for p in parts]),
        first.class_names,
        first.task,
        _joined([p.ids for p in parts]),
        _joined_inputs([p.inputs for p in parts]),
        _joined([p.groups for p in parts]),
        part,
        first.source if all(p.source == first.source for p in parts) else None,
        _joined_attributes(parts),
        tuple(dict.fromkeys(note for p in parts for note in p.notes)),
    )


def _joined_attributes(parts: Sequence[Predictions]) -> Mapping[str, NDArray[Any]] | None:
    """Return the attributes that every part has."""
    known = [set(p.attributes or ()) for p in parts]
    names = [name for name in parts[0].attributes or () if all(name in one for one in known)]
    return {name: np.concatenate([(p.attributes or {})[name] for p in parts]) for name in names} or None


def _joined(arrays: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    known = [array for array in arrays if array is not None]
    return np.concatenate(known) if len(known) == len(arrays) else None


def _joined_inputs(inputs: Sequence[Any]) -> Any:
    if any(x is None for x in inputs):
        return None
    if all(isinstance(x, np.ndarray) for x in inputs):
        return np.concatenate(inputs)
    if all(hasattr(x, "iloc") for x in inputs):
        return pd.concat(inputs)
    return [row for part in inputs for row in part]


def part_of_rows(inputs: Any, rows: NDArray[Any]) -> Any:
    """Return rows of inputs; those that are read when asked for stay unread."""
    return inputs.part(rows) if isinstance(inputs, LazyRows) else take_rows(inputs, rows)


def take_rows(inputs: Any, rows: NDArray[Any]) -> Any:
    """Return rows of an array, a data frame, a list, or of what is read when asked for."""
    if isinstance(inputs, LazyRows):
        return inputs.take(rows)
    if hasattr(inputs, "iloc"):
        return inputs.iloc[rows]
    return inputs[rows] if isinstance(inputs, np.ndarray) else [inputs[i] for i in rows]


def _probabilities(y_prob: ArrayLike) -> FloatArray:
    prob = as_array(y_prob, "y_prob")
    if prob.dtype.kind == "O":
        prob = _from_objects(prob)
    if prob.dtype.kind not in "fiub":
        raise UsageError(f"y_prob has dtype {prob.dtype}; expected numbers.")
    if prob.dtype == np.float16 or (prob.dtype.kind == "f" and prob.dtype.itemsize == 4):
        prob = prob.astype(np.float32, copy=False)  # also from the other byte order
    else:
        prob = prob.astype(np.float64, copy=False)
    if prob.ndim == 2 and prob.shape[1] == 1:
        prob = prob[:, 0]
    if prob.ndim not in (1, 2) or (prob.ndim == 2 and prob.shape[1] == 0):
        raise UsageError(f"y_prob has shape {prob.shape}; expected (n_rows,) for binary or (n_rows, n_classes).")
    return prob


def _from_objects(prob: NDArray[Any]) -> NDArray[Any]:
    """Return numbers that lie in an array of objects, such as `Decimal` or None, as floats."""
    try:
        return prob.astype(np.float64)
    except (TypeError, ValueError):
        return prob


def _task(truth: NDArray[Any], prob: FloatArray, task: Task | None) -> Task:
    if task is not None and task not in get_args(Task):
        raise UsageError(
            f"task is {task!r}; expected one of {', '.join(get_args(Task))}{nearest(task, get_args(Task))}."
        )
    if prob.ndim == 1:
        if truth.ndim != 1 or task not in (None, "binary"):
            raise UsageError(f"y_prob is 1-D, one positive class; y_true has shape {truth.shape} and task is {task!r}.")
        return "binary"
    if task == "binary":
        raise UsageError(f"y_prob has shape {prob.shape}; binary takes the positive class alone: y_prob[:, 1].")
    if task == "multilabel" or (task is None and truth.ndim == 2 and not _is_one_hot(truth, prob)):
        return "multilabel"
    if truth.ndim == 2:
        raise UsageError(
            f"y_true is one-hot {truth.shape}; expected class indices: y_true.argmax(axis=1) "
            "(or task='multilabel' if every column is a question of its own)."
        )
    return "multiclass"


def _is_one_hot(truth: NDArray[Any], prob: FloatArray) -> bool:
    """One 1 a row, and probabilities that share out 1: several labels would not."""
    if truth.dtype.kind not in "fiub" or truth.shape != prob.shape:
        return False
    sums = prob[:BLOCK_ROWS].sum(axis=1)
    return bool((truth.sum(axis=1) == 1).all() and np.allclose(sums[np.isfinite(sums)], 1.0, atol=1e-3))


def _multilabel(truth: NDArray[Any], prob: FloatArray) -> NDArray[np.int8]:
    if truth.shape != prob.shape:
        raise UsageError(f"y_true has shape {truth.shape}, y_prob {prob.shape}; expected one 0 or 1 per probability.")
    if truth.dtype.kind not in "fiub" or not ((truth == 0) | (truth == 1)).all():
        raise UsageError("y_true of several labels per row must hold only 0 and 1.")
    return truth.astype(np.int8)


def _names(class_names: Sequence[str] | None, n_classes: int) -> tuple[str, ...]:
    if class_names is None:
        return tuple(str(k) for k in range(n_classes))
    if isinstance(class_names, str):
        raise UsageError(f"class_names is the text {class_names!r}; expected a list of {n_classes} names.")
    names = tuple(str(name) for name in class_names)
    if len(names) != n_classes:
        raise UsageError(f"{len(names)} class names for {n_classes} classes; expected one per column, in their order.")
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise UsageError(f"class names must differ; more than once: {', '.join(twice)}.")
    return names


def _aligned(values: ArrayLike | None, n: int, name: str) -> NDArray[Any] | None:
    if values is None:
        return None
    array = as_array(values, name)
    if array.shape != (n,):
        raise UsageError(f"{name} has shape {array.shape}; expected one per row, ({n},).")
    return array


def _known(values: ArrayLike, n: int, name: str) -> NDArray[Any]:
    array = as_array(values, name)
    if array.shape != (n,):
        raise UsageError(f"attribute {name!r} has shape {array.shape}; expected one value per row, ({n},).")
    return array


def _check_inputs(inputs: Any, n: int) -> Any:
    if inputs is not None and len(inputs) != n:
        raise UsageError(f"inputs has {len(inputs)} rows; expected one per prediction, {n}.")
    return inputs


class LazyRows:
    """Rows that are read when they are asked for: by number, or many at once.

    Args:
        read: Returns some rows' inputs, by number.
        n: Rows in all.
        places: Of which of the numbers this is a part; None: all.
    """

    lazy = True

    def __init__(self, read: Callable[[NDArray[np.intp]], Any], n: int, places: NDArray[np.intp] | None = None) -> None:
        self._read, self._n, self._places = read, n, places

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, row: int) -> Any:
        return self.take([row])[0]

    def take(self, rows: ArrayLike) -> Any:
        """Return the inputs of some rows."""
        numbers = np.asarray(rows, dtype=np.intp)
        return self._read(numbers if self._places is None else self._places[numbers])

    def part(self, rows: NDArray[np.intp]) -> LazyRows:
        """Return some of the rows, still unread."""
        return LazyRows(self._read, len(rows), rows if self._places is None else self._places[rows])
