from __future__ import annotations

from trackexp.diagnosis import Status
from trackexp.diagnosis.engine import examine_all
from trackexp.partitioning import partition
from trackexp.partitioning.evidence import gather
from trackexp.partitioning.rules.part_too_small import PartTooSmall

RULE = PartTooSmall()


def outcome_of(made):
    """Return what the rule says of a partition."""
    (outcome,) = examine_all([RULE], gather(made)).outcomes
    return outcome


def test_a_small_test_is_told_with_its_width(lemons):
    """60 rows know an accuracy of 90 % to about 8 points."""
    (finding,) = outcome_of(partition(lemons, {"train": 0.9, "test": 0.1})).findings

    assert "test has 60 rows: an accuracy of 90% is known to ±7.7% only" == finding.message


def test_a_large_one_passes(lemons):
    """200 rows know it to less than 5 points."""
    assert Status.PASSED == outcome_of(partition(lemons, {"train": 0.6, "test": 0.4})).status


def test_folds_alone_have_no_part(lemons):
    """There is nothing to measure on but the folds."""
    assert Status.NOT_APPLICABLE == outcome_of(partition(lemons, folds=3)).status
