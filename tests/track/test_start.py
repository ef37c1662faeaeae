from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

import trackexp
from trackexp import track
from trackexp.record import RunRecord
from trackexp.session import current_session
from trackexp.tracking.options import TrackArguments, TrackOptions


def test_a_run_goes_on_until_it_is_finished(offline: Path, records: Callable[[], list[RunRecord]]):
    """What is logged between `start` and `finish` is in it, a tracked call too."""

    @track
    def train(lr: float = 0.1) -> dict[str, float]:
        run.log({"b": lr})
        return {"accuracy": 0.9}

    run = trackexp.start("p", name="cells", config={"a": 1})
    run.log({"x": 1})
    train()
    run.finish()

    (record,) = records()
    assert ("cells", "finished", None) == (record.name, record.state, current_session())
    assert ({"a": 1, "lr": 0.1}, 0.9) == (record.settings, record.summary["accuracy"])


@pytest.mark.heavy
def test_a_run_that_is_never_finished_ends_with_the_process(script: Callable[..., object], workspace: Path):
    """As interrupted, with what it holds."""
    script(
        'import trackexp\nrun = trackexp.start("p", mode="offline", save_code=False)\nrun.log({"x": 1})\nprint("end")\n'
    )

    (file,) = workspace.glob("wandb/*run-*/*.wandb")
    record = trackexp.read_run(file)
    assert ("interrupted", [1.0]) == (record.state, list(record.history["x"].values))


def test_start_takes_the_arguments_of_track():
    """The list that editors see is that of `track`, and of the options behind both."""
    parameters = set(inspect.signature(track).parameters)
    fields = {name for name, field in TrackOptions.__dataclass_fields__.items() if field.init}

    assert parameters == {"project", *TrackArguments.__annotations__} == fields


def test_a_tracker_that_is_taken_for_a_run_says_what_to_do():
    """`track(...).log(...)` names `with` and `start`."""
    with pytest.raises(AttributeError, match=r"with track\(\.\.\.\) as run"):
        track("p").log({"x": 1})  # type: ignore[attr-defined]
