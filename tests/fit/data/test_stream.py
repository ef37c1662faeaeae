from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.fit.data import data_facts
from trackexp.fit.data.samples import MAX_ROWS
from trackexp.fit.data.stream import MAX_BATCHES, StreamRows, stream_facts


def drawn(x: object, y: object, size: int) -> StreamRows:
    """Return what a pass over batches of that size shows."""
    rows = StreamRows()
    for start in range(0, len(x), size):  # type: ignore[arg-type]
        rows.add(x[start : start + size], y[start : start + size], None)  # type: ignore[index]
    return rows


@given(st.integers(1, 80), st.integers(30, 90))
def test_the_size_of_batches_changes_nothing(size: int, count: int) -> None:
    """Whatever the batches, the profile is that of the same rows as arrays, but for the length of the first axis."""
    x = np.random.default_rng(count).normal(size=(count, 4)).astype("float32")
    y = np.arange(count) % 3
    expected = data_facts(x, y, stream=True)
    facts = stream_facts(drawn(x, y, size), None)

    assert expected["inputs"] == facts["inputs"]
    assert expected["targets"] == facts["targets"]


def test_classes_are_counted_behind_the_rows_that_are_kept() -> None:
    """Sorted classes of a long stream are all counted, in their order, though the first rows hold one alone."""
    count = 3 * MAX_ROWS
    y = np.sort(np.arange(count) % 3)
    facts = stream_facts(drawn(np.zeros((count, 2), "float32"), y, 64), None)

    assert {"0": MAX_ROWS, "1": MAX_ROWS, "2": MAX_ROWS} == facts["targets"][0]["class_counts"]
    assert 2 / (count - 1) == pytest.approx(facts["targets"][0]["change_rate"])
    assert count == facts["rows_seen"]


def test_rows_shared_with_validation_are_estimated_from_sketches() -> None:
    """Of more rows than are kept, the share of validation rows that training has too is still told."""
    x = np.random.default_rng(0).normal(size=(30_000, 4)).astype("float32")
    y = np.zeros(len(x), int)
    valid = np.concatenate([x[20_000:26_000], np.random.default_rng(1).normal(size=(6_000, 4)).astype("float32")])
    facts = stream_facts(drawn(x, y, 100), drawn(valid, y[: len(valid)], 100))

    assert 0.5 == pytest.approx(facts["validation_overlap"], abs=0.05)


def test_a_pass_without_end_is_looked_at_up_to_a_bound() -> None:
    """Behind so many batches nothing is looked at any more."""
    rows = StreamRows()
    for _ in range(MAX_BATCHES + 5):
        rows.add(np.zeros((1, 2)), np.zeros(1), None)

    assert (True, MAX_BATCHES) == (rows.is_done, rows.rows)


def test_batches_of_different_widths_are_no_failure() -> None:
    """Padded sequences of each batch's own length are told by the first batch."""
    rows = StreamRows()
    rows.add(np.zeros((4, 5)), np.zeros(4), None)
    rows.add(np.zeros((4, 7)), np.zeros(4), None)

    assert [None, 5] == stream_facts(rows, None)["inputs"][0]["shape"]
