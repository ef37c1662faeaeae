"""What a served model answers: classes or numbers, probabilities, and what of the inputs it never saw in training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from trackexp.errors import RequestError
from trackexp.models.model import Model
from trackexp.record.model_record import ModelRecord

_SHARED = frozenset({"softmax", "sparsemax"})
_PROBABILITIES = frozenset({"softmax", "sigmoid", "hard_sigmoid", "sparsemax"})
_SLACK = 1e-3  # of a row's sum, in float32

Labels = list[str] | list[list[str]]


@dataclass(frozen=True, eq=False)
class Prediction:
    """The answer to some rows.

    Args:
        model: Name of the model that answered.
        version: Its version: digits of its file's SHA-256.
        classes: Of each row the class, or the list of labels where a row may have several; empty for numbers.
        probabilities: `(n, n_classes)`, a column a class, also for two; None for numbers.
        values: The numbers `(n,)` or `(n, n_outputs)`; None for classes.
        outside_range: Of each row, the names of the inputs that lie outside what training saw.
        class_names: In the order of the columns.
    """

    model: str
    version: str
    classes: Labels
    probabilities: NDArray[np.floating[Any]] | None
    values: NDArray[np.floating[Any]] | None
    outside_range: Sequence[Sequence[str]]
    class_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.outside_range)

    @property
    def outputs(self) -> NDArray[np.floating[Any]]:
        """The probabilities, or the numbers."""
        found = self.values if self.probabilities is None else self.probabilities
        assert found is not None
        return found

    def part(self, start: int, end: int) -> Prediction:
        """Return some of the rows."""
        return replace(
            self,
            classes=self.classes[start:end],
            probabilities=None if self.probabilities is None else self.probabilities[start:end],
            values=None if self.values is None else self.values[start:end],
            outside_range=self.outside_range[start:end],
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return the answer row by row, as `/predict` gives it; arrays stay arrays of numpy."""
        if self.probabilities is None:
            return [
                {"value": value, "outside_range": outside}
                for value, outside in zip(self.outputs, self.outside_range, strict=True)
            ]
        return [
            {"class": label, "probabilities": row, "outside_range": outside}
            for label, row, outside in zip(self.classes, self.probabilities, self.outside_range, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class OutputReader:
    """How the outputs of one model become classes and probabilities, the same as `trackexp evaluate` takes them.

    Args:
        kind: `probabilities`, `logits`, `values`, or `unknown` before the first answer.
        shared: Whether a row's probabilities share out 1.
        class_names: As the record or the model has them; empty: the columns' numbers.
        temperature: Logits are divided by it.
        threshold: Of the positive class's probability, of two classes; of each label where a row may have several.
    """

    kind: str
    shared: bool = True
    class_names: tuple[str, ...] = ()
    temperature: float = 1.0
    threshold: float = 0.5

    @classmethod
    def of(cls, model: Model, record: ModelRecord | None, sample: NDArray[Any] | None) -> OutputReader:
        """Return how to read a model's outputs, by its record, else its last activation, else a sample of outputs."""
        output = record.outputs[0] if record is not None and record.outputs else None
        activation = (output.activation if output is not None else "") or model.activation or ""
        kind, shared = (output.kind, activation in _SHARED) if output is not None else _by_sample(activation, sample)
        if output is not None and kind == "values" and activation in _PROBABILITIES:
            kind = "probabilities"
        if kind == "logits":
            shared = True
        elif kind == "probabilities" and activation not in _PROBABILITIES and sample is not None:
            shared = _sums_to_one(sample)
        names = output.class_names if output is not None and output.class_names else model.class_names or ()
        return cls(
            kind, shared, tuple(names), output.temperature if output is not None else 1.0,
            output.threshold if output is not None and output.threshold is not None else 0.5,
        )  # fmt: skip

    def names_of(self, columns: int) -> tuple[str, ...]:
        """Return the class names of so many columns."""
        return self.class_names if len(self.class_names) == columns else tuple(map(str, range(columns)))

    def probabilities(self, outputs: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """Return the probabilities, a column a class."""
        columns = 1 if outputs.ndim == 1 else outputs.shape[1]
        if self.kind == "logits":
            scaled = outputs / self.temperature if self.temperature != 1.0 else outputs
            outputs = expit(scaled) if columns == 1 else softmax(scaled, axis=1)
        if columns == 1:
            positive = outputs.reshape(len(outputs))
            return np.stack([1 - positive, positive], axis=1)
        return outputs

    def read(self, outputs: NDArray[Any]) -> tuple[Labels, NDArray[Any] | None, NDArray[Any] | None, tuple[str, ...]]:
        """Return classes, probabilities, values and class names of some outputs.

        Raises:
            RequestError: An output is not finite.
        """
        if self.kind == "unknown":  # no record, no shape to warm up with: the first outputs tell
            kind, shared = _by_sample("", outputs)
            return replace(self, kind=kind, shared=shared).read(outputs)
        if not np.isfinite(outputs).all():
            raise RequestError("the model has no finite answer to these rows; are they in the units of training?")
        if self.kind == "values":
            flat = outputs[:, 0] if outputs.ndim == 2 and outputs.shape[1] == 1 else outputs
            return [], None, flat, ()
        found = self.probabilities(outputs)
        names = self.names_of(found.shape[1])
        several = not self.shared and outputs.ndim == 2 and outputs.shape[1] > 1
        if several:
            chosen: Labels = [[names[place] for place in np.flatnonzero(row >= self.threshold)] for row in found]
        elif found.shape[1] == 2 and (outputs.ndim == 1 or outputs.shape[1] == 1 or self.threshold != 0.5):
            chosen = [names[int(p >= self.threshold)] for p in found[:, 1]]
        else:
            chosen = [names[place] for place in found.argmax(axis=1)]
        return chosen, found, None, names


def _by_sample(activation: str, sample: NDArray[Any] | None) -> tuple[str, bool]:
    """Return kind and sharing of a model without record: as `read_outputs` does, without answers to look at."""
    if activation in _PROBABILITIES:
        return "probabilities", activation in _SHARED
    if sample is None:
        return "unknown", False
    columns = 1 if sample.ndim == 1 else sample.shape[1]
    if columns == 1:
        return "values", False
    return ("probabilities", True) if _sums_to_one(sample) else ("logits", True)


def _sums_to_one(sample: NDArray[Any]) -> bool:
    if sample.ndim != 2 or sample.shape[1] < 2 or not np.isfinite(sample).all():
        return False
    return bool(sample.min() >= 0 and np.abs(sample.sum(axis=1, dtype=np.float64) - 1).max() <= _SLACK)
