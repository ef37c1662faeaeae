from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from trackexp.partitioning import partition

PARTS = {"test": 0.2, "train": 0.6, "valid": 0.2}
DAY = np.timedelta64(1, "D")


@given(st.lists(st.integers(0, 30), min_size=10, max_size=120).filter(lambda times: len(set(times)) > 4))
def test_parts_follow_each_other_and_no_moment_is_torn(times: list[int]):
    """Training, validation, test, however often a moment repeats."""
    t = np.array(times)
    made = partition(len(t), PARTS, time=t)

    assert t[made["train"]].max() < t[made["valid"]].min()
    assert t[made["valid"]].max() < t[made["test"]].min()


def test_a_gap_leaves_the_rows_before_each_cut_out(lemons: pd.DataFrame):
    """Two days before the first row of the next part, counted in the report."""
    made = partition(lemons, PARTS, time="taken_at", gap="2d")
    t = lemons.taken_at.to_numpy()

    assert t[made["valid"]].min() - t[made["train"]].max() >= 2 * DAY
    assert t[made["test"]].min() - t[made["valid"]].max() >= 2 * DAY
    assert {"within the gap": 94} == made.left_out
    assert 94 == int((made.column == "").sum())


def test_a_group_on_both_sides_of_a_cut_leaves_the_earlier_part(lemons: pd.DataFrame):
    """The later part keeps its rows, and the report says how many were dropped."""
    made = partition(lemons.assign(fruit=lemons.fruit % 100), PARTS, time="taken_at", group="fruit")
    fruit = lemons.fruit.to_numpy() % 100

    assert set() == set(fruit[made["train"]]) & set(fruit[made["test"]])
    assert {"group on both sides of a cut": 100} == made.left_out


def test_folds_walk_forward_as_those_of_scikit_learn(lemons: pd.DataFrame):
    """Of equally spaced rows: the same folds, with and without a gap."""
    lemons["t"] = np.arange(600)
    for gap, rows in ((0, 0), (8, 7)):  # 7 rows between are a distance of 8
        made = partition(lemons, folds=5, time="t", gap=gap)
        peer = list(TimeSeriesSplit(5, gap=rows).split(lemons))

        for (train, valid), (peer_train, peer_valid) in zip(made.folds(), peer, strict=True):
            np.testing.assert_array_equal(peer_train, train)
            np.testing.assert_array_equal(peer_valid, valid)


def test_folds_are_purged_as_by_purgedcv(lemons: pd.DataFrame):
    """Where a label is known six hours later: the same training and validation rows in every fold."""
    from purgedcv import WalkForwardSplit

    t = lemons.taken_at
    made = partition(lemons, folds=5, time="taken_at", gap="6h")
    peer = WalkForwardSplit(5, 100, prediction_times=t, evaluation_times=t + pd.Timedelta("6h"))

    for (train, valid), (peer_train, peer_valid) in zip(made.folds(), peer.split(np.zeros((600, 1))), strict=True):
        np.testing.assert_array_equal(peer_train, train)
        np.testing.assert_array_equal(peer_valid, valid)


def test_the_test_is_not_walked_through(lemons: pd.DataFrame):
    """Folds are made of what comes before it."""
    made = partition(lemons, PARTS, folds=3, time="taken_at")

    assert max(valid.max() for _, valid in made.folds()) < made["test"].min()
