from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "last-batch-of-one"
FAULT: dict[str, Any] = {"loader": {"rows": 65, "batch_size": 32, "last_batch_rows": 1}, "mode_layers": ["BatchNorm1d"]}
SOUND: dict[str, dict[str, Any]] = {
    "two": {"loader": {"rows": 65, "batch_size": 32, "last_batch_rows": 2}},
    "pictures": {"mode_layers": ["BatchNorm2d"]},
}


def test_it_says_what_was_seen(looped: Callable[..., Any], message_of: Callable[..., str]):
    """The message holds the numbers."""
    expected = "warning: 65 rows in batches of 32 leave a last batch of one row to BatchNorm1d"

    assert expected == message_of(NAME, looped(**FAULT))


@pytest.mark.parametrize("facts", SOUND.values(), ids=SOUND)
def test_it_is_silent_elsewhere(looped: Callable[..., Any], judge: Callable[..., Any], facts: dict[str, Any]):
    """What is meant to be so, or lies just below, passes."""
    assert Status.PASSED == judge(NAME, looped(**{**FAULT, **facts})).status


def test_it_does_not_apply_without_a_loop(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """What another framework's loop does is not in the facts."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status
