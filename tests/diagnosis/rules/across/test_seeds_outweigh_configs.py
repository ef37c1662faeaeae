from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Member, Status
from trackexp.record import RunRecord

Judge = Callable[..., Any]

NAME = "seeds-outweigh-configs"
RUNS = [Member(RunRecord("a"), "a")]


def test_it_names_both_spreads(message_of: Callable[..., str]):
    """Pooled within, and of the means."""
    seen = message_of(NAME, RUNS, groups={"x": (0.0, 2.0), "y": (0.5, 2.5)})

    assert (
        "warning: val/loss varies by 1.41 (standard deviation) from run to run of one group, and by 0.354 from group "
        "to group: another seed moves it more than another config"
    ) == seen


@pytest.mark.parametrize(("shift", "status"), [(1.99, Status.FINDING), (2.01, Status.PASSED)])
def test_it_turns_where_the_spreads_are_equal(judge: Judge, shift: float, status: Status):
    """Within sqrt(2); two means that are 2 apart have the same."""
    groups = {"x": (0.0, 2.0), "y": (shift, 2.0 + shift)}

    assert status == judge(NAME, RUNS, groups=groups).status


@pytest.mark.parametrize("groups", [{}, {"x": (0.1, 0.2)}, {"x": (0.1, 0.2), "y": (0.3,)}])
def test_it_does_not_apply_without_two_groups_of_several_runs(judge: Judge, groups: dict[str, tuple[float, ...]]):
    """One run says nothing of a spread."""
    assert Status.NOT_APPLICABLE == judge(NAME, RUNS, groups=groups).status
