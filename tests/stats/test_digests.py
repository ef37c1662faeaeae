from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trackexp.errors import UsageError
from trackexp.stats import repeated, row_digests, set_digest, table_digests


def test_the_digests_are_those_of_every_other_process():
    """Python's own hash of a text changes with each process; a digest is pinned here and computed in a new process."""
    code = (
        "from trackexp.stats import row_digests;"
        "print([hex(x) for x in [*row_digests([[0.0, 1.5]]), *row_digests(['lemon'])]])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert f"{['0xc7abf67cd5fd97f', hex(row_digests(['lemon'])[0])]}\n" == ran.stdout


def test_a_row_has_one_digest_in_every_form_that_it_takes_on_its_way():
    """From the frame of a CSV to the float32 batch of a training, in any memory order, byte order and shape."""
    rows = np.random.default_rng(0).normal(size=(50, 6))
    expected = row_digests(rows)

    for form in (
        rows.astype(np.float32),
        np.asfortranarray(rows),
        rows.astype(">f8"),
        rows.reshape(50, 3, 2),
        rows[::-1][::-1],
        pd.DataFrame(rows),
    ):
        np.testing.assert_array_equal(expected, row_digests(form))
    np.testing.assert_array_equal(expected, table_digests(list(rows.T)))


def test_bytes_and_whole_numbers_have_the_digests_of_their_floats():
    """An image of uint8 and the same one as float32 are one row."""
    pixels = np.random.default_rng(0).integers(0, 256, size=(20, 4, 4), dtype=np.uint8)

    np.testing.assert_array_equal(row_digests(pixels), row_digests(pixels.astype(np.float32)))
    np.testing.assert_array_equal(row_digests(pixels > 100), row_digests((pixels > 100).astype(int)))


def test_an_identifier_keeps_all_its_digits():
    """What float32 cannot hold is told apart, as int64, as uint64 and as float64."""
    ids = np.array([2**24, 2**24 + 1, 2**52, 2**52 + 1, -(2**40) - 1, -(2**40)])
    large = np.array([2**63 + 1, 2**63 + 2, 2**64 - 1, 2**64 - 2], dtype=np.uint64)

    assert len(ids) == len(set(row_digests(ids).tolist()))
    assert len(large) == len(set(row_digests(large).tolist()))
    np.testing.assert_array_equal(row_digests(ids), row_digests(ids.astype(float)))


def test_a_digest_depends_on_its_row_alone():
    """A large number or a gap elsewhere in the block changes nothing."""
    rows = np.random.default_rng(0).normal(size=(10, 3))
    others = np.vstack([rows, [[1e30, np.nan, 2.0**40 + 1]]])

    np.testing.assert_array_equal(row_digests(rows), row_digests(others)[:10])


def test_zero_and_gaps_have_one_form():
    """−0 is 0, and every NaN is the same."""
    other_nan = np.array([0x7FC00001], np.uint32).view(np.float32)

    assert row_digests([[0.0]])[0] == row_digests([[-0.0]])[0] == row_digests([[-1e-60]])[0]
    assert row_digests([[np.nan]])[0] == row_digests(other_nan[:, None])[0] == row_digests([[-np.nan]])[0]


def test_rows_that_differ_have_digests_that_differ():
    """A million rows of small whole numbers, the worst case of a linear hash, without one collision."""
    grid = np.stack(np.meshgrid(*[np.arange(10)] * 6), axis=-1).reshape(-1, 6)

    assert not repeated(row_digests(grid)).any()


def test_rounding_first_lets_rows_that_are_nearly_equal_share_a_digest():
    """`decimals` is of the numbers, not of the digest."""
    near = [[1.00001, 2.0], [1.00002, 2.0], [1.1, 2.0]]

    assert [False, False, False] == repeated(row_digests(near)).tolist()
    assert [True, True, False] == repeated(row_digests(near, decimals=3)).tolist()


def test_texts_times_and_mixed_tables_have_digests():
    """Objects count by their text, times by their nanoseconds."""
    days = np.array(["2026-01-01", "2026-01-02"], "datetime64[D]")
    mixed = [np.array(["a", "a", "b"]), np.array([1.0, 1.0, 1.0])]

    np.testing.assert_array_equal(row_digests(days), row_digests(days.astype("datetime64[s]")))
    np.testing.assert_array_equal(row_digests(np.array(["é", "b"])), row_digests(np.array(["é", "b"], object)))
    assert [True, True, False] == repeated(table_digests(mixed)).tolist()
    assert row_digests(np.array([1 + 2j]))[0] != row_digests(np.array([1 + 3j]))[0]


@given(arrays(np.int64, st.integers(0, 30), elements=st.integers(0, 8)))
def test_repeats_are_those_that_counting_finds(values: np.ndarray):
    """Every row that comes more than once, the first one included."""
    expected = [int((values == value).sum()) > 1 for value in values]

    assert expected == repeated(row_digests(values)).tolist()


def test_a_set_of_rows_has_one_name_in_any_order():
    """It changes with any row, and with a row that comes twice."""
    digests = row_digests(np.arange(10.0))

    assert set_digest(digests) == set_digest(digests[::-1])
    assert 3 == len({set_digest(digests), set_digest(digests[1:]), set_digest(np.append(digests, digests[:1]))})


def test_rows_of_nothing_have_no_digests_and_one_value_is_no_rows():
    """Empty in, empty out; what has no axis of rows is an error that says so."""
    assert 0 == len(row_digests(np.empty((0, 3))))
    assert 1 == len(set(row_digests(np.empty((4, 0))).tolist()))
    with pytest.raises(UsageError, match="axis of rows"):
        row_digests(1.0)
    with pytest.raises(UsageError, match="one length"):
        table_digests([[1, 2], [1]])
