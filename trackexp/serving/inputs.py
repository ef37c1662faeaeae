"""What a served model takes: rows read strictly from JSON, NumPy or a table, and flagged where training saw no such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trackexp.errors import RequestError, nearest
from trackexp.models.model import Model
from trackexp.record.model_record import InputRecord, ModelRecord

_NUMBERS = frozenset({int, float})
_SHOWN = 5  # names in a sentence


@dataclass(frozen=True, eq=False)
class InputSchema:
    """The rows that a model takes.

    Args:
        shape: Of a row; None where neither record nor model tells it; None for an axis of any length.
        columns: Names of the values of a flat row; empty where the row is one tensor without names.
        tensor: Name of that tensor.
        dtype: As which the rows are given to the model.
        records: Of each column, or of the one tensor, as the record has them.
        missing: Whether training saw missing values, so that null is a value.
    """

    shape: tuple[int | None, ...] | None = None
    columns: tuple[str, ...] = ()
    tensor: str = "inputs"
    dtype: np.dtype[Any] = field(default_factory=lambda: np.dtype(np.float32))
    records: tuple[InputRecord, ...] = ()
    missing: bool = False

    @classmethod
    def of(cls, model: Model, record: ModelRecord | None) -> InputSchema:
        """Return what a model takes, by its record and by itself."""
        records = record.inputs if record is not None else ()
        tabular = len(records) > 1 and all(one.shape in ((), (1,)) for one in records)
        names = tuple(one.name for one in records) if tabular else model.columns or ()
        shape = model.input_shape
        if shape is None and records:
            shape = (len(records),) if tabular else records[0].shape
        numeric = model.framework in ("scikit-learn", "python")
        kind: np.dtype[Any] = np.dtype(np.float64 if numeric else np.float32)
        if len(records) == 1 and records[0].dtype.startswith(("int", "uint")) and model.framework in ("torch", "onnx"):
            kind = np.dtype(records[0].dtype)
        return cls(
            shape, names, records[0].name if len(records) == 1 and records[0].name else "inputs", kind, records,
            any(one.missing_rate > 0 for one in records),
        )  # fmt: skip

    @property
    def categorical(self) -> bool:
        """Whether a column takes texts."""
        return len(self.records) == len(self.columns) > 0 and any(one.categories is not None for one in self.records)

    def read(self, value: Any) -> Any:
        """Return rows `(n, …)`, or a data frame where a column takes texts.

        Args:
            value: Rows: nested lists, an array, a data frame, or a mapping from column names to values.

        Raises:
            RequestError: A value is no finite number, a row has another shape, or a column is unknown or lacking.
        """
        if isinstance(value, Mapping) or hasattr(value, "iloc"):
            return self._from_columns({str(key): value[key] for key in value})
        if isinstance(value, np.ndarray):
            return self._checked(value)
        if not isinstance(value, list | tuple):
            raise RequestError("expected a list of rows, or lists of values by column", place="inputs")
        if not value:
            raise RequestError("it holds no row", place="inputs")
        if self.categorical:
            return self._from_rows(value)
        return self._checked(_array(value, self.missing))

    def _from_columns(self, given: Mapping[str, Any]) -> Any:
        if not self.columns:
            if list(given) == [self.tensor]:
                return self.read(given[self.tensor])
            raise RequestError("this model's inputs have no column names; give rows as lists", place="inputs")
        unknown, lacking = [k for k in given if k not in self.columns], [k for k in self.columns if k not in given]
        if unknown:
            near = nearest(unknown[0], self.columns)
            raise RequestError(f"{len(unknown)} of the columns are unknown{near}", place="inputs")
        if lacking:
            raise RequestError(f"it lacks the column {lacking[0]!r}", place=f"inputs.{lacking[0]}")
        listed = {k: v.tolist() if hasattr(v, "tolist") else v for k, v in given.items()}
        for name, values in listed.items():
            if not isinstance(values, list | tuple):
                raise RequestError("expected a list of values", place=f"inputs.{name}")
        sizes = {len(values) for values in listed.values()}
        if len(sizes) != 1 or sizes == {0}:
            raise RequestError("the columns differ in length" if len(sizes) > 1 else "it holds no row", place="inputs")
        rows = list(zip(*(listed[name] for name in self.columns), strict=True))
        return self._from_rows(rows) if self.categorical else self._checked(_array(rows, self.missing, self.columns))

    def _from_rows(self, rows: Sequence[Any]) -> pd.DataFrame:
        for number, row in enumerate(rows):
            if not isinstance(row, list | tuple) or len(row) != len(self.columns):
                raise RequestError(f"expected {len(self.columns)} values a row", place=f"inputs[{number}]")
        frame = {}
        for place, (name, record) in enumerate(zip(self.columns, self.records, strict=True)):
            values = [row[place] for row in rows]
            if record.categories is None:
                frame[name] = _array([[value] for value in values], record.missing_rate > 0, (name,))[:, 0]
                continue
            wrong = next((n for n, v in enumerate(values) if not isinstance(v, str | int) or isinstance(v, bool)), None)
            if wrong is not None:
                raise RequestError("expected a text", place=f"inputs[{wrong}].{name}")
            frame[name] = np.array([str(value) for value in values], dtype=object)
        return pd.DataFrame(frame)

    def _checked(self, rows: NDArray[Any]) -> NDArray[Any]:
        if rows.dtype.kind not in "fiu":
            raise RequestError("expected numbers", place="inputs")
        if rows.ndim == 0 or len(rows) == 0:
            raise RequestError("it holds no row", place="inputs")
        rows = self._shaped(rows)
        with np.errstate(over="ignore"):
            cast = rows.astype(self.dtype, copy=False)
        if cast.dtype.kind == "f" and not np.isfinite(cast).all() and not (self.missing and not np.isinf(cast).any()):
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(cast))[0])
            raise RequestError(f"expected a finite {cast.dtype} number", place=f"inputs{_place(place, self.columns)}")
        return cast

    def _shaped(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return rows in the model's shape; one axis of size 1 more or less is no other shape."""
        wanted, seen = self.shape, rows.shape[1:]
        if wanted is None or _agree(wanted, seen):
            return rows
        if _agree(wanted, (*seen, 1)):
            return rows[..., None]
        if _agree(wanted, (1, *seen)):
            return rows[:, None]
        if seen and seen[-1] == 1 and _agree(wanted, seen[:-1]):
            return rows[..., 0]
        shown = ", ".join("any" if size is None else str(size) for size in wanted)
        raise RequestError(f"expected rows of shape ({shown}), these have {tuple(seen)}", place="inputs")

    def outside(self, rows: Any) -> list[list[str]]:
        """Return of each row the names of the inputs that lie outside what training saw."""
        found: list[list[str]] = [[] for _ in range(len(rows))]
        if len(self.records) > 1 and len(self.records) == len(self.columns):
            for place, record in enumerate(self.records):
                values = rows.iloc[:, place].to_numpy() if hasattr(rows, "iloc") else rows[:, place]
                for row in np.flatnonzero(_beyond(record, values)):
                    found[row].append(record.name)
        elif len(self.records) == 1 and not hasattr(rows, "iloc"):
            for row in np.flatnonzero(_beyond(self.records[0], rows.reshape(len(rows), -1)).any(axis=1)):
                found[row].append(self.records[0].name or self.tensor)
        return found

    def sample(self, n: int = 1) -> Any:
        """Return rows in the middle of the training range, to warm the model up; None where the shape is not known."""
        if self.shape is None:
            return None
        if self.categorical:
            cells = {
                r.name: [(r.categories or ("",))[0]] * n if r.categories is not None else [_middle(r)] * n
                for r in self.records
            }
            return pd.DataFrame(cells)
        rows = np.zeros((n, *(size or 1 for size in self.shape)), self.dtype)
        if len(self.records) == 1:
            rows += np.asarray(_middle(self.records[0]), self.dtype)
        elif len(self.records) == len(self.columns) > 1:
            rows += np.array([_middle(record) for record in self.records], self.dtype)
        return rows


