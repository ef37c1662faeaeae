from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackexp.diagnosis import Status

NAME = "validation-is-scored"


def validated(scored: bool) -> dict[str, Any]:
    """A fold whose validation data are the scored rows, or are not."""
    return {"validation_is_scored": scored, "validation_inputs": [{"shape": [40, 4]}]}


def test_it_counts_the_rows(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """How many there are is in the message."""
    assert "warning: the 40 validation rows of the fit are the rows that its fold is scored on" == message_of(
        NAME, fit_of(data=validated(True))
    )


def test_other_rows_pass(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Inner rows, for instance."""
    assert Status.PASSED == judge(NAME, fit_of(data=validated(False))).status


def test_it_does_not_apply_outside_of_a_fold(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A single training has no scored rows."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status
