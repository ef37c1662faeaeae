from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Member, Status
from trackexp.record import Finding, Severity
from trackexp.testing import make_record

Judge = Callable[..., Any]

NAME = "winner-has-a-finding"
OVERLAP = {"compile": {"losses": []}, "data": {"validation_overlap": 0.5, "rows": 100}}


def run(name: str, *, severity: Severity = Severity.WARNING, found: bool = False, **fields: Any) -> Member:
    """Return a run, with or without a finding of dropout-too-high."""
    findings = (Finding("TX003", "dropout-too-high", severity, "0.95", "lower it"),) if found else ()
    compared = fields.pop("compared", True)
    return Member(make_record(name, **fields), name, findings=findings, compared=compared)


PASSED = {"model": {"layers": [{"name": "d", "layer": "Dropout", "config": {"rate": 0.1}}]}}


def test_it_names_the_winner_the_rule_and_who_passed(message_of: Callable[..., str]):
    """A lead with something odd about it."""
    seen = message_of(NAME, [run("a", found=True), run("b", facts=PASSED)], best=0)

    assert (
        "info: a is the best, and of the runs compared it alone has TX003 dropout-too-high; b passed that rule" == seen
    )


@pytest.mark.parametrize(
    "members",
    [
        [run("a", found=True), run("b", found=True)],
        [run("a", found=True), run("b")],
        [run("a", found=True, severity=Severity.INFO), run("b", facts=PASSED)],
        [run("a"), run("b", found=True)],
        [run("a", found=True), run("b", facts=PASSED, compared=False)],
    ],
    ids=["both have it", "the other cannot tell", "a note", "the loser has it", "nobody to compare with"],
)
def test_it_is_silent_elsewhere(judge: Judge, members: list[Member]):
    """Only a rule that every other run passed."""
    assert Status.PASSED == judge(NAME, members, best=0).status


def test_it_does_not_apply_without_a_winner(judge: Judge):
    """No run can be believed."""
    assert Status.NOT_APPLICABLE == judge(NAME, [run("a"), run("b")]).status
