from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest

from trackexp.fit.data.held import bounds_of, rows_behind
from trackexp.fit.data.stream import StreamRows

ROWS = np.arange(640.0).reshape(160, 4)


class Held(keras.utils.PyDataset):
    """Batches of 10 rows of an array that it holds; `batches` of them."""

    def __init__(self, rows: Any, batches: int) -> None:
        super().__init__()
        self.rows, self.batches = rows, batches

    def __len__(self) -> int:
        return self.batches

    def __getitem__(self, index: int) -> Any:
        return self.rows[10 * index : 10 * index + 10], np.zeros(10)


class Global(Held):
    """The same of a global array."""

    def __getitem__(self, index: int) -> Any:
        return ROWS[10 * index : 10 * index + 10], np.zeros(10)


class Copied(Held):
    """The same by index: the rows may be chosen."""

    def __getitem__(self, index: int) -> Any:
        return self.rows[np.arange(10 * index, 10 * index + 10)], np.zeros(10)


class Moving(Held):
    """Comes to the other rows in a later epoch."""

    def on_epoch_end(self) -> None:
        pass


def reached(dataset: Any) -> dict[str, Any]:
    """Return what one pass shows."""
    rows = StreamRows()
    for index in range(len(dataset)):
        rows.add(*dataset[index], None)
    return dict(rows.reach(dataset))


@pytest.mark.parametrize("kind", [Held, Global])
def test_rows_that_no_epoch_comes_to_are_counted(kind: Any):
    """Of the array that `__getitem__` names, where the batches are views of it."""
    assert {"rows_behind": 160, "rows_reached": 40} == reached(kind(ROWS, 4))


@pytest.mark.parametrize(
    "dataset", [Held(ROWS[:40], 4), Copied(ROWS, 4), Moving(ROWS, 4), Held([list(row) for row in ROWS], 4)]
)
def test_what_cannot_be_told_is_not_told(dataset: Any):
    """A part by intention, rows that are chosen or copied, and epochs that differ."""
    assert reached(dataset) in ({}, {"rows_behind": 40, "rows_reached": 40})


def test_memory_outside_of_every_named_array_is_unknown():
    """Another array of the same shape is not the one behind the batches."""
    drawn = bounds_of(np.zeros((20, 4))[:10])

    assert drawn is not None
    assert rows_behind(Held(ROWS, 4), drawn, (4,)) is None
