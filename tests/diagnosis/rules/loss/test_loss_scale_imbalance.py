from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "loss-scale-imbalance"


def two_outputs(std: float, weight: float | None = None, loss: str = "mean_squared_error") -> dict[str, Any]:
    """Facts of a regression with targets of that spread beside a balanced binary output, entropy 0.693."""
    return {
        "model": {"outputs": [{"name": "value"}, {"name": "flag"}]},
        "compile": {
            "losses": [
                {"identifier": loss, "output": "value", "weight": weight},
                {"identifier": "binary_crossentropy", "output": "flag", "weight": None},
            ]
        },
        "data": {
            "targets": [
                {"shape": [600], "std": std},
                {"shape": [600], "zero_one": True, "class_counts": {"0": 300, "1": 300}},
            ]
        },
    }


def test_it_names_both_outputs(message_of: Callable[..., str]):
    """The message gives both scales."""
    assert (
        "warning: the loss of output 'value' is about 1e+06, that of 'flag' about 0.693, "
        "for constant predictions and with the loss weights applied"
    ) == message_of(NAME, two_outputs(1000.0))


@pytest.mark.parametrize(("std", "weight"), [(83.0, None), (1000.0, 1e-4), (1.0, None)])
def test_it_is_silent_on_comparable_losses(judge: Callable[..., Any], std: float, weight: float | None):
    """Just below the ratio, and with weights that make up for it."""
    assert Status.PASSED == judge(NAME, two_outputs(std, weight)).status


def test_it_does_not_apply_to_unknown_scales(judge: Callable[..., Any], fit_of: Callable[..., Any]):
    """One output, one that is switched off beside another, or a loss whose floor is not known, has no ratio."""
    assert Status.NOT_APPLICABLE == judge(NAME, two_outputs(1e6, loss="huber")).status
    assert Status.NOT_APPLICABLE == judge(NAME, two_outputs(1000.0, 0.0)).status
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(target={"std": 1e6})).status
