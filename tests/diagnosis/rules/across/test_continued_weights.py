from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from trackexp.diagnosis import Member, Status
from trackexp.testing import make_record

NAME = "continued-weights"


def member(name: str, start: str | None, end: str | None, minute: int | None = None) -> Member:
    """A run that started and ended with weights of these digests."""
    digests = {"initial_weights": start, "final_weights": end}
    facts = {"model": {key: value for key, value in digests.items() if value is not None}, "compile": {"loss": "mse"}}
    began = None if minute is None else datetime(2026, 1, 1, 0, minute, tzinfo=UTC)
    return Member(make_record(name, facts=facts, started_at=began), name)


def test_it_names_the_run_that_is_continued(message_of: Callable[..., str]):
    """The later one has had the epochs of both."""
    runs = [member("first", "a", "b", 1), member("second", "b", "c", 2)]

    assert "warning: second starts with the weights at which first ended" == message_of(NAME, runs)


def test_runs_from_the_same_weights_pass(judge: Callable[..., Any]):
    """Pretrained weights, or one seed."""
    runs = [member("first", "a", "b"), member("second", "a", "c"), member("idle", "a", "a")]

    assert Status.PASSED == judge(NAME, runs).status


def test_an_earlier_run_continues_nothing(judge: Callable[..., Any]):
    """What came later cannot have been the start."""
    runs = [member("first", "a", "b", 2), member("second", "b", "c", 1)]

    assert Status.PASSED == judge(NAME, runs).status


def test_it_does_not_apply_without_digests(judge: Callable[..., Any]):
    """Older records and plain wandb do not say."""
    assert Status.NOT_APPLICABLE == judge(NAME, [member("a", None, None), member("b", "x", "y")]).status
