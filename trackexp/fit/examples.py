"""Some rows that a fit validates on, with what the model says of them: people look before they trust a number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trackexp.fit.data.sources import rows_of, source_of
from trackexp.fit.nested import map_arrays
from trackexp.fit.plan import Plan
from trackexp.fit.protocols import Trainee
from trackexp.reporting import shorten
from trackexp.tracking import Run

# More columns of numbers than these are a picture or a sequence: one cell of text.
_MAX_FEATURES, _MAX_TEXT = 20, 200
_SMALLEST_IMAGE = 6  # pixels a side; an array of rows and columns below that is a table
Rows = tuple[Any, Any, NDArray[np.int64]]
ExamplePart = Literal["valid", "train"]


class Examples:
    """Keeps some rows with the predictions of the model as the fit left it; the end of the run logs them as one table.

    Args:
        run: The run of `track`.
        trainee: The model.
        plan: Of the training.
        count: How many rows, spread evenly over those that the fit validates on; of a stream the first ones of its
            first batch. A fit that validates on nothing gives rows that it trained on; the column `part` says which.
    """

    def __init__(self, run: Run, trainee: Trainee, plan: Plan, count: int) -> None:
        self._run, self._trainee, self._plan, self._count = run, trainee, plan, count
        self._part: ExamplePart = "valid"
        self._rows: Rows | None = None

    def choose(self) -> None:
        """Take the rows out of arrays; those of streams come with their first batch."""
        plan, validation = self._plan, self._plan.validation_data
        if validation is not None:
            if source_of(validation) == "arrays":
                self._take(validation[0], validation[1] if len(validation) > 1 else None)
        elif plan.validation_split and source_of(plan.x) == "arrays":
            self._take(plan.x, plan.y, begin=math.floor((rows_of(plan.x) or 0) * (1 - plan.validation_split)))
        elif source_of(plan.x) == "arrays":
            self._part = "train"
            self._take(plan.x, plan.y)

    def take_batch(self, x: Any, y: Any, part: ExamplePart) -> None:
        """Take the first rows of a stream's first batch."""
        self._part = part
        self._take(x, y, spread=False)

    def ask(self) -> None:
        """Ask the model once."""
        if self._rows is None or not self._run.recording:
            return
        with self._run.failures.guard("predicting the examples"):
            x, y, places = self._rows
            outputs = self._trainee.outputs(x)
            if outputs is not None:
                self._run.state.examples = table_of(x, y, _named(outputs), places, self._part)

    def _take(self, x: Any, y: Any, begin: int = 0, *, spread: bool = True) -> None:
        with self._run.failures.guard("choosing the examples"):
            total = (rows_of(x) or 0) - begin
            count = min(self._count, total)
            if count <= 0:
                return
            places = np.linspace(0, total - 1, count).astype(np.int64) if spread else np.arange(count)
            self._rows = _picked(x, places + begin), _picked(y, places + begin), places


def table_of(x: Any, y: Any, outputs: Mapping[str, Any], places: Any, part: str) -> dict[str, list[Any]]:
    """Return the columns of the table: the row's place, its inputs and targets, and what the model says of it.

    Args:
        x: The inputs, in the nesting of `fit`; every array has shape (n, …).
        y: The targets, or None.
        outputs: By name, each of shape (n, …).
        places: Where the rows stand in the part, shape (n,).
        part: `"valid"` or `"train"`.
    """
    columns: dict[str, list[Any]] = {"row": [int(place) for place in places], "part": [part] * len(places)}
    for name, values in _named(x, "input").items():
        columns.update(_input_columns(name, values))
    targets = _named(y, "target") if y is not None else {}
    for place, (name, values) in enumerate(outputs.items()):
        ending = "" if len(outputs) == 1 else f" {name}"
        target = targets.get(name, list(targets.values())[place] if place < len(targets) else None)
        columns.update({f"{key}{ending}": cells for key, cells in _judged(np.asarray(values), target).items()})
    return columns


def _judged(values: NDArray[Any], target: Any) -> dict[str, list[Any]]:
    """Return target, prediction and how sure or how far off: by class where the output is one of classes."""
    y = None if target is None else np.asarray(target)
    flat = values.reshape(len(values), -1)
    if values.ndim == 2 and values.shape[1] > 1 and y is not None and _is_class(y, values.shape[1]):
        truth = y.argmax(-1) if y.ndim == 2 and y.shape[1] == values.shape[1] else y.reshape(-1).astype(int)
        return _by_class(truth, values.argmax(-1), _probability(values))
    if flat.shape[1] == 1 and y is not None and y.size == len(y) and np.isin(y, (0, 1)).all() and _is_share(flat):
        said = flat[:, 0] > 0.5
        return _by_class(y.reshape(-1).astype(int), said.astype(int), np.where(said, flat[:, 0], 1 - flat[:, 0]))
    columns = {"target": _cells(y), "prediction": _cells(values)} if y is not None else {"prediction": _cells(values)}
    if y is not None and flat.shape[1] == 1 and y.size == len(y) and y.dtype.kind in "fiub":
        columns["error"] = [float(error) for error in flat[:, 0] - y.reshape(-1)]
    return columns


