from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "nan-in-labels"
HOLES = {"nan_share": 0.02, "scanned_rows": 600}


def test_it_says_how_many(fit_of: Callable[..., Any], message_of: Callable[..., str]):
    """Share, rows and loss are in the message."""
    assert ("error: 0.02 of the targets are NaN (in 600 rows), under loss=mean_squared_error") == message_of(
        NAME, fit_of(target=HOLES)
    )


@pytest.mark.parametrize("change", [{"target": {"nan_share": 0.0}}, {"target": HOLES, "custom": True}])
def test_it_is_silent_elsewhere(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """Numbers pass, and so does a loss that may mask."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


def test_it_does_not_apply_to_unseen_targets(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """Targets that were not scanned tell nothing."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of()).status
