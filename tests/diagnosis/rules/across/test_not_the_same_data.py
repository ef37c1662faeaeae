from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackexp.diagnosis import Member, Status
from trackexp.record import RunRecord

Judge = Callable[..., Any]

NAME = "not-the-same-data"


def run(name: str, trained_on: str | None, seed: int = 0, **data: str) -> Member:
    """Return a run on these data."""
    return Member(RunRecord(name), name, trained_on=trained_on, data=data, repetition=seed)


def test_it_names_what_differs(message_of: Callable[..., str]):
    """The first thing that is told of the data."""
    seen = message_of(NAME, [run("a", "1", rows="1,797"), run("b", "2", rows="1,500")])

    assert "warning: these two were not trained on the same data: rows 1,797 in a, 1,500 in b" == seen


def test_where_only_the_contents_differ_that_is_said(message_of: Callable[..., str]):
    """Three runs are named."""
    seen = message_of(NAME, [run("a", "1"), run("b", "2"), run("c", "1")])

    assert "a, b and c were not trained on the same data: rows of one shape and other contents in a and b" in seen


def test_seeds_that_draw_their_own_split_are_compared_with_their_like(judge: Judge):
    """Where runs repeat each other, a seed may have chosen the rows."""
    members = [run("a", "1", 0), run("b", "2", 1), run("c", "1", 0), run("d", "2", 1)]

    assert Status.FINDING == judge(NAME, members).status
    assert Status.PASSED == judge(NAME, members, groups={"x": (0.1, 0.2), "y": (0.1, 0.2)}).status


def test_it_passes_on_one_set_of_data(judge: Judge):
    """Runs that do not say are no others."""
    assert Status.PASSED == judge(NAME, [run("a", "1"), run("b", "1"), run("c", None)]).status


def test_it_does_not_apply_where_nobody_says(judge: Judge):
    """One run alone says nothing either."""
    assert Status.NOT_APPLICABLE == judge(NAME, [run("a", "1"), run("b", None)]).status
