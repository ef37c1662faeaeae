from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackexp.diagnosis import Status

NAME = "inf-in-inputs"
INFINITE = {"infinite_share": 0.001, "scanned_rows": 600}


def test_it_says_which_and_how_many(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Of several inputs the one is named."""
    facts = fit_of(inputs=[{"name": "age"}, {"name": "ratio", **INFINITE}])

    assert "error: 0.001 of the values of input 'ratio' are infinite (in 600 rows)" == message_of(NAME, facts)


def test_it_is_silent_on_numbers(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """No infinity, no finding."""
    assert Status.PASSED == judge(NAME, fit_of(inputs=[{"infinite_share": 0.0}])).status


def test_it_does_not_apply_to_models_that_may_handle_them(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A layer that clips may be meant for it."""
    facts = fit_of(inputs=[INFINITE], layers=[{"name": "clip", "layer": "Clip"}])

    assert Status.NOT_APPLICABLE == judge(NAME, facts).status
