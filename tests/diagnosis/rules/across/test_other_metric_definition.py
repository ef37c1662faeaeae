from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackexp.diagnosis import Member, Status
from trackexp.record import RunRecord

Judge = Callable[..., Any]

NAME = "other-metric-definition"


def runs(**definitions: str | None) -> list[Member]:
    """Return a run a definition."""
    return [Member(RunRecord(name), name, definition=definition) for name, definition in definitions.items()]


def test_it_names_both_definitions(message_of: Callable[..., str]):
    """With the runs that use them."""
    seen = message_of(NAME, runs(a="mse", b="mae", c="mse"))

    assert "warning: val/loss is not one metric: mse in a and c; mae in b" == seen


def test_it_passes_where_all_agree(judge: Judge):
    """Silence is no other definition."""
    assert Status.PASSED == judge(NAME, runs(a="mse", b="mse", c=None)).status


def test_it_does_not_apply_where_nobody_says(judge: Judge):
    """Runs by plain wandb."""
    assert Status.NOT_APPLICABLE == judge(NAME, runs(a="mse", b=None)).status