def _array(rows: Sequence[Any], missing: bool, columns: tuple[str, ...] = ()) -> NDArray[Any]:
    """Return nested lists as an array, every leaf a number: no text, no truth value; null only where it is a value."""
    leaves = _leaves(rows, missing, columns)
    try:
        found = np.array(rows, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        raise RequestError("the rows differ in shape, or a number is too large", place="inputs") from None
    assert leaves >= found.size
    return found


def _leaves(rows: Sequence[Any], missing: bool, columns: tuple[str, ...], at: tuple[int, ...] = ()) -> int:
    kinds = set(map(type, rows))
    if kinds <= _NUMBERS or (missing and kinds <= _NUMBERS | {type(None)}):
        return len(rows)
    if kinds <= {list, tuple} and len(at) < 8:
        return sum(_leaves(row, missing, columns, (*at, n)) for n, row in enumerate(rows))
    for number, value in enumerate(rows):
        if type(value) not in _NUMBERS and not (missing and value is None):
            what = "null" if value is None else {bool: "true or false", str: "text", dict: "an object"}.get(type(value))
            raise RequestError(f"expected a number, not {what or 'a list'}", place=_named((*at, number), columns))
    return 0


def _named(at: tuple[int, ...], columns: tuple[str, ...]) -> str:
    return f"inputs{_place(at, columns)}"


def _place(at: tuple[int, ...], columns: tuple[str, ...]) -> str:
    if len(at) == 2 and at[1] < len(columns):
        return f"[{at[0]}].{columns[at[1]]}"
    return "".join(f"[{number}]" for number in at)


def _beyond(record: InputRecord, values: Any) -> NDArray[np.bool_]:
    if record.categories is not None:
        return ~np.isin(np.asarray(values).astype(str), record.categories)
    numbers = np.asarray(values)
    found = np.zeros(numbers.shape, bool)
    if numbers.dtype.kind not in "fiu":
        return found
    kind: Any = numbers.dtype if numbers.dtype.kind == "f" else np.float64
    if record.minimum is not None:
        found |= numbers < np.asarray(record.minimum, kind)
    if record.maximum is not None:
        found |= numbers > np.asarray(record.maximum, kind)
    return found


def _middle(record: InputRecord) -> float:
    if record.minimum is None or record.maximum is None:
        return 0.0
    return (record.minimum + record.maximum) / 2


def _agree(wanted: tuple[int | None, ...], seen: tuple[int, ...]) -> bool:
    return len(wanted) == len(seen) and all(w is None or w == s for w, s in zip(wanted, seen, strict=True))
