from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trackexp.fit.batch import ROWS, batch_of


def test_a_batch_keeps_the_nesting_and_pairs_rows() -> None:
    """Inputs and targets are of the same rows, in the user's own structure, as Keras's float."""
    x = {"a": np.arange(1000.0)[:, None], "b": [np.arange(1000)]}
    batch = batch_of(x, np.arange(1000))
    assert batch is not None

    assert ROWS == batch.rows == len(np.unique(batch.y))
    np.testing.assert_array_equal(batch.x["a"][:, 0], batch.y)
    np.testing.assert_array_equal(batch.x["b"][0], batch.y)
    assert np.float32 == batch.x["a"].dtype


def test_rows_of_the_validation_split_are_left_out() -> None:
    """Rows from `stop` on are never trained on."""
    batch = batch_of(np.arange(1000), None, stop=600)

    assert batch is not None
    assert batch.x.max() < 600


def test_a_part_of_it_stays_paired() -> None:
    """Fewer rows, the same pairs."""
    batch = batch_of(np.arange(1000), np.arange(1000) * 2)
    assert batch is not None
    part = batch.first(40)

    assert 40 == part.rows == len(part.x)
    np.testing.assert_array_equal(part.x * 2, part.y)


@pytest.mark.parametrize(
    "x", [np.array(["a", "b"]), np.array([{}, {}], object), [[1.0], [2.0]], np.zeros((0, 3)), None], ids=str
)
def test_what_is_no_dense_number_gives_none(x: Any) -> None:
    """Text, objects, lists and nothing at all."""
    assert batch_of(x, None) is None


def test_wide_rows_give_fewer() -> None:
    """64 MB bound the batch, whatever an image weighs."""
    batch = batch_of(np.zeros((300, 1024, 1024), np.uint8), None)

    assert batch is not None
    assert 8 == batch.rows
