from __future__ import annotations

import numpy as np

from trackexp.diagnosis import Status
from trackexp.diagnosis.engine import examine_all
from trackexp.partitioning import partition, partition_of_column
from trackexp.partitioning.evidence import gather
from trackexp.partitioning.rules.parts_from_elsewhere import PartsFromElsewhere

RULE = PartsFromElsewhere()


def outcome_of(made):
    """Return what the rule says of a partition."""
    (outcome,) = examine_all([RULE], gather(made)).outcomes
    return outcome


PARTS = {"train": 0.5, "test": 0.5}


def test_another_camera_is_found_with_its_colour(lemons):
    """A feature that is shifted in the test leads the message."""
    split = partition(lemons, PARTS, id="id").apply(lemons)[["id", "red", "green", "part"]]
    split["red"] += np.where(split.part == "test", 1.0, 0.0)
    outcome = outcome_of(partition_of_column(split, "part", id="id"))
    (finding,) = outcome.findings

    assert finding.message.startswith("train and test can be told apart (another population): AUC 0.")
    assert "most by red" in finding.message


def test_under_time_it_is_drift_and_info(lemons):
    """Later rows are allowed to differ."""
    lemons["red"] += np.linspace(0, 4, 600)
    made = partition(lemons[["taken_at", "red", "green"]], PARTS, time="taken_at")
    (finding,) = outcome_of(made).findings

    assert ("info", True) == (finding.severity, "(drift)" in finding.message)


def test_a_random_split_passes(lemons):
    """Of one population."""
    made = partition(lemons[["id", "red", "green"]], PARTS, id="id")

    assert Status.PASSED == outcome_of(made).status


def test_with_few_rows_nothing_can_be_told(lemons):
    """Ten rows a part teach a classifier nothing."""
    assert Status.NOT_APPLICABLE == outcome_of(partition(lemons[:20], PARTS)).status
