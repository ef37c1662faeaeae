from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackexp.diagnosis import Status

NAME = "data-ran-out"


def stream(done: list[int], **change: Any) -> dict[str, Any]:
    """Ten epochs of 32 steps from a generator."""
    return {"fit": {"source": "generator", "steps_per_epoch": 32, "batches_done": done, "ran_out": True, **change}}


def test_it_says_when_and_how_many_steps_there_are(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """With the steps that would spread the data over all epochs."""
    (finding,) = judge(NAME, fit_of(**stream([32, 18, 3, 3]))).findings

    assert ("the data ended in epoch 1, after about 50 batches; 32 steps × 10 epochs ask for 320", 1) == (
        finding.message,
        finding.epoch,
    )
    assert "pass steps_per_epoch=5 for 10 epochs" in finding.fix


@pytest.mark.parametrize(
    "change",
    [stream([32] * 10, ran_out=False), stream([32, 18], ran_out=False), stream([32, 18], source="arrays")],
    ids=["enough", "stopped", "arrays"],
)
def test_what_did_not_run_out_passes(fit_of: Callable[..., Any], judge: Callable[..., Any], change: dict[str, Any]):
    """A callback that stops the training is no end of the data."""
    assert Status.PASSED == judge(NAME, fit_of(**change)).status


def test_it_does_not_apply_without_the_number_of_steps(fit_of: Callable[..., Any], judge: Callable[..., Any]):
    """A stream of unknown length ends when it ends."""
    assert Status.NOT_APPLICABLE == judge(NAME, fit_of(**stream([32], steps_per_epoch=None, batches=None))).status
