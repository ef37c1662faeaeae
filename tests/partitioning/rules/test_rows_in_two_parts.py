from __future__ import annotations

import numpy as np
import pandas as pd

from trackexp.diagnosis import Status
from trackexp.diagnosis.engine import examine_all
from trackexp.partitioning import partition, partition_of_column
from trackexp.partitioning.evidence import gather
from trackexp.partitioning.rules.rows_in_two_parts import RowsInTwoParts

RULE = RowsInTwoParts()


def outcome_of(made):
    """Return what the rule says of a partition."""
    (outcome,) = examine_all([RULE], gather(made)).outcomes
    return outcome


def halves(n: int = 200) -> pd.DataFrame:
    """Return rows of random numbers, the first three quarters for training."""
    part = np.repeat(["train", "test"], [3 * n // 4, n - 3 * n // 4])
    return pd.DataFrame({"x": np.random.default_rng(0).normal(size=n), "part": part})


def test_a_copied_row_is_found_and_named():
    """One row of the test that was copied from training, with both positions."""
    frame = halves()
    frame.loc[199, "x"] = frame.loc[7, "x"]
    (finding,) = outcome_of(partition_of_column(frame, "part")).findings

    assert finding.message.startswith("1 rows of test (2.0%) are rows of train as well, such as 7 = 199")
    assert {"count": 1, "examples": [[7, 199]]}.items() <= finding.evidence.items()


def test_rows_that_repeat_by_nature_are_no_leak():
    """Of a die's throws every one is in both parts, and within training as well."""
    frame = halves().assign(x=np.random.default_rng(0).integers(1, 7, 200))

    assert Status.PASSED == outcome_of(partition_of_column(frame, "part")).status


def test_different_rows_pass():
    """No row in two parts."""
    assert Status.PASSED == outcome_of(partition_of_column(halves(), "part")).status


def test_without_features_nothing_can_be_told():
    """A number of rows has none."""
    outcome = outcome_of(partition(10, {"train": 0.8, "test": 0.2}))

    assert Status.NOT_APPLICABLE == outcome.status
