from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from trackexp.fit.data.samples import MAX_ROWS, MAX_VALUES, spread, take_sample, wanted_rows


@given(st.integers(1, 10**9), st.integers(1, MAX_ROWS))
def test_rows_are_spread_one_to_a_stretch(rows: int, wanted: int) -> None:
    """Row numbers rise strictly, lie inside the array, and each falls into its own stretch."""
    wanted = min(rows, wanted)
    found = spread(rows, wanted)

    assert wanted == len(found)
    assert 0 <= found[0]
    assert found[-1] < rows
    assert bool(np.all(np.diff(found) >= 0))
    assert bool(np.all(np.abs(found - np.arange(wanted) * (rows / wanted)) <= rows / wanted + 1))


@pytest.mark.parametrize("period", [2, 7, 10, 12])
def test_alternating_rows_are_sampled_evenly(period: int) -> None:
    """Where classes alternate, all of them are in the sample, about equally often."""
    counts = np.bincount(spread(60_000, 4_096) % period, minlength=period)

    assert counts.min() > 0.8 * 4_096 / period


@pytest.mark.parametrize("shape", [(10**7, 20), (60_000, 28, 28), (50, 2_000_000), (7,), (5_000, 0)])
def test_a_sample_is_bounded(shape: tuple[int, ...]) -> None:
    """However long or wide the array, rows and values stay within the budget."""
    rows = wanted_rows(shape, 8)

    assert 1 <= rows <= MAX_ROWS
    assert rows == 1 or rows * int(np.prod(shape[1:])) <= MAX_VALUES


def test_an_array_on_disk_is_read_in_few_places(tmp_path: Path) -> None:
    """A memory-mapped array gives a sample of its rows and is not held as a whole."""
    np.save(tmp_path / "x.npy", np.arange(200_000, dtype="float32").reshape(50_000, 4))
    sample = take_sample(np.load(tmp_path / "x.npy", mmap_mode="r"))

    assert ([50_000, 4], None, True) == (sample.shape, sample.memory, bool(np.all(np.diff(sample.values[:, 0]) > 0)))


@pytest.mark.parametrize("rows", [10, 6_000])
@pytest.mark.parametrize(
    "make",
    [
        lambda values: values,
        lambda values: values.tolist(),
        lambda values: pd.DataFrame(values, columns=["a", "b"]),
        lambda values: keras.ops.convert_to_tensor(values),
        lambda values: np.asfortranarray(values),
    ],
    ids=["numpy", "list", "pandas", "tensor", "fortran"],
)
def test_every_kind_of_array_gives_the_same_rows(make: Any, rows: int) -> None:
    """Values are those of numpy, whoever holds them."""
    values = np.arange(rows * 2, dtype="float32").reshape(rows, 2)
    sample = take_sample(make(values))

    assert [rows, 2] == sample.shape
    assert np.array_equal(take_sample(values).values, sample.values)


def test_a_part_of_the_rows_is_sampled_alone() -> None:
    """Rows outside start and stop are not looked at."""
    sample = take_sample(np.arange(100), 80, 100)

    assert ([20], 80, 99) == (sample.shape, sample.values.min(), sample.values.max())


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.coo_matrix, sparse.csc_array, sparse.lil_matrix])
def test_a_sparse_matrix_is_not_unpacked(kind: Any) -> None:
    """Shape, type and stored values are said, zeros are not made."""
    sample = take_sample(kind(np.eye(5_000, dtype="float32")))

    assert ([5_000, 5_000], "float32", "sparse") == (sample.shape, sample.dtype, sample.layout)
    assert sample.values.size <= 5_000


def test_tensors_of_variable_length_give_their_values() -> None:
    """Ragged and sparse tensors of TensorFlow are told by their layout."""
    tf = pytest.importorskip("tensorflow")
    ragged = take_sample(tf.ragged.constant([[1, 2, 3], [4]]))
    empty = take_sample(tf.sparse.from_dense([[0, 7], [0, 0]]))

    assert ([2, None], [1, 2, 3, 4], "ragged") == (ragged.shape, ragged.values.tolist(), ragged.layout)
    assert ([2, 2], [7], "sparse") == (empty.shape, empty.values.tolist(), empty.layout)


def test_nullable_columns_become_numbers() -> None:
    """A missing value of pandas is NaN."""
    sample = take_sample(pd.Series([1, None, 3], dtype="Int64"))

    assert np.array_equal([1.0, np.nan, 3.0], sample.values, equal_nan=True)


def test_rows_of_different_lengths_stay_objects() -> None:
    """A list of lists is an array of objects where it is no table."""
    sample = take_sample([[1], [2, 3]])

    assert ([2], "object") == (sample.shape, sample.dtype)
