"""Some rows that a fit validates on, with what the model says of them: people look before they trust a number."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from trackexp.keras import facts
from trackexp.keras.facts.streams import rows_of, source_of
from trackexp.tracking import Run

# More columns of numbers than these are a picture or a sequence: one cell of text.
_MAX_FEATURES, _MAX_TEXT = 20, 200
_SMALLEST_IMAGE = 6  # pixels a side; an array of rows and columns below that is a table
Rows = tuple[Any, Any, NDArray[np.int64]]


class TrackExamples(keras.callbacks.Callback):
    """Keeps some rows with the predictions of the model as the fit left it; the end of the run logs them as one table.

    Args:
        run: The run of `track`.
        count: How many rows, spread evenly over those that the fit validates on; of a stream the first ones of its
            first batch. A fit that validates on nothing gives rows that it trained on; the column `part` says which.
    """

    def __init__(self, run: Run, count: int) -> None:
        super().__init__()
        self._run = run
        self._count = count
        self._part = "valid"
        self._rows: Rows | None = None

    def choose(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Take the rows out of what `fit` was given, and return the arguments to replace: a stream that is watched."""
        validation, split = arguments.get("validation_data"), arguments.get("validation_split") or 0.0
        x, y = arguments.get("x"), arguments.get("y")
        if validation is not None and source_of(validation) != "arrays":
            return {"validation_data": facts.observe_first_batch(validation, self._first_batch)}
        if validation is not None:
            self._take(validation[0], validation[1] if len(validation) > 1 else None)
        elif split and source_of(x) == "arrays":
            self._take(x, y, begin=math.floor((rows_of(x) or 0) * (1 - split)))
        elif source_of(x) == "arrays":
            self._part = "train"
            self._take(x, y)
        else:
            self._part = "train"
            return {"x": facts.observe_first_batch(x, self._first_batch)}
        return {}

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Ask the model once."""
        if self._rows is None or not self._run.recording:
            return
        with self._run.failures.guard("predicting the examples"):
            x, y, places = self._rows
            with _undisturbed(self.model):
                outputs = self.model(_as_given(x), training=False)
            self._run.state.examples = table_of(x, y, _named(outputs), places, self._part)

    def _first_batch(self, batch: tuple[Any, Any, Any]) -> None:
        self._take(batch[0], batch[1], spread=False)

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
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"


def _picked(values: Any, places: Any) -> Any:
    if values is None:
        return None
    if isinstance(values, Mapping):
        return {key: _picked(part, places) for key, part in values.items()}
    if isinstance(values, list | tuple) and any(hasattr(part, "shape") for part in values):
        return [_picked(part, places) for part in values]
    if hasattr(values, "iloc"):
        return values.iloc[places]
    if hasattr(values, "detach"):
        return values.detach().cpu().numpy()[places]
    return np.asarray(values)[places] if not hasattr(values, "__getitem__") else _rows_at(values, places)


def _rows_at(values: Any, places: Any) -> Any:
    """Return the rows of an array one by one: whatever it is (a memory map, HDF5, a tensor), the rest is not read."""
    return np.stack([np.asarray(values[int(place)]) for place in places])


def _as_given(x: Any) -> Any:
    """Return the rows as the model takes them: arrays in the user's nesting."""
    if isinstance(x, Mapping):
        return {key: _as_given(part) for key, part in x.items()}
    if isinstance(x, list):
        return [_as_given(part) for part in x]
    array = x.to_numpy() if hasattr(x, "to_numpy") else x
    return keras.ops.convert_to_tensor(array) if array.dtype.kind in "fiub" else array


def _named(values: Any, name: str = "output") -> dict[str, Any]:
    """Return the leaves of nested arrays by name, as numpy."""
    if isinstance(values, Mapping):
        return {str(key): _plain(part) for key, part in values.items()}
    if isinstance(values, list | tuple):
        return {f"{name} {place}": _plain(part) for place, part in enumerate(values)}
    return {name: _plain(values)}


def _plain(values: Any) -> Any:
    if hasattr(values, "columns") or isinstance(values, np.ndarray):
        return values
    return keras.ops.convert_to_numpy(values)


@contextmanager
def _undisturbed(model: Any) -> Iterator[None]:
    """Put back whatever a look at the model changes, such as the state of its random layers."""
    weights = {id(variable) for variable in model.weights}
    others = [variable for variable in model.variables if id(variable) not in weights]
    before = [np.array(variable) for variable in others]
    try:
        yield
    finally:
        for variable, value in zip(others, before, strict=True):
            variable.assign(value)
