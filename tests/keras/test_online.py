from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import wandb

from trackexp import read_run, track


@pytest.fixture
def online(workspace: Path, wandb_server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The test server, with this process logged in to it."""
    monkeypatch.setenv("WANDB_BASE_URL", wandb_server.url)
    monkeypatch.setenv("WANDB_API_KEY", wandb_server.key)
    return wandb_server


def test_a_training_arrives_whole(online: Any, model: Any, data: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Online, the server holds the curves, the best model's file and its artifact, the finding as tag and alert."""
    with track("online", tags=["baseline"]) as run:
        made = model(loss="binary_crossentropy")
        made.fit(data.x, data.y, validation_data=data.valid, epochs=3, verbose=0)
    local = read_run(run.folder)
    there = online.run("online", run.id)

    assert 3 == len([row for row in map(row_of, there["history"]) if "val/loss" in row])
    assert {"baseline", "bce-on-categorical"} == set(there["tags"])
    assert ["TX101 bce-on-categorical"] == [alert["title"] for alert in there["alerts"]]
    assert "model-best.h5" in there["files"]
    assert ("finished", 1) == (there["state"], there["summary"]["trackexp"]["errors"])
    artifact = wandb.Api().artifact(f"tester/online/run_{run.id}_model:best")
    assert ["best", "latest"] == sorted(artifact.aliases)
    assert ["model-best.h5"] == list(artifact.manifest.entries)
    path = local.file("model-best.h5").path
    assert hashlib.sha256(path.read_bytes()).hexdigest() == local.summary["best"]["sha256"]
    assert f"look      {online.url}" in capsys.readouterr().err


def test_an_offline_training_is_sent_by_the_line_it_printed(
    online: Any, model: Any, data: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """The `trackexp sync` line at the end of an offline run sends its curves and its best model."""
    with track("later", mode="offline") as run:
        model().fit(data.x, data.y, epochs=2, verbose=0, validation_split=0.2)
    line = next(line.split(None, 1)[1] for line in capsys.readouterr().err.splitlines() if line.startswith("  sync"))
    done = subprocess.run([sys.executable, "-m", *line.split()], capture_output=True, text=True, timeout=120)
    there = online.run("later", run.id)

    assert (0, True) == (done.returncode, line.startswith("trackexp sync ")), done.stderr
    assert 2 == len([row for row in map(row_of, there["history"]) if "val/loss" in row])
    assert "model-best.h5" in there["files"]


def row_of(line: Any) -> dict[str, Any]:
    """Return a row of the server's raw history."""
    found: dict[str, Any] = json.loads(line) if isinstance(line, str) else line
    return found
