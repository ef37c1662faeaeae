from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import wandb

from trackexp import track

SCRIPT = """
import sys
from trackexp import track

with track("states", id=sys.argv[1], autolog=False) as run:
    for epoch in range(2):
        run.log({{"epoch": epoch, "train/loss": 1 / (epoch + 1)}})
    print("trained", flush=True)
    {end}
"""


@pytest.fixture
def online(workspace: Path, wandb_server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The test server, with this process logged in to it."""
    monkeypatch.setenv("WANDB_BASE_URL", wandb_server.url)
    monkeypatch.setenv("WANDB_API_KEY", wandb_server.key)
    return wandb_server


@pytest.fixture
def start(tmp_path: Path, isolated_environ: dict[str, str], wandb_server: Any) -> Callable[..., Any]:
    """Starts a script that records online under an id, and then does what it is told."""

    def begin(run_id: str, end: str = "pass") -> subprocess.Popen[str]:
        environ = {**isolated_environ, "WANDB_BASE_URL": wandb_server.url, "WANDB_API_KEY": wandb_server.key}
        command = [sys.executable, "-c", SCRIPT.format(end=end), run_id]
        return subprocess.Popen(
            command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return begin


def rows(server: Any, project: str, run_id: str, key: str) -> list[dict[str, Any]]:
    """Return the rows of the server's history that have a metric."""
    return [row for row in server.run(project, run_id)["history"] if key in row]


def test_a_training_with_all_options_arrives_whole(online: Any, model: Any, data: Any, capsys: Any) -> None:
    """Curves on their axes, best values, config, system metrics, every batch, examples, model and artifact."""
    with track("whole", log_freq="batch", examples=3, config={"lr": 0.001}) as run:
        made = model()
        made.fit(data.x, data.y, validation_data=data.valid, epochs=3, verbose=0)
    there = online.run("whole", run.id)
    best = min(row["val/loss"] for row in there["history"] if "val/loss" in row)

    assert [0, 1, 2] == [row["epoch"] for row in there["history"] if "val/loss" in row]
    assert {"min": best} == there["summary"]["val/loss"]
    assert 23 == there["summary"]["batch/step"]
    assert {"model-best.h5", "batch-history.npy", "config.yaml"} <= set(there["files"])
    assert any(name.startswith("media/table/examples") for name in there["files"])
    assert 0.001 == there["config"]["lr"]["value"]
    assert {"trackexp", "_wandb", "lr"} <= there["config"].keys()
    assert there["events"]
    assert "missing" not in capsys.readouterr().err


def test_the_code_arrives(online: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a script in a git repository the server has the patch, with the files that git does not know yet."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "train.py").write_text("print('committed')\n")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    (folder / "layers.py").write_text("WIDTH = 8\n")
    (folder / "train.py").write_text("import trackexp\n\nwith trackexp.track('code', id='patched'):\n    pass\n")
    done = subprocess.run([sys.executable, "train.py"], cwd=folder, capture_output=True, text=True, timeout=120)
    there = online.run("code", "patched")
    patch = wandb.Api().run("tester/code/patched").file("code.patch").download(str(tmp_path / "there"))
    with patch:
        text = patch.read()

    assert (0, False) == (done.returncode, "missing" in done.stderr), done.stderr
    assert "code.patch" in there["files"]
    assert ("+WIDTH = 8" in text, "-print('committed')" in text) == (True, True)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("end", "state", "exit_code"),
    [
        ("pass", "finished", 0),
        ("raise ValueError('no')", "failed", 1),
        ("sys.exit(3)", "failed", 3),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", "failed", 255),
    ],
)
def test_the_server_knows_how_the_run_ended(
    start: Any, wandb_server: Any, end: str, state: str, exit_code: int
) -> None:
    """A normal end, an exception, an exit code and Ctrl-C each leave the run as what it is."""
    run_id = f"state{exit_code}"
    start(run_id, end).communicate(timeout=120)
    there = wandb_server.run("states", run_id)

    assert (state, exit_code) == (there["state"], there["exitcode"])
    assert 2 == len(rows(wandb_server, "states", run_id, "train/loss"))
    assert "trained" in json.dumps(there["logs"])


@pytest.mark.heavy
def test_four_processes_at_once_are_four_whole_runs(start: Any, wandb_server: Any) -> None:
    """Runs that train at the same time on one machine do not disturb one another."""
    names = [f"parallel{place}" for place in range(4)]
    processes = [start(name) for name in names]
    ends = [(process.communicate(timeout=180)[1], process.returncode) for process in processes]

    assert [0] * 4 == [code for _, code in ends], ends
    assert [2] * 4 == [len(rows(wandb_server, "states", name, "train/loss")) for name in names]
    assert ["finished"] * 4 == [wandb_server.run("states", name)["state"] for name in names]


def test_a_resumed_run_goes_on_with_its_epochs_its_batches_and_its_best(online: Any, model: Any, data: Any) -> None:
    """Under the same id the axes go on, and the best value of the first session is the one to beat."""
    with track("resumed", log_freq="batch") as run:
        made = model()
        made.fit(data.x, data.y, validation_data=data.valid, epochs=2, verbose=0)
    with track("resumed", id=run.id, resume="must", log_freq="batch"):
        made.fit(data.x, data.y, validation_data=data.valid, epochs=2, verbose=0)
    there = online.run("resumed", run.id)

    assert [0, 1, 2, 3] == [row["epoch"] for row in there["history"] if "val/loss" in row]
    assert 31 == there["summary"]["batch/step"]
    assert {"batch-history.npy", "batch-history-from-16.npy"} <= set(there["files"])


def test_an_offline_run_that_is_synced_is_the_run_that_was_online(online: Any, model: Any, data: Any) -> None:
    """Config, summary, curves, files and artifacts are the same, whichever way they came to the server."""
    runs = []
    for mode in ("online", "offline"):
        with track("same", mode=mode, config={"lr": 0.001}) as run:
            model().fit(data.x, data.y, validation_data=data.valid, epochs=2, verbose=0)
        runs.append(run)
    done = subprocess.run(
        [sys.executable, "-m", "trackexp", "sync", str(runs[1].folder)], capture_output=True, text=True, timeout=120
    )
    first, second = (online.run("same", run.id) for run in runs)
    metrics = ("train/loss", "val/loss", "train/accuracy", "val/accuracy", "epoch")

    def curves(there: Any) -> list[list[float]]:
        return [[row[key] for key in metrics] for row in there["history"] if "val/loss" in row]

    assert 0 == done.returncode, done.stderr
    assert curves(first) == curves(second)
    assert first["summary"]["val/loss"] == second["summary"]["val/loss"]
    assert first["config"]["trackexp"]["value"]["compile"] == second["config"]["trackexp"]["value"]["compile"]
    assert set(first["files"]) - set(second["files"]) <= {"code.patch", "diff.patch"}
    artifacts = [wandb.Api().artifact(f"tester/same/run_{run.id}_model:best") for run in runs]
    assert [["model-best.h5"]] * 2 == [list(artifact.manifest.entries) for artifact in artifacts]
