from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.errors import UsageError
from trackexp.stats import Overlap, RowSketch, row_digests

numbers = st.lists(st.integers(0, 200), max_size=60)


def digests_of(values: list[int]) -> np.ndarray:
    """Return the digests of rows of one number."""
    return row_digests(np.array(values, dtype=float)[:, None])


@given(numbers, numbers, st.integers(1, 30))
def test_the_sketch_of_two_parts_is_that_of_the_whole(first: list[int], second: list[int], size: int):
    """Streams, chunks and machines merge to the same digests, in either order."""
    whole = RowSketch.of(digests_of(first + second), size=size)
    one, other = (RowSketch.of(digests_of(part), size=size) for part in (first, second))

    for merged in (one.merge(other), other.merge(one)):
        np.testing.assert_array_equal(whole.smallest, merged.smallest)
        assert whole.n == merged.n


@given(numbers, st.integers(1, 30), st.integers(1, 30))
def test_a_smaller_sketch_is_the_one_that_the_rows_would_have_given(values: list[int], size: int, smaller: int):
    """Shrinking loses nothing but digests."""
    shrunk = RowSketch.of(digests_of(values), size=size).shrink(smaller)

    np.testing.assert_array_equal(RowSketch.of(digests_of(values), size=min(size, smaller)).smallest, shrunk.smallest)


@given(numbers, numbers)
def test_while_everything_is_kept_the_overlap_is_exact(first: list[int], second: list[int]):
    """It is what looking up every row says, and its interval is the share itself."""
    found = RowSketch.of(digests_of(first)).overlap(digests_of(second))

    assert Overlap(len(second), sum(value in set(first) for value in second), len(second)) == found
    assert found.exact
    assert (found.share or 0.0) in found.interval()


def test_what_was_looked_up_and_found_is_proof_in_any_size_of_sketch():
    """Every hit is a row of the set: no false alarm however small the sketch is."""
    train, other = np.arange(20_000.0), np.arange(30_000.0, 60_000.0)
    found = RowSketch.of(row_digests(train), size=64).overlap(row_digests(other))

    assert 0 == found.hits
    assert found.looked_up > 0


def test_the_estimated_share_is_unbiased_and_its_interval_keeps_its_level():
    """Over 200 pairs of sets that share a tenth of their rows."""
    rng = np.random.default_rng(0)
    shares, covered = [], 0
    for _ in range(200):
        train, other = row_digests(rng.random(3_000)), row_digests(rng.random(1_000))
        other[:100] = train[:100]
        found = RowSketch.of(train, size=500).overlap(other)
        shares.append(found.share or 0.0)
        covered += 0.1 in found.interval()

    assert np.mean(shares) == pytest.approx(0.1, abs=0.005)
    assert covered >= 0.92 * 200


def test_without_a_hit_the_bound_is_that_of_all_rows_looked_up():
    """About three over the number of rows: the rule of three."""
    interval = Overlap(looked_up=300, hits=0, n=1_000).interval()

    assert 0 == interval.low
    assert interval.high == pytest.approx(3 / 300, rel=0.01)
    assert 1.0 == Overlap(0, 0, 10).interval().high
    assert None is Overlap(0, 0, 10).share


def test_two_sketches_tell_their_overlap_without_the_rows():
    """The share of one set's different rows that the other holds."""
    rng = np.random.default_rng(0)
    train, other = row_digests(rng.random(20_000)), row_digests(rng.random(8_000))
    other[:4_000] = train[:4_000]
    found = RowSketch.of(train).overlap(RowSketch.of(other))

    assert 0.5 in found.interval()
    assert found.n == pytest.approx(8_000, rel=0.1)


def test_the_number_of_different_rows_is_told():
    """Exact while all are kept, else within a few standard errors of 1/√(k − 2)."""
    values = np.repeat(np.arange(50_000.0), 2)

    assert 3.0 == RowSketch.of(digests_of([1, 2, 3, 3])).distinct
    assert RowSketch.of(row_digests(values)).distinct == pytest.approx(50_000, rel=4 / np.sqrt(4_094))


def test_a_few_rows_repeated_a_million_times_keep_every_one_of_them():
    """What is cut off by a quantile of the digests is cut off by distinct ones."""
    values = np.concatenate([np.zeros(200_000), np.arange(5_000.0)])

    sketch = RowSketch.of(row_digests(values), size=1_000)

    np.testing.assert_array_equal(np.sort(row_digests(np.arange(5_000.0)))[:1_000], sketch.smallest)


def test_a_sketch_survives_json():
    """It goes into a run's facts as text."""
    sketch = RowSketch.of(digests_of([1, 2, 3]), size=2)
    again = RowSketch.from_dict(json.loads(json.dumps(sketch.to_dict())))

    np.testing.assert_array_equal(sketch.smallest, again.smallest)
    assert (sketch.size, sketch.n) == (again.size, again.n)


@pytest.mark.parametrize("data", [{}, {"size": 1, "n": 1, "smallest": "???"}, {"size": 1, "n": 1, "smallest": "QQ=="}])
def test_what_is_no_sketch_is_refused(data: dict[str, object]):
    """A damaged record says so."""
    with pytest.raises(UsageError, match="no sketch"):
        RowSketch.from_dict(data)


def test_a_sketch_of_nothing_is_asked_for_in_vain():
    """The size is at least one."""
    with pytest.raises(UsageError, match="at least 1"):
        RowSketch.of(digests_of([1]), size=0)
