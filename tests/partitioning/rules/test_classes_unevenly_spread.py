from __future__ import annotations

from trackexp.diagnosis import Status
from trackexp.diagnosis.engine import examine_all
from trackexp.partitioning import partition, partition_of_column
from trackexp.partitioning.evidence import gather
from trackexp.partitioning.rules.classes_unevenly_spread import ClassesUnevenlySpread

RULE = ClassesUnevenlySpread()


def outcome_of(made):
    """Return what the rule says of a partition."""
    (outcome,) = examine_all([RULE], gather(made)).outcomes
    return outcome


PARTS = {"train": 0.5, "test": 0.5}


def test_shares_that_differ_more_than_chance_are_a_warning(lemons):
    """Two thirds of the moldy ones in the test."""
    moldy = (lemons.mold == "yes").cumsum()
    lemons["part"] = ["test" if (row % 3 > 0 if mold == "yes" else i % 2) else "train"
                      for i, (row, mold) in enumerate(zip(moldy, lemons.mold, strict=True))]  # fmt: skip
    (finding,) = outcome_of(partition_of_column(lemons, "part", target="mold")).findings

    assert finding.message.startswith("the classes of the parts differ (χ² test, p = ")
    assert "warning" == finding.severity


def test_what_partition_makes_passes(lemons):
    """With groups, where not everything is attainable."""
    assert Status.PASSED == outcome_of(partition(lemons, PARTS, target="mold", group="fruit")).status


def test_without_a_target_nothing_can_be_told(lemons):
    """No column is named."""
    assert Status.NOT_APPLICABLE == outcome_of(partition(lemons, PARTS)).status
