from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "abs-loss-on-binary"
BINARY = {"zero_one": True, "distinct": 2}


@pytest.mark.parametrize("loss", ["mean_absolute_error", "mean_absolute_percentage_error"])
def test_it_fires_on_two_classes(fit_of: Callable[..., Any], message_of: Callable[..., str], loss: str):
    """The message names the loss."""
    facts = fit_of(loss=loss, activation="sigmoid", target=BINARY)

    assert f"warning: loss={loss} on targets of 0 and 1 over a sigmoid" == message_of(NAME, facts)


@pytest.mark.parametrize(
    "change",
    [
        {"target": {"zero_one": False, "distinct": 2}},
        {"target": {"zero_one": True, "distinct": 1}},
        {"activation": "linear"},
        {"loss": "mean_squared_error"},
        {"units": 8},
        {"custom": True},
    ],
)
def test_it_is_silent_on_other_programs(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Other values, ends and losses pass."""
    facts = fit_of(**{"loss": "mean_absolute_error", "activation": "sigmoid", "target": BINARY, **change})

    assert Status.PASSED == judge(NAME, facts).status


def test_it_does_not_apply_to_few_rows(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """31 rows are no evidence."""
    facts = fit_of(loss="mean_absolute_error", activation="sigmoid", target={**BINARY, "sampled_rows": 31})

    assert Status.NOT_APPLICABLE == judge(NAME, facts).status
