"""What was counted and tested of a window against the reference; the rules read it and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.errors import UsageError, nearest
from trackexp.monitoring.columns import ColumnChange, ColumnReference, change_of, recorded_reference, reference_of
from trackexp.monitoring.table import PredictionTable, as_table
from trackexp.record.model_record import ModelRecord
from trackexp.stats import wilson_interval

_CERTAINTY_BINS = 10
_PROMISE_LEVEL = 0.99  # of the interval whose worse end is the promised error rate


@dataclass(frozen=True, eq=False)
class Reference:
    """What the model was when it was good.

    Args:
        table: Rows; None where only a record is known.
        columns: By name.
        classes: Predicted rows by class; empty where they are not known.
        error_rate: The worse end of the interval of the promised error rate; None where nothing is promised.
        accuracy: As it was measured, 0 to 1.
        n_labelled: Rows behind it.
    """

    table: PredictionTable | None
    columns: Mapping[str, ColumnReference]
    classes: Mapping[str, int] = field(default_factory=dict)
    error_rate: float | None = None
    accuracy: float | None = None
    n_labelled: int = 0

    @cached_property
    def reliability(self) -> NDArray[np.float64] | None:
        """Accuracy by confidence, in ten bins of equal counts: rows of (lower edge, accuracy, rows)."""
        table = self.table
        if table is None or table.probabilities is None or table.wrong is None:
            return None
        known = table.labelled
        if known.sum() < 50:
            return None
        confidence, right = table.probabilities.max(axis=1)[known], ~table.wrong[known]
        edges = np.unique(np.quantile(confidence, np.arange(_CERTAINTY_BINS) / _CERTAINTY_BINS))
        cell = np.searchsorted(edges, confidence, side="right") - 1
        rows = np.bincount(cell, minlength=len(edges))
        right_share = np.bincount(cell, right, minlength=len(edges)) / np.maximum(rows, 1)
        return np.stack([edges, right_share, rows], axis=1)

    def expected_right(self, probabilities: NDArray[Any]) -> NDArray[np.float64]:
        """Return the chance that each row is answered rightly: its confidence, calibrated on the reference."""
        confidence = probabilities.max(axis=1)
        if self.reliability is None:
            return np.asarray(confidence, float)
        cell = (np.searchsorted(self.reliability[:, 0], confidence, side="right") - 1).clip(min=0)
        return np.asarray(self.reliability[cell, 1], float)


@dataclass(frozen=True, eq=False)
class Window:
    """One stretch of the log.

    Args:
        name: What it is called: a time, or numbers of rows.
        table: Its rows.
        reference: What they are held against.
        bets: Labelled rows of this window and all before it, wrong or not, in the order in which they were answered.
        before: How many of the bets are of earlier windows.
    """

    name: str
    table: PredictionTable
    reference: Reference
    bets: NDArray[np.bool_] | None = None
    before: int = 0

    @cached_property
    def changes(self) -> Mapping[str, ColumnChange]:
        """Each column that the reference knows too, against it."""
        return {
            name: change_of(column, self.table.inputs[name])
            for name, column in self.reference.columns.items()
            if name in self.table.inputs
        }

    @cached_property
    def steady(self) -> tuple[ColumnChange, ...]:
        """The columns whose unit did not change: where it did, every other test of the column says only that."""
        return tuple(change for change in self.changes.values() if not unit_changed(change))


def unit_changed(change: ColumnChange, least: float = 5.0, rows: int = 20) -> bool:
    """Return whether one factor of at least `least`, or its inverse, explains how the magnitudes changed."""
    factor = change.factor
    return factor is not None and change.n >= rows and not 1 / least < factor < least


def make_reference(data: Any) -> Reference:
    """Return the reference from rows, or from what a model's record says.

    Raises:
        UsageError: It is neither, or holds no rows.
    """
    if isinstance(data, ModelRecord):
        return _recorded(data)
    table = as_table(data, "the reference")
    if len(table) == 0:
        raise UsageError("the reference holds no rows.")
    columns = {name: reference_of(name, values) for name, values in table.inputs.items()}
    classes: dict[str, int] = {}
    if table.prediction is not None and table.prediction.dtype.kind == "O":
        names, counts = np.unique(table.prediction.astype(str), return_counts=True)
        classes = dict(zip(names.tolist(), counts.tolist(), strict=True))
    wrong, known = table.wrong, int(table.labelled.sum())
    if wrong is None or known == 0:
        return Reference(table, columns, classes)
    rate = int(wrong.sum())
    return Reference(
        table, columns, classes, wilson_interval(rate, known, _PROMISE_LEVEL).high, 1 - rate / known, known
    )


def align(table: PredictionTable, reference: Reference) -> tuple[PredictionTable, list[str]]:
    """Return the log's rows with the reference's names, and what is to be said about them.

    Raises:
        UsageError: They share no column although both have some.
    """
    theirs, ours = list(reference.columns), list(table.inputs)
    lacking, more = [name for name in theirs if name not in ours], [name for name in ours if name not in theirs]
    if not theirs or not ours or not (lacking or more):
        return table, []
    if len(lacking) == len(theirs):
        unnamed = all(name[:1] == "x" and name[1:].isdigit() for name in theirs)
        if len(ours) == len(theirs) and unnamed:
            renamed = dict(zip(theirs, table.inputs.values(), strict=True))
            return replace(table, inputs=renamed), ["the reference's columns have no names: taken in their order"]
        raise UsageError(
            f"the log has the columns {', '.join(ours[:8])}, the reference {', '.join(theirs[:8])}"
            f"{nearest(ours[0], theirs)}; expected the same."
        )
    said = [f"only in the reference: {', '.join(lacking[:8])}"] if lacking else []
    return table, said + ([f"only in the log: {', '.join(more[:8])}"] if more else [])


def labelled_bets(tables: list[PredictionTable]) -> Iterator[tuple[NDArray[np.bool_] | None, int]]:
    """Yield, window by window, all labelled outcomes so far, and how many of them are of earlier windows."""
    so_far: list[NDArray[np.bool_]] = []
    before = 0
    for table in tables:
        wrong = table.wrong
        if wrong is not None:
            so_far.append(wrong[table.labelled])
        joined = np.concatenate(so_far) if so_far else None
        yield joined, before
        before = 0 if joined is None else len(joined)


def _recorded(record: ModelRecord) -> Reference:
    rows = next((part.rows for part in record.parts.values() if part.rows), 1000) or 1000
    columns = {one.name: recorded_reference(one, rows) for one in record.inputs if one.shape in ((), (1,))}
    if len(record.inputs) == 1 and record.inputs[0].shape and record.inputs[0].shape[0]:
        (one,) = record.inputs
        sizes = [size for size in one.shape if size]
        columns = {
            name: recorded_reference(one, rows)
            for name in (f"x{n}" for n in range(int(np.prod(sizes)) if sizes else 0))
        }
    found = next((value for key, value in record.metrics.items() if key.rpartition("/")[2] == "accuracy"
                  and key.startswith(("test", "val", "accuracy"))), None)  # fmt: skip
    classes = next((dict(part.classes) for part in record.parts.values() if part.classes), {})
    if found is None or not 0 <= found.value <= 1:
        return Reference(None, columns, classes)
    n = found.n or next((p.rows for k, p in record.parts.items() if k in ("test", "valid") and p.rows), None) or 100
    low = found.low if found.low is not None else wilson_interval(round(found.value * n), n, _PROMISE_LEVEL).low
    return Reference(None, columns, classes, 1 - low, found.value, n)
