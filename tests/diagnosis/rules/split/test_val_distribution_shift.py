from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "val-distribution-shift"
TABLE = [{"shape": [600, 8], "features": 8}]


def parts(scale: float, shifted: float) -> dict[str, Any]:
    """A validation set that differs so."""
    return {"validation_scale": scale, "shifted_features": shifted}


@pytest.mark.parametrize("scale", [255.0, 0.004])
def test_another_scale_is_named(fit_of: Callable[..., Any], message_of: Callable[..., str], scale: float):
    """The ratio is in the message."""
    assert (
        f"warning: the validation inputs vary {scale:.3g} times as much as the training inputs (median of the features)"
    ) == message_of(NAME, fit_of(inputs=TABLE, data=parts(scale, 1.0)))


@pytest.mark.parametrize(("fit", "severity"), [({}, "warning"), ({"shuffle": False}, "info")])
def test_shifted_means_are_named(fit_of: Callable[..., Any], message_of: Callable[..., str], fit: Any, severity: str):
    """In rows that are ordered by intention it is a remark."""
    assert (
        f"{severity}: 50% of the features have a validation mean more than one standard deviation away"
    ) == message_of(NAME, fit_of(inputs=TABLE, data=parts(1.0, 0.5), fit=fit))


@pytest.mark.parametrize(
    ("data", "inputs"),
    [(parts(10.0, 0.0), TABLE), (parts(1.0, 0.33), TABLE), (parts(1.0, 1.0), [{"shape": [600, 2], "features": 2}])],
    ids=["just below in scale", "just below in share", "two features"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], data: Any, inputs: Any):
    """Parts that look alike pass."""
    assert Status.PASSED == judge(NAME, fit_of(inputs=inputs, data=data)).status


def test_it_does_not_apply_without_validation(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Nothing to compare with."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status
