from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Member, Status
from trackexp.record import RunRecord

Judge = Callable[..., Any]

NAME = "other-code"


def run(name: str, code: str | None, **settings: Any) -> Member:
    """Return a run of that code."""
    return Member(RunRecord(name), name, settings=settings, code=code, code_text=f"commit {code}")


def test_it_names_the_settings_and_the_code(message_of: Callable[..., str], judge: Judge):
    """And how to see the lines."""
    members = [run("a", "1", lr=1, bs=2), run("b", "2", lr=3, bs=2)]

    assert (
        "warning: only lr differs in the config of a and b, and the code does too: commit 1 in a, commit 2 in b"
        == message_of(NAME, members, best=0)
    )
    assert "trackexp diff a b --code shows the lines" == judge(NAME, members, best=0).findings[0].fix


def test_equal_settings_are_named_as_such(message_of: Callable[..., str]):
    """The same command on other code."""
    assert "nothing differs in the config of a and b" in message_of(NAME, [run("a", "1"), run("b", "2")])


@pytest.mark.parametrize(("keys", "status"), [(3, Status.FINDING), (4, Status.PASSED)])
def test_where_much_differs_the_code_may_too(judge: Judge, keys: int, status: Status):
    """Up to three settings."""
    members = [run("a", "1"), run("b", "2", **{f"x{key}": 1 for key in range(keys)})]

    assert status == judge(NAME, members).status


def test_it_passes_on_one_code(judge: Judge):
    """Runs that do not say are no others."""
    assert Status.PASSED == judge(NAME, [run("a", "1"), run("b", "1", lr=1), run("c", None)]).status


def test_it_does_not_apply_where_nobody_says(judge: Judge):
    """A commit without knowing what was changed since is not the code."""
    assert Status.NOT_APPLICABLE == judge(NAME, [run("a", "1"), run("b", None)]).status
