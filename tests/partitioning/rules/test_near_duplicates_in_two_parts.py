from __future__ import annotations

import numpy as np
import pandas as pd

from trackexp.diagnosis import Status
from trackexp.diagnosis.engine import examine_all
from trackexp.partitioning import partition, partition_of_column
from trackexp.partitioning.evidence import gather
from trackexp.partitioning.rules.near_duplicates_in_two_parts import NearDuplicatesInTwoParts

RULE = NearDuplicatesInTwoParts()


def outcome_of(made):
    """Return what the rule says of a partition."""
    (outcome,) = examine_all([RULE], gather(made)).outcomes
    return outcome


def halves() -> pd.DataFrame:
    """Return 200 rows of two random numbers."""
    x = np.random.default_rng(0).normal(size=(200, 2))
    return pd.DataFrame({"x": x[:, 0], "y": x[:, 1], "part": np.repeat(["train", "test"], 100)})


def test_a_row_with_a_little_noise_is_found():
    """Numbers that differ by less than a thousandth of a standard deviation."""
    frame = halves()
    frame.loc[150:159, ["x", "y"]] = frame.loc[20:29, ["x", "y"]].to_numpy() + 1e-6
    (finding,) = outcome_of(partition_of_column(frame, "part")).findings

    assert finding.message.startswith("10 rows of test are nearly rows of train, such as 20 and 150")


def test_equal_rows_are_told_by_another_rule():
    """They are not counted a second time."""
    frame = halves()
    frame.loc[150, ["x", "y"]] = frame.loc[20, ["x", "y"]].to_numpy()

    assert Status.PASSED == outcome_of(partition_of_column(frame, "part")).status


def test_rows_that_differ_by_more_pass():
    """A tenth of a standard deviation is another row."""
    frame = halves()
    frame.loc[150:159, ["x", "y"]] = frame.loc[20:29, ["x", "y"]].to_numpy() + 0.1

    assert Status.PASSED == outcome_of(partition_of_column(frame, "part")).status


def test_without_features_nothing_can_be_told():
    """A number of rows has none."""
    outcome = outcome_of(partition(10, {"train": 0.8, "test": 0.2}))

    assert Status.NOT_APPLICABLE == outcome.status
