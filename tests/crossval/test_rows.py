from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackexp import fold, partition
from trackexp.crossval.folds import fold_seed, training
from trackexp.crossval.rows import folds_of, partition_of
from trackexp.errors import UsageError

Y = np.arange(200) % 4


@settings(max_examples=10)
@given(st.integers(2, 7), st.integers(0, 2**40))
def test_the_rows_of_a_fold_are_disjoint_and_whole(k: int, seed: int):
    """Every row is trained on, stops early, or is scored; each is scored once over all folds."""
    folds = folds_of(partition_of(k, Y, None, seed), seed)

    assert [list(range(200))] * k == [sorted([*one.train, *one.inner, *one.valid]) for one in folds]
    assert list(range(200)) == sorted(np.concatenate([one.valid for one in folds]))


def test_inner_rows_are_whole_groups():
    """No group is trained on and stopped by."""
    groups = np.arange(200) // 5
    folds = folds_of(partition_of(4, Y, groups, 0), 0)

    assert all(len(one.inner) for one in folds)
    assert [set()] * 4 == [set(groups[one.train]) & set(groups[one.inner]) for one in folds]


def test_inner_rows_come_last_in_time():
    """What is stopped by lies between what is trained on and what is scored."""
    part = partition(200, folds=4, time=np.arange(200.0), target=Y)

    assert all(one.train.max() < one.inner.min() and one.inner.max() < one.valid.min() for one in folds_of(part, 0))


def test_a_training_set_of_one_group_has_no_inner_rows():
    """There is nothing to cut, and the fold trains nevertheless."""
    folds = folds_of(partition_of(2, Y, np.arange(200) % 2, 0), 0)

    assert [0, 0] == [len(one.inner) for one in folds]


def test_the_holdout_is_in_no_fold():
    """A test part is left alone."""
    part = partition(200, {"train": 0.8, "test": 0.2}, folds=4, target=Y)
    used = np.concatenate([[*one.learned, *one.valid] for one in folds_of(part, 0)])

    assert set() == set(part["test"]) & set(used)


@given(st.integers(0, 2**70), st.integers(0, 1000))
def test_a_fold_s_seed_fits_numpy(seed: int, index: int):
    """0 ≤ seed < 2**32, whatever the user's seed is."""
    np.random.default_rng(found := fold_seed(seed, index))

    assert 0 <= found < 2**32


@pytest.mark.parametrize(
    ("part", "target", "message"),
    [
        (5, None, "pass target="),
        (True, Y, "expected a partition with folds"),
        ("5", Y, "expected a partition with folds"),
        (1, Y, "at least 2"),
        (partition(200, {"train": 0.5, "test": 0.5}), None, "has no folds"),
        (partition(200, folds=3), Y[:10], "target has 10 values"),
    ],
)
def test_what_is_no_partition_is_refused(part: Any, target: Any, message: str):
    """The message says what is missing."""
    with pytest.raises(UsageError, match=message):
        partition_of(part, target, None, 0)


def test_a_script_asks_for_the_fold_that_is_trained():
    """`fold()` is the one of the block, and none outside of it."""
    (first, _) = folds_of(partition_of(2, Y, None, 0), 0)
    with training(first):
        found = fold()

    assert first is found
    with pytest.raises(UsageError, match="no cross-validation runs here"):
        fold()
