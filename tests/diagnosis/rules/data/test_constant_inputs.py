from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "constant-inputs"
ZERO = {"features": 64, "constant_features": 64, "sampled_rows": 600, "minimum": 0.0, "maximum": 0.0}


def test_it_counts_features_and_rows(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """The message gives the value where there is one."""
    assert ("error: none of the 64 features of the inputs varies over 600 rows (every value is 0)") == message_of(
        NAME, fit_of(inputs=[ZERO])
    )


@pytest.mark.parametrize(
    "inputs",
    [
        [{**ZERO, "constant_features": 63}],
        [{**ZERO, "features": 1, "constant_features": 1}],
        [{**ZERO, "sampled_rows": 31}],
        [ZERO, {"features": 8, "constant_features": 0}],
    ],
    ids=["one varies", "a placeholder", "few rows", "one of several"],
)
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], inputs: Any):
    """One feature that varies is enough."""
    assert Status.PASSED == judge(NAME, fit_of(inputs=inputs)).status


def test_it_does_not_apply_to_what_has_no_features(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Text and ragged rows have none."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(inputs=[{"kind": "text"}])).status
