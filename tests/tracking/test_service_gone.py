"""W&B's own process, stopped or killed in the middle of a run: the ending comes, and is true."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trackexp.record import RunRecord, State

SCRIPT = """
import signal
from trackexp import track
from trackexp.tracking import wandb_private
with track(project="p", mode="offline", save_code=False) as run:
    for step in range(20):
        run.log({{"loss": float(step)}})
    wandb_private._service().send_signal(signal.{name})
    for step in range(20, 40):
        run.log({{"loss": float(step)}})
print("SCRIPT DONE")
"""


@pytest.mark.heavy
def test_a_stopped_process_is_woken_at_the_end(
    workspace: Path, script: Callable[..., Any], read: Callable[..., RunRecord]
) -> None:
    """The finish does not wait for ever, and every row is there."""
    result = script(SCRIPT.format(name="SIGSTOP"))
    record = read()

    assert "SCRIPT DONE" in result.stdout
    assert " finished in " in result.stderr
    assert [float(step) for step in range(40)] == record.history["loss"].values.tolist()


@pytest.mark.heavy
def test_the_ending_says_that_the_process_was_killed(
    workspace: Path, script: Callable[..., Any], read: Callable[..., RunRecord]
) -> None:
    """The run did not finish, and that is said; the script goes on to its end, and no row is lost."""
    result = script(SCRIPT.format(name="SIGKILL"))
    record = read()

    assert "SCRIPT DONE" in result.stdout
    assert " was cut short in " in result.stderr
    assert "W&B's own process is gone; the rows since are in trackexp-later-rows.jsonl" in result.stderr
    assert State.FINISHED is not record.state
    assert [float(step) for step in range(40)] == record.history["loss"].values.tolist()
    assert list(range(40)) == record.history["loss"].steps.tolist()
