from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import wandb

import trackexp
from trackexp.errors import CredentialsError, RunNotFoundError, ServerError, UsageError
from trackexp.record import RunRecord, State

PROJECT = "tester/reading"


@pytest.fixture(scope="session")
def synced(own_run: Path, runs: Path, _wandb_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a rich run, which `wandb sync` has sent to the server, as it has three others."""
    home = tmp_path_factory.mktemp("sync-home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    own = {"HOME": str(home), "WANDB_BASE_URL": _wandb_server.url, "WANDB_API_KEY": _wandb_server.key}
    environ = {**kept, **own, "WANDB_ERROR_REPORTING": "false"}
    others = [folder for folder in sorted(runs.glob("wandb/offline-run-*")) if "richrun1" not in folder.name]
    folders = [str(folder) for folder in (*own_run.glob("wandb/offline-run-*"), *others)]
    command = [sys.executable, "-m", "wandb", "sync", "-e", "tester", *folders]
    subprocess.run(command, cwd=runs, env=environ, check=True, capture_output=True, timeout=120)
    return own_run


@pytest.fixture
def online(synced: Path, workspace: Path, wandb_server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The server with the runs; this process is logged in, in an empty folder."""
    monkeypatch.setenv("WANDB_BASE_URL", wandb_server.url)
    monkeypatch.setenv("WANDB_API_KEY", wandb_server.key)
    monkeypatch.setattr("trackexp.reading.api.asking._FIRST_WAIT", 0.01)
    return wandb_server


def plain(value: Any) -> Any:
    """Return values that can be compared although NaN is among them, -0.0 as 0."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


def test_a_run_is_the_same_from_disk_and_from_the_server(online: Any, synced: Path) -> None:
    """Read offline, and fetched after `wandb sync`: names, config, summary, every value of every metric, and the rest.

    In two places the client sends something else than the script set: it merges a mapping that `config.update`
    replaced, and forgets the rest of a mapping in the summary of which one value was set.
    """
    here = trackexp.read_run("richrun1", root=synced)
    there = trackexp.read_run(f"{PROJECT}/richrun1")

    for name in (
        "id",
        "name",
        "project",
        "entity",
        "group",
        "job_type",
        "tags",
        "notes",
        "state",
        "exit_code",
        "console",
    ):
        assert getattr(here, name) == getattr(there, name), name
    assert {**here.config, "dropped": {"x": 1, "y": 2}} == there.config
    assert {"loss": 0.2, "epoch": 1, "worst": math.inf} == here.summary["best"]
    assert plain({**here.summary, "best": {"worst": math.inf}}) == plain(dict(there.summary))
    assert here.history == there.history
    assert here.system == there.system
    assert here.environment == there.environment
    assert here.metric_definitions == there.metric_definitions
    assert {(file.name, file.size) for file in here.files} == {(file.name, file.size) for file in there.files}
    assert here.artifacts == there.artifacts
    assert here.runtime == pytest.approx(there.runtime, abs=1)
    assert here.started_at is not None
    assert there.started_at is not None
    assert abs((here.started_at - there.started_at).total_seconds()) < 5
    assert there.path is None


def test_a_project_is_read_page_by_page(online: Any) -> None:
    """In the order of creation, with word of how far it is."""
    told: list[tuple[int, int | None]] = []
    found = trackexp.read_runs(PROJECT, progress=lambda count, total: told.append((count, total)))
    states = {run.id: run.state for run in found}

    assert {
        "richrun1": State.FINISHED, "failed1": State.FAILED, "ctrlc1": State.FAILED, "longrun1": State.FINISHED,
    } == states  # fmt: skip
    assert [(1, 4), (2, 4), (3, 4), (4, 4)] == told


def test_filters_and_order_are_the_servers(online: Any) -> None:
    """As `wandb.Api().runs` has them; what has no match is said."""

    def ids(**asked: Any) -> list[str]:
        return [run.id for run in trackexp.read_runs(PROJECT, history=False, **asked)]

    assert ["failed1", "ctrlc1"] == ids(filters={"state": "failed"}, order="-summary_metrics.loss")[::-1]
    assert ["richrun1"] == ids(filters={"config.lr": {"$lt": 0.01}})
    with pytest.raises(RunNotFoundError, match="no run in tester/reading for which the filters hold"):
        ids(filters={"state": "crashed"})


def test_a_listing_asks_for_no_history(online: Any) -> None:
    """One page holds all that a listing shows."""
    before = len(online.admin("requests"))
    found = list(trackexp.read_runs(PROJECT, history=False))
    asked = [request["op"] for request in online.admin("requests")[before:]]

    assert 4 == len(found)
    assert all(not run.history for run in found)
    assert not {"HistoryPage", "RunFiles", "Run"} & set(asked)


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("tester/nowhere", "no project tester/nowhere at http"),
        ("nobody/reading", "no project nobody/reading at http"),
        (f"{PROJECT}/gone", "no run tester/reading/gone at http"),
    ],
)
def test_what_the_server_does_not_have_is_said(online: Any, where: str, words: str) -> None:
    """With the server's address, since there may be another."""
    with pytest.raises(RunNotFoundError, match=words):
        list(trackexp.read_runs(where))


def test_a_project_is_no_run(online: Any) -> None:
    """It is said how to read them all."""
    with pytest.raises(RunNotFoundError, match="is a project; pass tester/reading/ID"):
        trackexp.read_run(PROJECT)


def test_a_url_names_a_run_of_this_server_alone(online: Any) -> None:
    """The same server by its address; another one is refused, with the variable to set."""
    assert "failed1" == trackexp.read_run(f"{online.url}/{PROJECT}/runs/failed1/overview").id
    with pytest.raises(UsageError, match=r"is on wandb\.ai, and W&B is set up for .*WANDB_BASE_URL"):
        trackexp.read_run("https://wandb.ai/someone/digits/runs/6tviu1ge")


def test_a_key_that_the_server_refuses_is_a_mistake(online: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said at once, not tried again."""
    monkeypatch.setenv("WANDB_API_KEY", "z" * 40)

    with pytest.raises(CredentialsError, match=r"does not let you read tester/reading: .*wandb login"):
        trackexp.read_runs(PROJECT)


def test_a_server_that_recovers_is_asked_again(online: Any) -> None:
    """An answer that is lost once is no error."""
    online.fault(op="^Runs$", action="status", status=500, times=1)

    assert 4 == len(list(trackexp.read_runs(PROJECT, history=False)))


def test_a_server_that_stays_away_is_named(online: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After several tries, with its address and what to do."""
    monkeypatch.setattr("trackexp.reading.api.asking._ANSWER_SECONDS", 1)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")

    with pytest.raises(ServerError, match=r"http://127\.0\.0\.1:9 did not answer in 4 tries"):
        trackexp.read_runs(PROJECT)


def test_every_batch_is_the_same_from_disk_and_from_the_server(online: Any, workspace: Path) -> None:
    """The table that `track(log_freq="batch")` leaves among the files is one series, in place of the dashboard's means.

    A resumed session that went back to batch 3 has the last word on it.
    """
    columns = [("batch/step", np.int64), ("epoch", np.int64), ("batch/loss", np.float64)]
    with wandb.init(entity="tester", project="batches", dir=workspace) as run:
        run.log({"batch/loss": 9.0})
        for begin, losses in (("", [0.9, 0.7, math.nan, 0.6]), ("-from-3", [0.5, 0.4])):
            first = int(begin[6:] or 0)
            rows = [(first + place, 0, loss) for place, loss in enumerate(losses)]
            np.save(Path(run.dir, f"batch-history{begin}.npy"), np.array(rows, dtype=columns))
        run.save(f"{run.dir}/*.npy", base_path=run.dir, policy="now")
    folder = next(workspace.glob("wandb/run-*"))
    wandb.teardown()  # its service writes the end of the file only after `finish` has returned, at the latest now
    state, here = trackexp.read_run(folder).state, trackexp.read_run(folder).history["batch/loss"]
    there = trackexp.read_run(f"tester/batches/{run.id}").history["batch/loss"]

    assert (State.FINISHED, [0, 1, 2, 3, 4]) == (state, here.steps.tolist())
    np.testing.assert_array_equal([0.9, 0.7, math.nan, 0.5, 0.4], here.values)
    assert here == there


def test_filters_are_for_projects_alone(runs: Path) -> None:
    """Of runs on this disk the records themselves are chosen."""
    with pytest.raises(UsageError, match="filters and order are the server's"):
        trackexp.read_runs(runs, filters={"state": "finished"})


@pytest.fixture
def deleted_meanwhile(online: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[RunRecord]]:
    """Reads the project while one of its runs is no longer there when it is asked for."""
    import wandb

    real = wandb.Api.run

    def run(self: wandb.Api, path: str = "") -> Any:
        if path.endswith("failed1"):
            raise wandb.CommError("Could not find run")
        return real(self, path)

    monkeypatch.setattr(wandb.Api, "run", run)
    return lambda: list(trackexp.read_runs(PROJECT))


def test_a_run_that_is_deleted_meanwhile_is_passed_over(deleted_meanwhile: Callable[[], list[RunRecord]]) -> None:
    """The others are read."""
    assert {"richrun1", "ctrlc1", "longrun1"} == {run.id for run in deleted_meanwhile()}
