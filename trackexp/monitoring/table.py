"""Predictions as monitoring sees them: inputs by name, what was answered, and what was true, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import UsageError

_TARGETS = ("target", "y_true", "label", "y")
_PREDICTIONS = ("prediction", "y_pred", "predicted")
_TIMES = ("at", "time", "timestamp")
_IDS = ("id", "request_id", "request")
_OTHERS = ("model", "version", "outside", "row", "value_true", "shadow", "shadow_version", "target_at")
_PROBABILITY = "p_"

Column = NDArray[Any]


@dataclass(frozen=True, eq=False)
class PredictionTable:
    """Some rows; what is not known of them is None.

    Args:
        inputs: Values `(n,)` by name: numbers, or texts as objects.
        prediction: Classes as texts, or numbers `(n,)`.
        probabilities: `(n, n_classes)`.
        class_names: In the order of the probabilities' columns.
        target: What was true, as texts for classes; missing ones None, or NaN of numbers.
        times: Seconds since 1970 `(n,)`.
        shadow: What a second model answered.
        requests: How many there were; 0 where nobody counted.
        refused: How many more were refused for what they held.
        lost: Rows that the log lost.
    """

    inputs: Mapping[str, Column] = field(default_factory=dict)
    prediction: Column | None = None
    probabilities: NDArray[np.floating[Any]] | None = None
    class_names: tuple[str, ...] = ()
    target: Column | None = None
    ids: Column | None = None
    times: NDArray[np.float64] | None = None
    shadow: Column | None = None
    requests: int = 0
    refused: int = 0
    lost: int = 0

    def __len__(self) -> int:
        for found in (self.prediction, self.probabilities, self.target, self.ids, *self.inputs.values()):
            if found is not None:
                return len(found)
        return 0

    def rows(self, chosen: Any) -> PredictionTable:
        """Return some rows, chosen by a slice, numbers or truth values."""

        def of(column: Any) -> Any:
            return None if column is None else column[chosen]

        return replace(
            self,
            inputs={name: column[chosen] for name, column in self.inputs.items()},
            prediction=of(self.prediction), probabilities=of(self.probabilities), target=of(self.target),
            ids=of(self.ids), times=of(self.times), shadow=of(self.shadow), requests=0, refused=0, lost=0,
        )  # fmt: skip

    @property
    def labelled(self) -> NDArray[np.bool_]:
        """Whether the target of each row is known."""
        if self.target is None:
            return np.zeros(len(self), bool)
        return ~np.asarray(pd.isna(self.target))

    @property
    def wrong(self) -> NDArray[np.bool_] | None:
        """Whether each row was answered wrongly; rows without a target count as right. None without classes."""
        if self.prediction is None or self.target is None or self.prediction.dtype.kind == "f":
            return None
        differs: NDArray[np.bool_] = self.prediction.astype(str) != self.target.astype(str)
        return differs & self.labelled


def as_table(data: Any, what: str, labels: Any = None) -> PredictionTable:
    """Return predictions from a data frame, a mapping of arrays, or a table.

    Args:
        data: Columns: inputs by name; and where they are there `id`, `time`, `target`, `prediction`, `p_<class>`.
        what: What it is, for messages.
        labels: Targets: one a row, or a mapping or a frame from ids to targets.

    Raises:
        UsageError: It is none of these, or no label matches an id.
    """
    if isinstance(data, PredictionTable):
        table = data
    elif hasattr(data, "iloc"):
        table = _of_frame(data)
    elif isinstance(data, Mapping):
        table = _of_mapping(data, what)
    else:
        raise UsageError(
            f"{what} is {type(data).__name__}; expected a data frame, a mapping of columns, or a ModelRecord "
            "as reference."
        )
    return table if labels is None else _labelled(table, labels)


def _of_mapping(data: Mapping[str, Any], what: str) -> PredictionTable:
    """Return a table of columns; an array of several columns is spread, as `x0`, `x1` and so on."""
    columns: dict[str, Any] = {}
    for key, value in data.items():
        array = np.asarray(value)
        if array.ndim <= 1:
            columns[str(key)] = np.atleast_1d(array)
        else:
            flat = array.reshape(len(array), -1)
            columns |= {f"{key}{n}": flat[:, n] for n in range(flat.shape[1])}
    if len({len(column) for column in columns.values()}) > 1:
        sizes = ", ".join(f"{name} {len(column)}" for name, column in list(columns.items())[:6])
        raise UsageError(f"the columns of {what} differ in length: {sizes}.")
    return _of_frame(pd.DataFrame(columns))


def _of_frame(frame: pd.DataFrame) -> PredictionTable:
    names = [str(name) for name in frame.columns]
    frame = frame.set_axis(names, axis=1)

    def first(among: tuple[str, ...]) -> str | None:
        return next((name for name in among if name in names), None)

    target, prediction, when, ids = first(_TARGETS), first(_PREDICTIONS), first(_TIMES), first(_IDS)
    prob = [name for name in names if name.startswith(_PROBABILITY) and frame[name].dtype.kind == "f"]
    held = {target, prediction, when, ids, *prob, *_OTHERS}
    classes = bool(prob)
    return PredictionTable(
        inputs={name: _values(frame[name]) for name in names if name not in held},
        prediction=None if prediction is None else _answers(frame[prediction], classes),
        probabilities=frame[prob].to_numpy(dtype=float) if prob else None,
        class_names=tuple(name.removeprefix(_PROBABILITY) for name in prob),
        target=None if target is None else _answers(frame[target], classes),
        ids=None if ids is None else frame[ids].astype(str).to_numpy(dtype=object),
        times=None if when is None else _seconds(frame[when]),
        shadow=_answers(frame["shadow"], classes) if "shadow" in names else None,
    )


def _values(column: pd.Series[Any]) -> Column:
    if column.dtype.kind in "iufb":
        return column.to_numpy(dtype=None if column.dtype.kind == "f" else float)
    return column.astype(object).where(column.notna(), None).to_numpy(dtype=object)


def _answers(column: pd.Series[Any], classes: bool) -> Column:
    """Return classes as texts, whole numbers without a decimal point; fractions stay numbers."""
    if column.dtype.kind in "fiu":
        known = column.dropna()
        if not classes and column.dtype.kind == "f" and (known != np.floor(known)).any():
            return column.to_numpy(dtype=float)
        texts = column.map(lambda value: None if pd.isna(value) else f"{value:.0f}")
        return texts.astype(object).where(column.notna(), None).to_numpy(dtype=object)
    return column.map(lambda value: None if pd.isna(value) else str(value)).to_numpy(dtype=object)


def _seconds(column: pd.Series[Any]) -> NDArray[np.float64]:
    if column.dtype.kind in "fiu":
        return np.asarray(column, np.float64)
    moments = pd.to_datetime(column, utc=True, errors="coerce", format="ISO8601")
    return np.asarray((moments - pd.Timestamp(0, tz="UTC")).dt.total_seconds(), np.float64)


def _labelled(table: PredictionTable, labels: Any) -> PredictionTable:
    frame = labels if hasattr(labels, "iloc") else None
    if frame is not None and hasattr(frame, "columns"):
        target = next(name for name in (*_TARGETS, frame.columns[-1]) if name in frame.columns)
        ids = next((name for name in _IDS if name in frame.columns), None)
        labels = frame[target] if ids is None else dict(zip(frame[ids].astype(str), frame[target], strict=True))
    if isinstance(labels, Mapping):
        if table.ids is None:
            raise UsageError("the labels have ids, the predictions have none; expected a column `id`.")
        by_id = {str(key): value for key, value in labels.items()}
        matched = [by_id.get(str(one)) for one in table.ids]
        if len(table) and all(value is None for value in matched):
            raise UsageError(
                f"none of the {len(by_id):,} labels matches an id of the {len(table):,} predictions, such as "
                f"{table.ids[0]!r}; are they of another time?"
            )
        values = pd.Series(matched, dtype=object)
    else:
        values = pd.Series(np.asarray(labels))
        if len(values) != len(table):
            raise UsageError(f"{len(values)} labels for {len(table)} predictions; expected one a row, or ids.")
    numbers = table.prediction is not None and table.prediction.dtype.kind == "f"
    target_column = values.astype(float).to_numpy() if numbers else _answers(values, classes=True)
    if table.target is not None:
        target_column = np.where(pd.isna(target_column), table.target, target_column)
    return replace(table, target=target_column)
