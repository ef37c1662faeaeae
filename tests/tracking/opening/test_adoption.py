from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import wandb

from trackexp import track
from trackexp.errors import TrackingError
from trackexp.record import RunRecord


def folders(workspace: Path) -> list[Path]:
    """Return the runs that lie in the workspace."""
    return sorted(workspace.glob("wandb/*run-*"))


def test_a_run_of_plain_wandb_is_adopted(read: Callable[..., RunRecord], workspace: Path, finish_plain):
    """`wandb.init` before `track`: the same run, with what track adds, and left open at the end."""
    outer = wandb.init(project="p", mode="offline", tags=["own"], config={"a": 1})
    with track(config={"b": 2}, tags=["added"]) as run:
        run.log({"loss": 0.5})
        same = run.id == outer.id
    open_after = wandb.run is outer
    outer.log({"loss": 0.25})
    finish_plain(outer)

    record = read(outer.id)
    assert (True, True, 1) == (same, open_after, len(folders(workspace)))
    assert ({"a": 1, "b": 2}, ("own", "added")) == (record.settings, record.tags)
    assert [0.5, 0.25] == list(record.history["loss"].values)


def test_a_nested_track_writes_to_the_outer_run(read: Callable[..., RunRecord], capfd: pytest.CaptureFixture[str]):
    """A `track` inside a `track` is the same run: its config and tags are added, its end ends nothing."""
    with track(project="p", config={"a": 1}, tags=["outer"], mode="offline") as outer:
        with track(project="other", config={"b": {1, 2}}, tags=["inner", "outer"]) as inner:
            inner.log({"loss": 1.0})
        outer.log({"loss": 0.5})

    record = read(outer.id)
    assert (outer.id, "p", outer.state) == (inner.id, record.project, inner.state)
    assert ({"a": 1, "b": [1, 2]}, ("inner", "outer")) == (record.settings, tuple(sorted(record.tags)))
    assert [1.0, 0.5] == list(record.history["loss"].values)
    assert 1 == len(re.findall("finished in", capfd.readouterr().err))


def test_the_next_run_after_a_nested_one_is_its_own(workspace: Path):
    """Once the outer run has ended, the next `track` opens a new one."""
    ids = []
    for _ in range(2):
        with track(mode="offline") as run, track():
            ids.append(run.id)

    assert (2, 2) == (len(set(ids)), len(folders(workspace)))


def test_a_run_that_is_not_the_global_one_is_adopted_too(read: Callable[..., RunRecord], workspace: Path, finish_plain):
    """A run of `wandb.init(reinit="create_new")`, which W&B would give back, is adopted, and not ended."""
    outer = wandb.init(mode="offline", reinit="create_new")
    with track(mode="offline") as run:
        run.log({"loss": 1.0})
    outer.log({"loss": 0.5})
    finish_plain(outer)

    assert (1, outer.id) == (len(folders(workspace)), run.id)
    assert [1.0, 0.5] == list(read().history["loss"].values)


def test_failures_of_an_inner_strict_track_are_counted_outside_too(read: Callable[..., RunRecord], workspace: Path):
    """An inner track may be strict on its own; what fails in it is among the run's tracking errors."""
    with track(mode="offline") as outer:
        with track(strict=True) as inner, pytest.raises(TrackingError):
            inner.log("no mapping")
        outer.log("no mapping")

    assert 2 == read().summary["trackexp"]["tracking_errors"]


def test_a_disabled_run_of_plain_wandb_stays_one(workspace: Path, capfd: pytest.CaptureFixture[str]):
    """Inside `wandb.init(mode="disabled")` nothing is recorded."""
    outer = wandb.init(mode="disabled")
    with track() as run:
        run.log({"loss": 1.0})
    outer.finish()

    assert (False, []) == (run.recording, folders(workspace))
