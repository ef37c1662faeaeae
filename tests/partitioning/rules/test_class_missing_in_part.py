from __future__ import annotations

from trackexp.diagnosis import Status
from trackexp.diagnosis.engine import examine_all
from trackexp.partitioning import partition, partition_of_column
from trackexp.partitioning.evidence import gather
from trackexp.partitioning.rules.class_missing_in_part import ClassMissingInPart

RULE = ClassMissingInPart()


def outcome_of(made):
    """Return what the rule says of a partition."""
    (outcome,) = examine_all([RULE], gather(made)).outcomes
    return outcome


PARTS = {"train": 0.5, "test": 0.5}


def test_a_class_of_one_part_only_is_found(lemons):
    """By name."""
    lemons["part"] = ["test" if mold == "yes" else "train" for mold in lemons.mold]
    findings = outcome_of(partition_of_column(lemons, "part", target="mold")).findings

    assert {"train has no row of yes", "test has no row of no"} == {finding.message for finding in findings}


def test_a_class_of_one_row_cannot_be_in_two_parts(lemons):
    """It is not asked for."""
    lemons.loc[0, "mold"] = "rotten"

    assert Status.PASSED == outcome_of(partition(lemons, PARTS, target="mold")).status


def test_without_a_target_nothing_can_be_told(lemons):
    """No column is named."""
    assert Status.NOT_APPLICABLE == outcome_of(partition(lemons, PARTS)).status
