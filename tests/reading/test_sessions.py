from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

from trackexp.reading import read_run, read_runs
from trackexp.reading.walk import sessions_of
from trackexp.record import MetricDefinition, RunRecord, State

FIXTURES = Path(__file__).parent / "fixtures"
RELEASES = sorted({path.stem.rpartition("-")[0] for path in FIXTURES.glob("*.wandb")})


@pytest.fixture
def resumed(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder in which a release has left the two sessions of one run, the second of which failed."""
    for session in ("1", "2"):
        folder = tmp_path / "wandb" / f"offline-run-20260101_12000{session}-sessions"
        folder.mkdir(parents=True)
        shutil.copy(FIXTURES / f"{request.param}-{session}.wandb", folder / "run-sessions.wandb")
    return tmp_path


every_release = pytest.mark.parametrize("resumed", RELEASES, indirect=True)
newest = pytest.mark.parametrize("resumed", RELEASES[-1:], indirect=True)


def test_the_fixtures_are_of_five_releases() -> None:
    """From 0.15 to 0.31."""
    assert ["0.15.12", "0.17.9", "0.19.11", "0.21.4", "0.31.0"] == RELEASES


@every_release
def test_two_sessions_are_one_run(resumed: Path) -> None:
    """By its id a resumed run is read whole: the last state, both configs, the rows of one session, then the other."""
    run = read_run("sessions", root=resumed)

    assert ("sessions", "two sessions", "fixtures", "g", "train", ("a", "b"), "ein\nWort") == (
        run.id, run.name, run.project, run.group, run.job_type, run.tags, run.notes,
    )  # fmt: skip
    assert (State.FAILED, 1, ()) == (run.state, run.exit_code, run.damage)
    assert {"lr": 0.002, "session 1": True, "session 2": True, "list": [1, [2]]}.items() <= run.config.items()
    assert 40 == len(run.history["loss"])
    assert [1 / (i + session) for session in (1, 2) for i in range(20)] == run.history["loss"].values.tolist()
    assert (np.diff(run.history["loss"].steps) > 0).all()


@every_release
def test_every_kind_of_record_is_read(resumed: Path) -> None:
    """Nested, odd and special values, definitions, console, alerts and artifacts of every release mean the same."""
    run = read_run(resumed / "wandb" / "offline-run-20260101_120001-sessions")

    numbers = {name: run.history[name].values.tolist() for name in run.metrics()}
    assert {"nest.a", "nest.b.c", "flag", "tiny", "huge", "dot.ted", "nan", "up", "down"} <= numbers.keys()
    assert not {"text", "list", "none"} & numbers.keys()
    assert ([float(i) for i in range(20)], [i / 2 for i in range(20)]) == (numbers["nest.a"], numbers["nest.b.c"])
    assert ([1.0, 0.0] * 10, [5e-324] * 20, [-float(i) for i in range(20)]) == (
        numbers["flag"], numbers["tiny"], numbers["minus"],
    )  # fmt: skip
    assert [float(10**20 + i) for i in range(20)] == numbers["huge"]
    assert (True, [np.inf] * 20, [-np.inf] * 20) == (np.isnan(numbers["nan"]).all(), numbers["up"], numbers["down"])
    assert "picture.bins" not in numbers
    assert {"loss": 0.2, "epoch": 1} == run.summary["best"]
    assert {"min": 0.5} == run.summary["val/loss"]
    assert MetricDefinition("val/loss", summary=("min",)) == run.metric_definitions["val/loss"]
    assert "epoch" == run.metric_definitions["by/*"].axis
    assert "a line of the console" in run.console
    assert ["a title"] == [alert["title"] for alert in run.alerts]
    assert [("weights", "model", 4)] == [(artifact.name, artifact.type, artifact.size) for artifact in run.artifacts]
    assert run.started_at is not None
    assert (State.FINISHED, 0) == (run.state, run.exit_code)


@newest
def test_a_run_resumed_within_the_second_is_one_run(resumed: Path) -> None:
    """W&B puts a number behind the folder that is there already; the file has the id, and ids may end in one too."""
    wandb = resumed / "wandb"
    first = wandb / "offline-run-20260101_120001-sessions"
    for number in range(1, 12):
        shutil.copytree(wandb / "offline-run-20260101_120002-sessions", wandb / f"{first.name}-{number}")
    other = wandb / "offline-run-20260101_120001-other-1"
    other.mkdir()
    shutil.copy(first / "run-sessions.wandb", other / "run-other-1.wandb")

    assert [20, 13 * 20] == sorted(len(run.history["loss"]) for run in read_runs(resumed))
    assert 13 * 20 == len(read_run("sessions", root=resumed).history["loss"])
    assert [first, *(Path(f"{first}-{number}") for number in range(1, 12))] == [
        path.parent for path in sessions_of(first / "run-sessions.wandb")
    ][:12]


@newest
def test_a_folder_of_runs_has_a_resumed_run_once(resumed: Path) -> None:
    """Its sessions lie side by side; a file or folder that is named is read alone."""
    folders = sorted((resumed / "wandb").iterdir())

    assert [40] == [len(run.history["loss"]) for run in read_runs(resumed)]
    assert [40] == [len(run.history["loss"]) for run in read_runs("sessions", root=resumed)]
    assert 40 == len(read_run(root=resumed).history["loss"])
    assert [20, 20] == [len(read_run(folder).history["loss"]) for folder in folders]


@newest
def test_a_session_that_is_no_run_does_not_hide_the_other(resumed: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is passed over with a warning."""
    next(resumed.glob("wandb/*01-sessions/*.wandb")).write_bytes(b"no run")

    with caplog.at_level(logging.WARNING, "trackexp"):
        assert 20 == len(read_run("sessions", root=resumed).history["loss"])
    assert "is no W&B run" in caplog.text


@every_release
def test_a_listing_says_what_a_full_reading_says(resumed: Path) -> None:
    """Names, config, summary and state of a small run are the same without its history."""
    whole, listed = (read_run("sessions", root=resumed, history=history) for history in (True, False))

    def shown(run: RunRecord) -> dict[str, object]:
        names = (
            "id",
            "name",
            "project",
            "group",
            "tags",
            "notes",
            "state",
            "exit_code",
            "config",
            "started_at",
            "path",
        )
        return {name: getattr(run, name) for name in names} | {"summary": json.dumps(run.summary, sort_keys=True)}

    assert shown(whole) == shown(listed)
    assert [] == list(listed.history)


def test_a_listing_of_a_long_run_reads_its_ends(runs: Path) -> None:
    """The config of many blocks, the last values and the state are there; nothing is called damaged."""
    whole, listed = (read_run("longrun1", root=runs, history=history) for history in (True, False))

    assert (whole.config, whole.state, ()) == (listed.config, listed.state, listed.damage)
    assert whole.summary == listed.summary
    assert [] == list(listed.history)