def _by_class(truth: NDArray[Any], said: NDArray[Any], probability: NDArray[Any] | None) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {"target": truth.tolist(), "prediction": said.tolist()}
    if probability is not None:
        columns["probability"] = [float(value) for value in probability]
    return {**columns, "correct": (truth == said).tolist()}


def _is_class(y: NDArray[Any], classes: int) -> bool:
    if y.ndim == 2 and y.shape[1] == classes:
        return bool(np.isin(y, (0, 1)).all() and (y.sum(-1) == 1).all())
    return y.size == len(y) and y.dtype.kind in "iuf" and bool((y == np.floor(y)).all() and (y < classes).all())


def _probability(values: NDArray[Any]) -> NDArray[Any] | None:
    """Return the probability of the predicted class; None where the outputs are no probabilities."""
    return values.max(-1) if _is_share(values) and np.allclose(values.sum(-1), 1, atol=1e-3) else None


def _is_share(values: NDArray[Any]) -> bool:
    return bool((values >= 0).all() and (values <= 1).all())


def _input_columns(name: str, values: Any) -> dict[str, list[Any]]:
    if hasattr(values, "columns"):
        return {str(column): values[column].tolist() for column in list(values.columns)[:_MAX_FEATURES]}
    values = np.asarray(values)
    if is_image(values):
        return {name: list(values)}
    if values.ndim == 2 and 1 < values.shape[1] <= _MAX_FEATURES and values.dtype.kind in "fiub":
        return {f"{name} {place}": column.tolist() for place, column in enumerate(values.T)}
    return {name: _cells(values)}


def is_image(values: NDArray[Any]) -> bool:
    """Return whether an array (n, height, width[, channels]) is one of pictures: grey, colour, or colour and alpha."""
    if values.ndim not in (3, 4) or values.dtype.kind not in "fiub":
        return False
    return min(values.shape[1:3]) >= _SMALLEST_IMAGE and (values.ndim == 3 or values.shape[3] in (1, 3, 4))


def _cells(values: Any) -> list[Any]:
    """Return one cell a row: a number, or a text of what is more than that."""
    return [row.item() if getattr(row, "size", 0) == 1 and row.dtype.kind in "fiub" else _text(row) for row in values]


def _text(row: Any) -> str:
    if isinstance(row, bytes):
        return row.decode("utf-8", "replace")[:_MAX_TEXT]
    if isinstance(row, np.ndarray) and row.size == 1:
        return _text(row.item())
    text = np.array2string(row, precision=4, threshold=40) if isinstance(row, np.ndarray) else str(row)
    return shorten(text, _MAX_TEXT)


def _picked(values: Any, places: Any) -> Any:
    """Return some rows of nested arrays; a plain list is an array of its own."""
    if isinstance(values, list | tuple) and not any(hasattr(part, "shape") for part in values):
        return np.asarray(values)[places]
    return map_arrays(lambda array: _rows_of_array(array, places), values)


def _rows_of_array(values: Any, places: Any) -> Any:
    if hasattr(values, "iloc"):
        return values.iloc[places]
    if hasattr(values, "detach"):
        return values.detach().cpu().numpy()[places]
    return np.asarray(values)[places] if not hasattr(values, "__getitem__") else _rows_at(values, places)


def _rows_at(values: Any, places: Any) -> Any:
    """Return the rows of an array one by one: whatever it is (a memory map, HDF5, a tensor), the rest is not read."""
    return np.stack([np.asarray(values[int(place)]) for place in places])


def _named(values: Any, name: str = "output") -> dict[str, Any]:
    """Return the leaves of nested arrays by name, as numpy."""
    if isinstance(values, Mapping):
        return {str(key): _plain(part) for key, part in values.items()}
    if isinstance(values, list | tuple):
        return {f"{name} {place}": _plain(part) for place, part in enumerate(values)}
    return {name: _plain(values)}


def _plain(values: Any) -> Any:
    return values if hasattr(values, "columns") else np.asarray(values)
