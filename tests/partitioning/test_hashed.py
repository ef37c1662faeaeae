from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.errors import UsageError
from trackexp.partitioning import partition
from trackexp.partitioning.hashed import assign_by_hash, key_numbers

PARTS = {"train": 0.8, "valid": 0.1, "test": 0.1}


def test_a_key_has_the_number_that_md5_says():
    """The first 64 bits over salt, unit separator and key."""
    assert 5300042102725673875 == int(key_numbers(["g0"], "s")[0])


@given(st.lists(st.one_of(st.integers(), st.text(max_size=20)), min_size=1, max_size=30, unique_by=str))
def test_every_key_has_the_part_that_duckdb_says(keys: list[object]):
    """Numbers and texts of any script, in one expression."""
    texts = [str(key) for key in keys if "\0" not in str(key)] or ["a", "b"]
    frame = pd.DataFrame({'it\'s a "key"': [*texts, "x\x1f1", "x\x1f2"]}).drop_duplicates()
    made = partition(frame, PARTS, by="hash", id='it\'s a "key"')
    said = duckdb.query_df(frame, "rows", f"select {made.sql()} as part from rows").df()

    assert said.part.tolist() == made.column.tolist()


def test_ten_thousand_whole_numbers_have_the_parts_that_duckdb_says():
    """`CAST(id AS VARCHAR)` is Python's text of the number."""
    frame = pd.DataFrame({"id": np.arange(10_000)})
    made = partition(frame, PARTS, by="hash", id="id", seed=7)

    assert duckdb.query_df(frame, "rows", f"select {made.sql()} as p from rows").df().p.tolist() == made.column.tolist()
    assert abs(made.sizes["test"] - 1_000) < 150


def test_rows_keep_their_part_in_any_order_and_when_others_come():
    """Each key's part is its own."""
    keys = np.arange(3_000)
    made, more = (partition({"id": keys[:n]}, PARTS, by="hash", id="id", folds=4) for n in (2_000, 3_000))
    back = partition({"id": keys[:2_000][::-1].copy()}, PARTS, by="hash", id="id", folds=4)

    np.testing.assert_array_equal(made.codes, more.codes[:2_000])
    np.testing.assert_array_equal(made.codes, back.codes[::-1])
    np.testing.assert_array_equal(made.fold, more.fold[:2_000])


def test_other_shares_move_no_row_between_validation_and_test():
    """From .8/.1/.1 to .7/.15/.15 a tenth of the rows moves, all of it out of training."""
    keys = np.arange(20_000)
    before = np.array(list(PARTS))[assign_by_hash(keys, PARTS, "0")]
    shares = {"train": 0.7, "valid": 0.15, "test": 0.15}
    after = np.array(list(shares))[assign_by_hash(keys, shares, "0")]
    moved = before != after

    assert {"train"} == set(before[moved])
    assert moved.mean() == pytest.approx(0.1, abs=0.01)


def test_a_batch_gets_its_field_without_the_rest_of_the_table():
    """What a stream needs: any key, seen or not."""
    made = partition({"id": np.arange(100)}, PARTS, by="hash", id="id")
    batch = made.assign({"id": np.arange(50, 150)})

    np.testing.assert_array_equal(made.column[50:], batch["part"][:50])


def test_a_balanced_partition_assigns_only_what_it_knows():
    """A key that was not there has no part, and the message says what gives it one."""
    made = partition({"id": np.arange(100)}, PARTS, id="id")

    assert made.column[10] == made.assign({"id": np.array([10])})["part"][0]
    with pytest.raises(UsageError, match="by='hash' gives a part to any key"):
        made.assign({"id": np.array([500])})


def test_only_a_hash_is_an_expression():
    """SQL cannot weigh all rows."""
    with pytest.raises(UsageError, match="only by='hash'"):
        partition({"id": np.arange(100)}, PARTS, id="id").sql()
    with pytest.raises(UsageError, match="duckdb, postgres, spark, bigquery"):
        partition({"id": np.arange(100)}, PARTS, id="id", by="hash").sql("oracle")
