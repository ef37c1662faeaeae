"""What a model answered on every row of a test set: the file by which two versions are compared long afterwards."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UnreadableRunError, UsageError

FILE_NAME = "evaluation-rows.npz"
_SCHEMA = 1
_LEAST = 1e-7  # a probability below is taken for it: float32 cannot tell them apart, and the loss stays finite


@dataclass(frozen=True, slots=True, eq=False)
class RowOutcomes:
    """Every row of one evaluation, complete: a sample of the errors would bias a paired test.

    Args:
        task: `"classes"` or `"values"`.
        target: The answers `(n,)`: class numbers, or values.
        prediction: What the model said `(n,)`, likewise.
        p_target: Probability that it gave the right class `(n,)`, float32; None for values.
        ids: Of the rows `(n,)`, numbers or text; None where they are paired by position.
        class_names: In the order of the class numbers.
        model_sha256: Of the model file that answered.
        rows_digest: Names the set of rows, in any order; "" where the inputs were not at hand.
        sketch: Of the rows, as `RowSketch.to_dict` gives it; None likewise.
        numbers: Every number of the evaluation, by name.
        intervals: Lower and upper end at 95 %, by the same names, where they were computed.
    """

    task: str
    target: NDArray[Any]
    prediction: NDArray[Any]
    p_target: NDArray[np.float32] | None = None
    ids: NDArray[Any] | None = None
    class_names: tuple[str, ...] = ()
    model_sha256: str = ""
    rows_digest: str = ""
    sketch: Mapping[str, Any] | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.target)

    @property
    def scores(self) -> NDArray[np.float64]:
        """What is better the larger it is, of each row `(n,)`: 1 for a right class, minus the absolute error."""
        if self.task == "classes":
            return np.asarray(self.target == self.prediction, dtype=np.float64)
        return -np.abs(np.asarray(self.prediction, np.float64) - np.asarray(self.target, np.float64))

    @property
    def log_losses(self) -> NDArray[np.float64] | None:
        """Log loss of each row in nats `(n,)`; None for values."""
        if self.p_target is None:
            return None
        losses: NDArray[np.float64] = -np.log(np.clip(self.p_target.astype(np.float64), _LEAST, 1.0))
        return losses

    def aligned_to(self, other: RowOutcomes) -> RowOutcomes:
        """Return the same rows in the order of another evaluation of them.

        Raises:
            UsageError: They are not the same rows: how many, which ids, or which answers differ.
        """
        if self.task != other.task or self.class_names != other.class_names or len(self) != len(other):
            raise UsageError(
                f"{len(self)} rows of {_described(self)} against {len(other)} of {_described(other)}; "
                "expected two evaluations of the same rows and classes."
            )
        mine = self
        if self.ids is not None and other.ids is not None and not np.array_equal(self.ids, other.ids):
            mine = self._take(_order(other.ids, self.ids))
        if not np.array_equal(mine.target, other.target):
            row = int(np.flatnonzero(mine.target != other.target)[0])
            raise UsageError(f"the answers differ, first in row {row}; expected two evaluations of the same rows.")
        return mine

    def _take(self, rows: NDArray[np.intp]) -> RowOutcomes:
        return replace(
            self,
            target=self.target[rows],
            prediction=self.prediction[rows],
            p_target=None if self.p_target is None else self.p_target[rows],
            ids=None if self.ids is None else self.ids[rows],
        )

    def save(self, path: Path) -> Path:
        """Write the rows to an `.npz` file, whole or not at all, and return where it is."""
        about = {
            "schema": _SCHEMA,
            "task": self.task,
            "class_names": self.class_names,
            "model_sha256": self.model_sha256,
            "rows_digest": self.rows_digest,
            "sketch": None if self.sketch is None else dict(self.sketch),
            "numbers": dict(self.numbers),
            "intervals": {name: list(ends) for name, ends in self.intervals.items()},
        }
        arrays = {"target": self.target, "prediction": self.prediction, "p_target": self.p_target, "ids": self.ids}
        kept: dict[str, Any] = {name: _storable(values) for name, values in arrays.items() if values is not None}
        part = path.with_name(f".{os.getpid()}.part.{path.name}")
        try:
            with part.open("wb") as file:
                np.savez_compressed(file, about=np.array(json.dumps(about)), **kept)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return path

    @classmethod
    def read(cls, path: Path) -> RowOutcomes:
        """Read the rows back.

        Raises:
            UnreadableRunError: The file is none of these.
        """
        try:
            with np.load(path, allow_pickle=False) as kept:
                about = json.loads(str(kept["about"]))
                arrays = {name: kept[name] for name in ("target", "prediction", "p_target", "ids") if name in kept}
            return cls(
                task=str(about["task"]),
                class_names=tuple(about["class_names"]),
                model_sha256=str(about["model_sha256"]),
                rows_digest=str(about["rows_digest"]),
                sketch=about["sketch"],
                numbers=about["numbers"],
                intervals={name: (float(low), float(high)) for name, (low, high) in about["intervals"].items()},
                **arrays,
            )
        except Exception as error:  # zip, zlib, numpy and JSON each have errors of their own
            raise UnreadableRunError(f"{path} holds no rows of an evaluation: {error}") from error


def _storable(values: NDArray[Any]) -> NDArray[Any]:
    """Return values that need no pickle: objects as their text."""
    return values.astype(np.str_) if values.dtype.kind == "O" else values


def _described(rows: RowOutcomes) -> str:
    return f"{len(rows.class_names)} classes" if rows.task == "classes" else "numbers"


def _order(wanted: NDArray[Any], given: NDArray[Any]) -> NDArray[np.intp]:
    wanted, given = wanted.astype(np.str_), given.astype(np.str_)
    order = np.argsort(given, kind="stable")
    place = np.minimum(np.searchsorted(given, wanted, sorter=order), given.size - 1)
    rows: NDArray[np.intp] = order[place]
    missing = np.flatnonzero(given[rows] != wanted)
    if missing.size or np.unique(given).size != given.size:
        what = f"lacks id {str(wanted[missing][0])!r}" if missing.size else "has ids that occur twice"
        raise UsageError(f"one of the evaluations {what}; expected the same rows under the same ids.")
    return rows
