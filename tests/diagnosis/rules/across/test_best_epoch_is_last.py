from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Member, Status
from trackexp.record import BestValue
from trackexp.testing import make_record

Judge = Callable[..., Any]

NAME = "best-epoch-is-last"


def run(name: str, values: list[float], direction: Any = "min", **fields: Any) -> Member:
    """Return a run with this curve."""
    best = (min if direction == "min" else max)(values)
    found = BestValue("val/loss", "val/loss", direction, best, values.index(best), values[-1])
    compared = fields.pop("compared", True)
    return Member(make_record(name, **fields), name, found, values=values, compared=compared)


FALLING = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2]
FLAT = [1.0, 0.5, 0.3, 0.2, 0.15, 0.12, 0.115, 0.112, 0.111, 0.1105]


def test_a_run_that_could_still_win_is_a_warning(message_of: Callable[..., str]):
    """It lies behind by less than its last fifth brought."""
    seen = message_of(NAME, [run("slow", FALLING), run("best", FLAT)], best=1)

    assert "warning: the best val/loss of slow is the last one, and was still improving" in seen
    assert "as many epochs again could bring slow before the best" in seen


def test_a_run_that_could_not_win_is_a_note(message_of: Callable[..., str]):
    """And so is the best itself."""
    far = [value + 5 for value in FALLING]

    assert message_of(NAME, [run("far", far), run("best", FLAT)], best=1).startswith("info: the best val/loss of far")
    assert message_of(NAME, [run("best", FALLING), run("x", [9.0] * 9)], best=0).startswith("info")


def test_higher_may_be_better(message_of: Callable[..., str]):
    """As the metric has it."""
    rising = [1 - value for value in FALLING]

    assert "info: the best val/loss of a is the last one" in message_of(NAME, [run("a", rising, "max")])


@pytest.mark.parametrize(
    "members",
    [
        [run("flat", FLAT)],
        [run("turned", [*FALLING, 0.21])],
        [run("running", FALLING, state="running"), run("flat", FLAT)],
        [run("just below", [1.0, 0.9, 0.5, 0.2, 0.15, 0.12, 0.1, 0.05, 0.02, 0.0021])],
    ],
    ids=["flattened out", "turned round", "still running", "under 5 % of the gain"],
)
def test_it_is_silent_elsewhere(judge: Judge, members: list[Member]):
    """A curve that has flattened out ends at its best too."""
    assert Status.PASSED == judge(NAME, members).status


@pytest.mark.parametrize("members", [[run("short", [0.5, 0.4, 0.3, 0.2])], [run("out", FALLING, compared=False)]])
def test_it_does_not_apply_to_short_curves_or_runs_set_apart(judge: Judge, members: list[Member]):
    """Four epochs show no end of anything."""
    assert Status.NOT_APPLICABLE == judge(NAME, members).status
