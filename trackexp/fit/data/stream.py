"""What a stream gives, from the batches that training and validation draw anyway: the first pass, and never one more.

Rows are kept up to bounds that do not depend on the time it takes, so that a busy machine sees what an idle one sees.
Of what comes behind the bounds only targets are counted, and rows are told apart by a sketch of their digests.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trackexp.fit.data import data_facts
from trackexp.fit.data.arrays import MAX_CLASSES, class_ids
from trackexp.fit.data.held import Bounds, bounds_of, rows_behind
from trackexp.fit.data.samples import MAX_BYTES, MAX_ROWS
from trackexp.fit.data.sketch import SketchedRows
from trackexp.fit.nested import flatten, map_arrays
from trackexp.record.facts import ArrayFacts, DataFacts, SketchFacts

MAX_BATCHES = 1_024  # of one pass that are looked at


class StreamRows:
    """The rows of one pass over a stream: the first ones whole, of all a count and a sketch."""

    def __init__(self) -> None:
        self._batches: list[tuple[Any, Any, Any]] = []
        self._kept = self._bytes = 0
        self._full = False
        self._sketched = SketchedRows()
        self._counts: dict[Any, int] | None = {}
        self._changes = self._pairs = 0
        self._last: Any = None
        self._bounds: Bounds | None = None
        self._row_shape: tuple[int, ...] = ()
        self.rows = 0
        self.batches = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing more is looked at."""
        return self.batches >= MAX_BATCHES

    @property
    def is_whole(self) -> bool:
        """Whether every row that was drawn is kept."""
        return self.rows == self._kept

    def add(self, x: Any, y: Any, sample_weight: Any) -> None:
        """Take the next batch, nested numpy arrays."""
        arrays = flatten(x)
        if self.is_done or not arrays or not getattr(arrays[0], "shape", ()):
            return
        rows, size = len(arrays[0]), sum(getattr(part, "nbytes", 0) for part in (*arrays, *flatten(y)))
        self.batches += 1
        self.rows += rows
        self._full = self._full or self._kept + rows > MAX_ROWS or self._bytes + size > MAX_BYTES
        if not self._full or not self._batches:
            self._batches.append((x, y, sample_weight))
            self._kept, self._bytes = self._kept + rows, self._bytes + size
        self._sketched.add(x)
        self._count(y)
        self._locate(arrays[0])

    def arrays(self) -> tuple[Any, Any, Any]:
        """Return the rows that were kept as inputs, targets and weights, each in the batches' own nesting."""
        x, y, weight = (_joined([batch[place] for batch in self._batches]) for place in range(3))
        return x, y, weight

    def complete(self, targets: list[ArrayFacts]) -> None:
        """Put the counts of all rows into the profile of the one target array."""
        if len(targets) == 1 and targets[0].get("class_counts") and self._counts and not self.is_whole:
            targets[0]["class_counts"] = {_label(name): count for name, count in sorted(self._counts.items())}
            targets[0]["change_rate"] = self._changes / self._pairs if self._pairs else None

    def overlap(self, other: StreamRows) -> float | None:
        """Return the estimated share of the other's rows that are among these; None where rows have no digests."""
        mine, others = self._sketched.sketch, other._sketched.sketch
        return None if mine is None or others is None else mine.overlap(others).share

    def sketch_facts(self) -> SketchFacts | None:
        """Return the sketch of all rows that were drawn."""
        return self._sketched.facts(whole=not self.is_done)

    def reach(self, dataset: Any) -> DataFacts:
        """Return up to which row of the array behind them the batches came; empty where that cannot be told."""
        found = rows_behind(dataset, self._bounds, self._row_shape) if self._bounds and not self.is_done else None
        return DataFacts(rows_behind=found[0], rows_reached=found[1]) if found else DataFacts()

    def _locate(self, array: Any) -> None:
        """Note the memory that the batches lie in; given up with the first that is a copy."""
        here = bounds_of(array)
        if here is None or (self.batches > 1 and self._bounds is None):
            self._bounds = None
            return
        before = self._bounds or here
        self._bounds, self._row_shape = (min(before[0], here[0]), max(before[1], here[1])), array.shape[1:]

    def _count(self, y: Any) -> None:
        """Count the classes in their order; given up where the targets are no classes."""
        targets = flatten(y)
        if self._counts is None or len(targets) != 1 or not isinstance(targets[0], np.ndarray) or not len(targets[0]):
            return
        ids = class_ids(targets[0])
        if ids is None or ids.dtype.kind not in "biuf":
            self._counts = None
            return
        row = ids if self._last is None else np.concatenate([[self._last], ids])
        self._changes, self._pairs = self._changes + int((row[1:] != row[:-1]).sum()), self._pairs + len(row) - 1
        self._last = ids[-1]
        for name, count in zip(*np.unique(ids, return_counts=True), strict=True):
            self._counts[float(name)] = self._counts.get(float(name), 0) + int(count)
        if len(self._counts) > MAX_CLASSES:
            self._counts = None


def stream_facts(train: StreamRows, validation: StreamRows | None, given: Any = None) -> DataFacts:
    """Return the profile of a first pass, of its validation too, with the same facts as arrays have.

    Args:
        train: What training drew.
        validation: What validation drew; None where it is no stream.
        given: `validation_data` of arrays.
    """
    x, y, weight = train.arrays()
    pair = validation.arrays()[:2] if validation is not None and validation.rows else given
    facts = data_facts(x, y, weight, pair, stream=True)
    facts["rows_seen"], facts["batches_seen"] = train.rows, train.batches
    facts["rows_sketch"] = train.sketch_facts()
    train.complete(facts["targets"])
    if validation is not None and validation.rows:
        facts["validation_rows_seen"] = validation.rows
        validation.complete(facts["validation_targets"])
        share = train.overlap(validation)
        if share is not None and not (train.is_whole and validation.is_whole):
            facts["validation_overlap"] = share
    return facts


def _joined(parts: list[Any]) -> Any:
    """Return batches of nested arrays as one; None where they do not fit together."""
    if not parts or parts[0] is None:
        return None
    leaves = [flatten(part) for part in parts]
    try:
        joined = iter([_stacked(list(column)) for column in zip(*leaves, strict=True)])
    except ValueError:  # batches of different widths: the first one speaks for all
        return parts[0]
    return map_arrays(lambda _: next(joined), parts[0])


def _stacked(column: list[Any]) -> NDArray[Any]:
    return np.concatenate(column) if len(column) > 1 else column[0]


def _label(value: float) -> str:
    return str(int(value))
