from __future__ import annotations

from trackexp.diagnosis import Status
from trackexp.diagnosis.engine import examine_all
from trackexp.partitioning import partition, partition_of_column
from trackexp.partitioning.evidence import gather
from trackexp.partitioning.rules.future_in_training import FutureInTraining

RULE = FutureInTraining()


def outcome_of(made):
    """Return what the rule says of a partition."""
    (outcome,) = examine_all([RULE], gather(made)).outcomes
    return outcome


PARTS = {"train": 0.7, "valid": 0.15, "test": 0.15}


def test_a_random_split_of_a_series_is_found(lemons):
    """Nearly all training rows are later than the first row of the test."""
    made = partition(lemons, PARTS, id="id")
    findings = outcome_of(partition_of_column(made.apply(lemons), "part", time="taken_at")).findings

    assert 3 == len(findings)
    assert "are not earlier than the first of" in findings[0].message


def test_one_row_too_late_is_enough(lemons):
    """The last training row moves behind the first of the validation."""
    split = partition(lemons, PARTS, time="taken_at").apply(lemons)
    split.loc[0, "taken_at"] = split.loc[599, "taken_at"]
    findings = outcome_of(partition_of_column(split, "part", time="taken_at")).findings

    assert ["1 rows of train (0.2%)", "1 rows of train (0.2%)"] == [finding.message[:22] for finding in findings]


def test_a_split_by_time_passes(lemons):
    """Each part is later than the one before."""
    assert Status.PASSED == outcome_of(partition(lemons, PARTS, time="taken_at")).status


def test_without_times_nothing_can_be_told(lemons):
    """No column is named."""
    assert Status.NOT_APPLICABLE == outcome_of(partition(lemons, PARTS)).status
