from __future__ import annotations

from trackexp.diagnosis import Status
from trackexp.diagnosis.engine import examine_all
from trackexp.partitioning import partition, partition_of_column
from trackexp.partitioning.evidence import gather
from trackexp.partitioning.rules.groups_in_two_parts import GroupsInTwoParts

RULE = GroupsInTwoParts()


def outcome_of(made):
    """Return what the rule says of a partition."""
    (outcome,) = examine_all([RULE], gather(made)).outcomes
    return outcome


PARTS = {"train": 0.7, "valid": 0.15, "test": 0.15}


def test_a_split_by_rows_tears_groups_apart(lemons):
    """Every two parts are told, with groups by name."""
    made = partition(lemons, PARTS, id="id")
    findings = outcome_of(partition_of_column(made.apply(lemons), "part", group="fruit")).findings

    assert 3 == len(findings)
    assert "have rows in train as well, such as" in findings[0].message


def test_a_split_by_groups_passes(lemons):
    """No fruit in two parts."""
    assert Status.PASSED == outcome_of(partition(lemons, PARTS, group="fruit")).status


def test_without_groups_nothing_can_be_told(lemons):
    """Which rows belong together is not in the table."""
    assert Status.NOT_APPLICABLE == outcome_of(partition(lemons, PARTS)).status
