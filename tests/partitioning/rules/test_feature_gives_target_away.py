from __future__ import annotations

import numpy as np
import pytest

from trackexp.diagnosis import Status
from trackexp.diagnosis.engine import examine_all
from trackexp.partitioning import partition
from trackexp.partitioning.evidence import gather
from trackexp.partitioning.rules.feature_gives_target_away import FeatureGivesTargetAway

RULE = FeatureGivesTargetAway()


def outcome_of(made):
    """Return what the rule says of a partition."""
    (outcome,) = examine_all([RULE], gather(made)).outcomes
    return outcome


PARTS = {"train": 0.7, "test": 0.3}


@pytest.mark.parametrize("kind", ["number", "category", "regression"])
def test_a_consequence_of_the_target_is_found(lemons, kind: str):
    """As a number, as a category, and of a numeric target."""
    moldy = lemons.mold == "yes"
    noise = np.random.default_rng(0).normal(size=600) * 1e-3
    target = "red" if kind == "regression" else "mold"
    lemons["refund"] = {
        "number": moldy + noise,
        "category": np.where(moldy, "paid", "none"),
        "regression": lemons.red + noise,
    }[kind]
    made = partition(lemons.drop(columns=["fruit", "taken_at"]), PARTS, target=target, id="id")
    (finding,) = outcome_of(made).findings

    assert finding.message.startswith("alone, refund (1.000) tells the target")


def test_a_good_feature_is_no_leak(lemons):
    """An area of 0.97 is what a useful feature has."""
    lemons["spots"] = (lemons.mold == "yes") + np.random.default_rng(0).normal(size=600) * 0.4
    made = partition(lemons.drop(columns=["fruit", "taken_at"]), PARTS, target="mold", id="id")

    assert Status.PASSED == outcome_of(made).status


def test_without_a_target_nothing_can_be_told(lemons):
    """No column is named."""
    assert Status.NOT_APPLICABLE == outcome_of(partition(lemons, PARTS)).status
